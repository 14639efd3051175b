import { z } from 'zod';
import { defaultMaxCompletions, workloadPattern } from '../model/completion-request.ts';
import { parseDuration } from './duration.ts';
import { federationSchema, routerSchema } from './federation-schema.ts';
import { graphqlSchema } from './graphql-schema.ts';
import { dollarsSchema } from './price-schema.ts';
import { providerSchema } from './provider-schema.ts';
import { webhookSchema } from './webhook-schema.ts';

/** Signatures with a public key only: with a shared one, whoever can check a token can make one. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const;

const claimName = z.string().min(1).max(200);
const textPrefix = z.string().regex(/^(?!__)([A-Za-z_][A-Za-z0-9_]{0,31})?$/, {
  error: 'must be letters, digits and underscores, at most 32, not starting with a digit or __',
});

const jwtIssuerSchema = z
  .strictObject({
    issuer: z.string().min(1).max(500).describe('The exact value of the claim iss.'),
    audience: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)], {
      error: 'must be a name or a list of names',
    }),
    jwksUri: z
      .string()
      .refine(isSafeKeyUrl, { error: 'must be an https URL without credentials (http on loopback only)' })
      .optional(),
    jwksFile: z.string().min(1).optional().describe('Instead of jwksUri: a file with a JSON Web Key Set.'),
    algorithms: z.array(z.enum(algorithms)).min(1),
    type: z
      .enum(['JWT', 'at+jwt'])
      .optional()
      .describe('Demands this `typ` in the header. Absent: JWT, at+jwt or none; never that of another kind of token.'),
    maxLifetime: z
      .string()
      .transform((text, context) => {
        const milliseconds = parseDuration(text);
        if (milliseconds !== undefined && milliseconds > 0 && milliseconds <= 31 * 86_400_000) return milliseconds;
        context.addIssue({ code: 'custom', message: 'must be an ISO 8601 duration of at most P31D, such as PT24H' });
        return z.NEVER;
      })
      .prefault('PT24H')
      .describe('Tokens that live longer are refused. Default PT24H.'),
    projects: z
      .array(z.string().min(1).max(100))
      .min(1)
      .optional()
      .describe('Tokens of this issuer may name these projects and those below them only. Absent: any.'),
    claims: z
      .strictObject({
        user: claimName.default('sub'),
        project: claimName.default('tollgate_project'),
        role: claimName.default('tollgate_role'),
      })
      .prefault({}),
  })
  .refine(issuer => (issuer.jwksUri === undefined) !== (issuer.jwksFile === undefined), {
    error: 'must be given with either jwksUri or jwksFile',
  });

/** How streams are delivered, where the caller does not say so. */
const streamSettings = {
  handoff: z
    .enum(['terminate', 'continue', 'restart'])
    .optional()
    .describe('What to do when a stream breaks after text was delivered. Default continue.'),
  hold: z
    .enum(['none', 'complete'])
    .optional()
    .describe('complete: a stream is delivered only once it is whole. Default none.'),
};

/** What `tollgate.yaml` may say. */
export const configFileSchema = z.strictObject({
  $schema: z.string().optional().describe('For editors; not read.'),
  providers: z.array(providerSchema).max(500).default([]),
  aliases: z
    .record(
      z.string().regex(/^[^\s@\p{Cc}]{1,200}$/u, { error: 'must be a name without spaces and @' }),
      z.string().regex(/^[^\s\p{Cc}]{1,400}$/u, { error: 'must be the id of a model or an endpoint' }),
    )
    .default({})
    .describe('Names for models and endpoints: fast: meta/llama-3.3-70b@groq'),
  names: z
    .strictObject({ typePrefix: textPrefix.default(''), fieldPrefix: textPrefix.default('') })
    .prefault({})
    .describe('What the GraphQL schema puts before its types and root fields.'),
  graphql: graphqlSchema.describe('Who may ask what at /graphql.'),
  auth: z
    .strictObject({
      jwt: z.array(jwtIssuerSchema).max(50).default([]),
      router: routerSchema.optional().describe('A federated router that signs who asks: docs/federation.md.'),
    })
    .prefault({}),
  federation: federationSchema.describe('What a federated router finds here: docs/federation.md.'),
  tls: z
    .strictObject({ caFile: z.string().min(1).optional() })
    .prefault({})
    .describe('caFile: a PEM file of certificates to trust, besides the usual ones, when calling out.'),
  receipts: z
    .strictObject({
      enabled: z.boolean().default(false),
      rotateAfter: z
        .string()
        .transform((text, context) => {
          const milliseconds = parseDuration(text);
          if (milliseconds !== undefined && milliseconds >= 86_400_000) return milliseconds;
          context.addIssue({ code: 'custom', message: 'must be an ISO 8601 duration of at least P1D, such as P90D' });
          return z.NEVER;
        })
        .prefault('P90D')
        .describe('How old a signing key may be before the next one is made. Old receipts stay valid. Default P90D.'),
    })
    .prefault({})
    .describe('Signed statements of what was decided, one for each completion. Default: off.'),
  webhooks: z.array(webhookSchema).max(20).default([]).describe('Who is told alerts: docs/alerts.md.'),
  budgets: z
    .strictObject({
      settledMemory: z
        .string()
        .meta({ examples: ['P7D', 'P2D'] })
        .transform((text, context) => {
          const milliseconds = parseDuration(text);
          if (milliseconds !== undefined && milliseconds >= 86_400_000 && milliseconds <= 30 * 86_400_000) {
            return milliseconds;
          }
          context.addIssue({ code: 'custom', message: 'must be an ISO 8601 duration from P1D to P30D, such as P7D' });
          return z.NEVER;
        })
        .prefault('P7D')
        .describe(
          'How long Redis remembers which attempts are settled: 57 to 86 bytes each. A node that was away for longer tells it no more what its attempts have cost. Default P7D.',
        ),
      outageAllowance: dollarsSchema
        .prefault('0')
        .describe(
          'US dollars that each node may spend of each tenant while the counters of budgets cannot be reached. Default "0": such requests are refused.',
        ),
    })
    .prefault({})
    .transform(({ settledMemory, ...budgets }) => ({ ...budgets, settledMemoryMs: settledMemory })),
  ...streamSettings,
  workloads: z
    .record(
      z.string().regex(workloadPattern, { error: 'must be letters, digits, ".", "_" or "-", at most 64' }),
      z.strictObject(streamSettings),
    )
    .default({})
    .describe('handoff and hold for single workloads, by their names.'),
  overload: z
    .strictObject({
      maxCompletions: z
        .int()
        .min(1)
        .max(1_000_000)
        .default(defaultMaxCompletions)
        .describe(
          'How many completions a node runs, or has callers wait for, at a time; further ones are refused with OVERLOADED. Default 5000.',
        ),
    })
    .prefault({}),
  sandbox: z
    .boolean()
    .optional()
    .describe('Whether to serve the simulated provider. Absent: only where no provider is configured, on loopback.'),
});

export type ConfigFile = z.output<typeof configFileSchema>;

/** The JSON Schema of the configuration file, for editors. */
export function configFileJsonSchema(): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(configFileSchema, { io: 'input', target: 'draft-2020-12' });
  return { ...schema, title: 'Configuration of Tollgate' };
}

function isSafeKeyUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== '' || password !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(hostname));
}
