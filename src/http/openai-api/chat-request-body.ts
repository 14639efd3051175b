import { z } from 'zod';
import { deepestJson, isDeeperThan } from '../../model/json-depth.ts';

const text = z.string().max(1_000_000);
const name = z.string().min(1).max(256);
const count = z.number().int().positive();
const jsonObject = z
  .record(z.string(), z.unknown())
  .refine(value => !isDeeperThan(value, deepestJson), `nested at most ${deepestJson} deep`);
const cacheControl = z.strictObject({ type: z.literal('ephemeral'), ttl: z.string().optional() }).nullish();

const contentPart = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text, cache_control: cacheControl }),
  z.strictObject({ type: z.literal('refusal'), refusal: text }),
  z.strictObject({
    type: z.literal('image_url'),
    image_url: z.strictObject({ url: z.string().min(1), detail: z.string().optional() }),
    cache_control: cacheControl,
  }),
  z.strictObject({
    type: z.literal('input_audio'),
    input_audio: z.strictObject({ data: z.string().min(1), format: name }),
    cache_control: cacheControl,
  }),
  z.strictObject({
    type: z.literal('file'),
    file: z.strictObject({ file_data: z.string().min(1), filename: z.string().max(512).optional() }),
    cache_control: cacheControl,
  }),
]);
export type ContentPart = z.infer<typeof contentPart>;

const content = z.union([text, z.array(contentPart).min(1)]);
const toolCall = z.strictObject({
  id: name,
  type: z.literal('function').optional(),
  index: z.number().optional(),
  function: z.strictObject({ name, arguments: text }),
});

const message = z.discriminatedUnion('role', [
  z.strictObject({ role: z.enum(['system', 'developer']), content, name: name.optional() }),
  z.strictObject({ role: z.literal('user'), content, name: name.optional() }),
  z.strictObject({
    role: z.literal('assistant'),
    content: content.nullish(),
    name: name.optional(),
    refusal: text.nullish(),
    tool_calls: z.array(toolCall).nullish(),
    reasoning: text.nullish(),
    reasoning_content: text.nullish(),
    reasoning_details: z.array(jsonObject).nullish(),
    annotations: z.array(jsonObject).nullish(),
    images: z.array(jsonObject).nullish(),
    audio: z.null().optional(),
    function_call: z.null().optional(),
  }),
  z.strictObject({ role: z.literal('tool'), content, tool_call_id: name, name: name.optional() }),
]);
export type ChatMessage = z.infer<typeof message>;

const tool = z.strictObject({
  type: z.literal('function', { error: 'only function: tools that a provider runs itself are not passed on' }),
  function: z.strictObject({
    name,
    description: text.nullish(),
    parameters: jsonObject.nullish(),
    strict: z.boolean().nullish(),
  }),
  cache_control: cacheControl,
});

const toolChoice = z.union([
  z.enum(['none', 'auto', 'required']),
  z.strictObject({ type: z.literal('function'), function: z.strictObject({ name }) }),
]);

const responseFormat = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({ type: z.literal('json_object') }),
  z.strictObject({
    type: z.literal('json_schema'),
    json_schema: z.strictObject({
      name,
      description: text.nullish(),
      schema: jsonObject,
      strict: z.boolean().nullish(),
    }),
  }),
]);

const effort = z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh']);
const slugs = z.array(name).max(100);
const price = z.union([z.number().nonnegative(), z.string().regex(/^\d{1,9}(\.\d{1,9})?$/)]);
const percentiles = z.union([
  z.number().positive(),
  z.strictObject({
    p50: z.number().positive().nullish(),
    p75: z.number().positive().nullish(),
    p90: z.number().positive().nullish(),
    p99: z.number().positive().nullish(),
  }),
]);
const sortBy = z.enum(['price', 'throughput', 'latency']);

const provider = z.strictObject({
  order: slugs.nullish(),
  only: slugs.nullish(),
  ignore: slugs.nullish(),
  allow_fallbacks: z.boolean().nullish(),
  require_parameters: z.boolean().nullish(),
  data_collection: z.enum(['allow', 'deny']).nullish(),
  zdr: z.boolean().nullish(),
  quantizations: slugs.nullish(),
  sort: z.union([sortBy, z.strictObject({ by: sortBy, partition: z.enum(['model', 'none']).nullish() })]).nullish(),
  max_price: z
    .strictObject({
      prompt: price.nullish(),
      completion: price.nullish(),
      request: price.nullish(),
      image: price.nullish(),
    })
    .nullish(),
  preferred_max_latency: percentiles.nullish(),
  preferred_min_throughput: percentiles.nullish(),
});
export type ProviderPreferences = z.infer<typeof provider>;

/**
 * The body of `POST /v1/chat/completions`: what OpenAI takes, and OpenRouter's extensions.
 *
 * Members that are in OpenAI's API and cannot be honoured stand here too, so that their refusal can say why.
 */
export const chatRequestBody = z.strictObject({
  model: z.string().min(1).max(256).optional(),
  models: z.array(z.string().min(1).max(256)).max(32).nullish(),
  messages: z.array(message).min(1),
  tools: z.array(tool).max(512).nullish(),
  tool_choice: toolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  response_format: responseFormat.nullish(),
  max_tokens: count.nullish(),
  max_completion_tokens: count.nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_k: z.number().int().nonnegative().nullish(),
  stop: z.union([z.string(), z.array(z.string()).max(16)]).nullish(),
  seed: z.number().int().nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  reasoning_effort: effort.nullish(),
  reasoning: z
    .strictObject({
      effort: effort.nullish(),
      max_tokens: count.nullish(),
      exclude: z.boolean().nullish(),
      enabled: z.boolean().nullish(),
    })
    .nullish(),
  include_reasoning: z.boolean().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z
    .strictObject({ include_usage: z.boolean().nullish(), include_obfuscation: z.boolean().nullish() })
    .nullish(),
  usage: z.strictObject({ include: z.boolean().nullish() }).nullish(),
  provider: provider.nullish(),
  session_id: z.string().min(1).max(256).nullish(),
  prompt_cache_key: z.string().min(1).max(256).nullish(),
  prompt_cache_retention: z.string().nullish(),
  user: z.string().max(256).nullish(),
  safety_identifier: z.string().max(256).nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  store: z.boolean().nullish(),
  service_tier: z.string().nullish(),
  verbosity: z.enum(['low', 'medium', 'high']).nullish(),
  prediction: z.unknown().optional(),
  route: z.literal('fallback').nullish(),
  n: z.number().nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.number().nullish(),
  logit_bias: z.record(z.string(), z.number()).nullish(),
  min_p: z.number().min(0).max(1).nullish(),
  top_a: z.number().min(0).max(1).nullish(),
  repetition_penalty: z.number().min(0).max(2).nullish(),
  modalities: z.array(z.string()).nullish(),
  audio: z.unknown().optional(),
  web_search_options: z.unknown().optional(),
  plugins: z.unknown().optional(),
  functions: z.unknown().optional(),
  function_call: z.unknown().optional(),
});
export type ChatRequestBody = z.infer<typeof chatRequestBody>;
