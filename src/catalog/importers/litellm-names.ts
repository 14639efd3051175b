import type { ExactJson } from './exact-json.ts';
import type { LeftOutReason } from './imported-facts.ts';
import { readProviderId, readWireModel } from './read-fields.ts';

/** LiteLLM's provider names, by the ids that models.dev gives the same providers. */
const providerIds: ReadonlyMap<string, string> = new Map([
  ['amazon_nova', 'nova'],
  ['azure_ai', 'azure-cognitive-services'],
  ['bedrock_converse', 'amazon-bedrock'],
  ['bedrock', 'amazon-bedrock'],
  ['cloudflare', 'cloudflare-workers-ai'],
  ['codestral', 'mistral-codestral'],
  ['cohere_chat', 'cohere'],
  ['dashscope', 'alibaba'],
  ['fireworks_ai', 'fireworks-ai'],
  ['friendliai', 'friendli'],
  ['gemini', 'google'],
  ['gmi', 'gmicloud'],
  ['meta_llama', 'llama'],
  ['moonshot', 'moonshotai'],
  ['novita', 'novita-ai'],
  ['nvidia_nim', 'nvidia'],
  ['snowflake', 'snowflake-cortex'],
  ['tencent', 'tencent-tokenhub'],
  ['together_ai', 'together'],
  ['vercel_ai_gateway', 'vercel'],
]);
const bedrockRegion = /^(?:us|eu|ap|ca|sa|me|af|il|us-gov)-[a-z]+-\d\//;

export interface LitellmName {
  readonly providerId: string;
  readonly wireModel: string;
}

/**
 * Splits a key of LiteLLM's map into the provider's id and its own name for the model: `groq/llama-3.1-8b-instant`,
 * `bedrock/eu-west-1/…`, `vertex_ai/claude-…`, or a bare name beside `litellm_provider`.
 */
export function readLitellmName(key: string, provider: ExactJson | undefined): LitellmName | LeftOutReason {
  if (typeof provider !== 'string') return 'not readable';
  if (/^ft:|\/ft:/.test(key)) return 'a customer’s own fine-tuned model';
  const family = provider.startsWith('vertex_ai') ? 'vertex_ai' : provider;
  const providerId = family === 'vertex_ai' ? 'google-vertex' : (providerIds.get(family) ?? readProviderId(family));
  if (providerId === undefined) return 'name not allowed';
  const name = withoutPrefix(key, [
    family,
    provider,
    providerId,
    ...(family === 'bedrock_converse' ? ['bedrock'] : []),
  ]);
  if (providerId === 'amazon-bedrock' && bedrockRegion.test(name)) return 'priced per region';
  if (providerId === 'azure' && /^(?:eu|us|global|global-standard)\//.test(name)) return 'priced per region';
  // Prices by the size of a model, like `together-ai-8.1b-21b`, name no model.
  if (/^together-ai-[\d.]+b/.test(name) || /^fireworks-ai-/.test(name)) return 'not a chat model';
  const wireModel = readWireModel(name);
  return wireModel === undefined ? 'name not allowed' : { providerId, wireModel };
}

function withoutPrefix(key: string, prefixes: readonly string[]): string {
  const prefix = prefixes.find(candidate => key.startsWith(`${candidate}/`));
  return prefix === undefined ? key : key.slice(prefix.length + 1);
}
