import { z } from 'zod';
import { shortestRouterSecret } from '../identity/router-identity.ts';
import { parseDuration } from './duration.ts';

const fields = z.union([z.string().min(1), z.record(z.string(), z.string())], {
  error: 'must be names of fields, or a map of names and types',
});

const milliseconds = (least: number, most: number, allowed: string) =>
  z.string().transform((text, context) => {
    const given = parseDuration(text);
    if (given !== undefined && given >= least && given <= most) return given;
    context.addIssue({ code: 'custom', message: `must be an ISO 8601 duration ${allowed}` });
    return z.NEVER;
  });

const contributionSchema = z.strictObject({
  type: z.string().describe('An entity of another subgraph: Ticket.'),
  key: fields.describe('What tells one from another: id, or { id: ID!, region: String! }.'),
  field: z.string().describe('The field that is added: summary.'),
  description: z.string().max(2_000).optional(),
  requires: fields.optional().describe('The fields that a model is shown: body. Absent, with prompt: usage of a user.'),
  prompt: z.string().optional().describe('What the model is told to do with them.'),
  model: z.string().min(1).max(256).optional().describe('Default: auto.'),
  workload: z.string().optional().describe('Default: type and field, such as Ticket.summary.'),
  labels: z.record(z.string(), z.string()).optional(),
  maxOutputTokens: z.int().optional().describe('Default: 256.'),
});

/** What a federated router finds here, beside the public schema. */
export const federationSchema = z
  .strictObject({
    sdl: z
      .enum(['AUTHENTICATED', 'OPEN'])
      .default('AUTHENTICATED')
      .describe(
        'Who may read the schema as composers take it: whoever has a key, or everybody. Default AUTHENTICATED.',
      ),
    maxRepresentations: z.int().min(1).max(10_000).default(100).describe('The most entities at a time. Default 100.'),
    contribute: z
      .array(contributionSchema)
      .max(200)
      .default([])
      .describe('Fields that are added to entities of other subgraphs: docs/federation.md.'),
    limits: z
      .strictObject({
        concurrency: z.int().optional().describe('How many completions of one operation run at a time. Default 4.'),
        perOperation: z.int().optional().describe('How many there may be. Default 25.'),
        deadline: milliseconds(1_000, 600_000, 'from PT1S to PT10M').optional().describe('For all. Default PT20S.'),
      })
      .prefault({}),
  })
  .prefault({});

/** What a router signs, and who it may speak for. */
export const routerSchema = z.strictObject({
  secrets: z
    .array(z.string().min(shortestRouterSecret))
    .min(1)
    .max(4)
    .describe('What the router signs with, 32 characters or more; two while it is changed.'),
  header: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/, { error: 'must be the name of a header, in lower case' })
    .default('x-tollgate-identity'),
  maxAge: milliseconds(1_000, 300_000, 'from PT1S to PT5M').prefault('PT30S').describe('Default PT30S.'),
  project: z.string().min(1).max(100).optional().describe('The project of users where the router names none.'),
  projects: z
    .array(z.string().min(1).max(100))
    .min(1)
    .optional()
    .describe('The router may name these projects and those below them only. Absent: any.'),
});
