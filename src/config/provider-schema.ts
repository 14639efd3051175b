import { z } from 'zod';
import { reservedHeaders } from '../providers/provider-target.ts';
import { parseDuration } from './duration.ts';
import { priceSchema } from './price-schema.ts';

const printable = /^[^\s\p{Cc}]+$/u;
const headerName = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/;
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/;
const maxTimeoutMs = 3_600_000;

const durationSchema = z
  .string()
  .regex(/^P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d{1,3})?S)?)?$/, {
    error: 'must be an ISO 8601 duration such as PT20S',
  })
  .transform((text, context) => {
    const milliseconds = parseDuration(text);
    if (milliseconds !== undefined && milliseconds > 0 && milliseconds <= maxTimeoutMs) return milliseconds;
    context.addIssue({ code: 'custom', message: 'must be an ISO 8601 duration from PT0.001S to PT1H' });
    return z.NEVER;
  });

const dateSchema = z.iso.date({ error: 'must be a day such as 2027-12-31' });

const baseUrlSchema = z
  .string()
  .refine(isPlainHttpUrl, { error: 'must be an http or https URL without credentials, query and fragment' })
  .transform(text => text.replace(/\/+$/, ''))
  .describe(
    'For openai the part before /chat/completions, for anthropic before /v1/messages, for gemini before /v1beta.',
  );

const modelSchema = z.strictObject({
  id: z
    .string()
    .max(200)
    .regex(printable, { error: 'must not hold spaces' })
    .describe('The name that the provider knows.'),
  as: z
    .string()
    .max(200)
    .regex(/^[^\s@/\p{Cc}]+\/[^\s@\p{Cc}]+$/u, { error: 'must be author/name, without spaces and @' })
    .optional()
    .describe('The id of the model here. Default: the known model of that name, else <provider>/<id>.'),
  name: z.string().min(1).max(100).optional().describe('For people.'),
  price: priceSchema.optional(),
  contextTokens: z.int().min(1).optional(),
  maxOutputTokens: z.int().min(1).optional(),
  maxMediaTokens: z
    .int()
    .min(1)
    .optional()
    .describe(
      'The most tokens that one image, audio or file can count: needed for media by URL under a budget or a limit of cost, and reserved for media as data.',
    ),
  runsServerTools: z
    .boolean()
    .optional()
    .describe(
      'Whether it uses tools of the provider by itself, such as searching the web. Default: by its name, such as sonar-pro or gpt-5:online.',
    ),
  capabilities: z
    .array(z.enum(['TOOLS', 'JSON_SCHEMA', 'REASONING', 'STREAMING', 'PROMPT_CACHE', 'PREFIX']))
    .optional(),
  inputModalities: z
    .array(z.enum(['TEXT', 'IMAGE', 'AUDIO', 'VIDEO', 'FILE']))
    .min(1)
    .optional(),
  unsupportedParameters: z
    .array(z.string().regex(/^[a-z][A-Za-z]{0,63}$/))
    .optional()
    .describe('Request parameters that it does not take, by their names in CompleteInput: temperature, topK.'),
  quantization: z
    .string()
    .regex(/^[a-z0-9-]{1,32}$/)
    .optional(),
});

const dataPolicySchema = z
  .strictObject({
    retention: z.enum(['NONE', 'SAFETY_ONLY', 'LIMITED', 'INDEFINITE', 'UNKNOWN']).default('UNKNOWN'),
    retentionDays: z.int().min(1).max(36_500).optional().describe('With LIMITED.'),
    training: z.boolean().optional().describe('Absent is unknown, which counts as true.'),
    evidence: z.string().min(1).max(500).optional().describe('The contract or document that says so.'),
    checkedAt: dateSchema.optional(),
    validUntil: dateSchema.optional().describe('After this day the policy counts as unknown.'),
  })
  .refine(policy => policy.retentionDays === undefined || policy.retention === 'LIMITED', {
    path: ['retentionDays'],
    error: 'must be given with retention LIMITED only',
  });

/** How long to wait for a provider; gives milliseconds. */
export const timeoutsSchema = z.strictObject({
  connect: durationSchema.prefault('PT3S').describe('Until the connection stands. Default PT3S.'),
  firstEvent: durationSchema
    .prefault('PT12S')
    .describe('The most that the first event of a stream may take. Default PT12S.'),
  idle: durationSchema.prefault('PT20S').describe('Between two events of a stream. Default PT20S.'),
  unary: durationSchema.prefault('PT60S').describe('For a whole answer that is not streamed. Default PT60S.'),
  reasoning: durationSchema
    .prefault('PT120S')
    .describe('Instead of firstEvent and unary, where the model reasons. Default PT120S.'),
});

const keySchema = z.string().min(1).regex(headerValue, { error: 'must be printable characters of one line' });

const labelledKeySchema = z.strictObject({
  key: keySchema,
  label: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,31}$/, {
      error: 'must be lower-case letters, digits and dashes, a letter first, at most 32',
    })
    .optional()
    .describe('How logs, metrics and alerts name it. Default: its place in the list, from 1 on.'),
});

/** One entry of `providers` in the configuration file. */
export const providerSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, { error: 'must be lower-case letters, digits and dashes, at most 63' })
    .describe("The part after @ in an endpoint's id."),
  name: z.string().min(1).max(100).optional(),
  vendor: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/)
    .optional()
    .describe('The company behind it. Default: the id.'),
  protocol: z.enum(['openai', 'anthropic', 'gemini']).optional(),
  baseUrl: baseUrlSchema.optional(),
  apiKey: keySchema.optional(),
  apiKeys: z
    .array(z.union([keySchema, labelledKeySchema], { error: 'must be a key, or key and label' }))
    .min(1)
    .max(20)
    .optional()
    .describe('Instead of apiKey: several keys of one account, used in turn, each with connections of its own.'),
  headers: z
    .record(
      z
        .string()
        .regex(headerName, { error: 'must be the name of an HTTP header' })
        .refine(name => !reservedHeaders.has(name.toLowerCase()), {
          error: `must be another header than ${[...reservedHeaders].join(', ')}: the transport sets these`,
        }),
      z.string().max(8192).regex(headerValue, { error: 'must be printable characters of one line' }),
    )
    .optional(),
  query: z.record(z.string().min(1).max(100), z.string().max(8192)).optional(),
  region: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/, { error: 'must be lower-case letters, digits and dashes' })
    .optional(),
  headquarters: z
    .string()
    .regex(/^[A-Z]{2}$/, { error: 'must be an ISO 3166 country code such as FR' })
    .optional(),
  dataPolicy: dataPolicySchema.optional(),
  allowServerTools: z
    .boolean()
    .optional()
    .describe(
      'Whether models that use tools of the provider by themselves, such as searching the web, may be called: what they look for leaves the provider. Default false.',
    ),
  billsAfterAbort: z.boolean().optional().describe('Whether generation goes on after the gateway hung up.'),
  models: z
    .union([z.literal('catalogue'), z.array(modelSchema).min(1)], { error: 'must be "catalogue" or a list of models' })
    .optional(),
  timeouts: timeoutsSchema.prefault({}),
});

function isPlainHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  const isHttp = url.protocol === 'http:' || url.protocol === 'https:';
  return isHttp && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
}
