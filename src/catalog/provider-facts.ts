import type { KnownProvider } from './catalog-facts.ts';

type HandKept = Omit<KnownProvider, 'id' | 'name' | 'protocol' | 'dataPolicy'>;

/**
 * What models.dev does not say of a provider, kept by hand, by provider id.
 *
 * Base URLs: the vendors' API references. Headquarters: the vendors' terms as collected by docs.merge.dev, and the reviews
 * named in `data-policies.ts`. `billsAfterAbort`: https://openrouter.ai/docs/api-reference/streaming, which lists where
 * a cancelled stream stops processing and billing, and where it does not; for providers in neither list it is unknown.
 */
export const handKeptProviders: ReadonlyMap<string, HandKept> = new Map<string, HandKept>([
  ['alibaba', { headquarters: 'CN', billsAfterAbort: true }],
  ['alibaba-cn', { vendor: 'alibaba', headquarters: 'CN', billsAfterAbort: true }],
  ['alibaba-coding-plan', { vendor: 'alibaba', headquarters: 'CN' }],
  ['alibaba-coding-plan-cn', { vendor: 'alibaba', headquarters: 'CN' }],
  ['alibaba-token-plan', { vendor: 'alibaba', headquarters: 'CN' }],
  ['alibaba-token-plan-cn', { vendor: 'alibaba', headquarters: 'CN' }],
  ['amazon-bedrock', { vendor: 'amazon', headquarters: 'US', billsAfterAbort: true }],
  ['nova', { vendor: 'amazon', headquarters: 'US' }],
  [
    'anthropic',
    {
      baseUrl: 'https://api.anthropic.com',
      environment: ['ANTHROPIC_API_KEY'],
      headquarters: 'US',
      billsAfterAbort: false,
    },
  ],
  ['azure', { vendor: 'microsoft', headquarters: 'US', billsAfterAbort: false }],
  ['azure-cognitive-services', { vendor: 'microsoft', headquarters: 'US', billsAfterAbort: false }],
  ['chutes', { billsAfterAbort: false }],
  ['cloudflare-workers-ai', { vendor: 'cloudflare', billsAfterAbort: false }],
  ['cloudflare-ai-gateway', { vendor: 'cloudflare' }],
  ['cohere', { headquarters: 'CA', billsAfterAbort: false }],
  ['deepinfra', { billsAfterAbort: false }],
  [
    'deepseek',
    {
      baseUrl: 'https://api.deepseek.com',
      environment: ['DEEPSEEK_API_KEY'],
      headquarters: 'CN',
      billsAfterAbort: false,
    },
  ],
  ['fireworks-ai', { headquarters: 'US', billsAfterAbort: false }],
  ['friendli', { billsAfterAbort: false }],
  [
    'google',
    {
      baseUrl: 'https://generativelanguage.googleapis.com',
      environment: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
      headquarters: 'US',
      billsAfterAbort: true,
    },
  ],
  ['google-vertex', { vendor: 'google', headquarters: 'US', billsAfterAbort: true }],
  ['google-vertex-anthropic', { vendor: 'google', headquarters: 'US', billsAfterAbort: true }],
  ['groq', { baseUrl: 'https://api.groq.com/openai/v1', environment: ['GROQ_API_KEY'], billsAfterAbort: true }],
  ['huggingface', { billsAfterAbort: true }],
  ['inference', { billsAfterAbort: true }],
  ['minimax', { headquarters: 'CN', billsAfterAbort: true }],
  ['minimax-cn', { vendor: 'minimax', headquarters: 'CN', billsAfterAbort: true }],
  ['minimax-coding-plan', { vendor: 'minimax', headquarters: 'CN' }],
  ['minimax-cn-coding-plan', { vendor: 'minimax', headquarters: 'CN' }],
  [
    'mistral',
    {
      baseUrl: 'https://api.mistral.ai/v1',
      environment: ['MISTRAL_API_KEY'],
      headquarters: 'FR',
      billsAfterAbort: true,
    },
  ],
  ['moonshotai', { headquarters: 'CN' }],
  ['moonshotai-cn', { vendor: 'moonshotai', headquarters: 'CN' }],
  ['kimi-for-coding', { vendor: 'moonshotai', headquarters: 'CN' }],
  ['nebius', { billsAfterAbort: true }],
  ['novita-ai', { billsAfterAbort: false }],
  [
    'openai',
    {
      baseUrl: 'https://api.openai.com/v1',
      environment: ['OPENAI_API_KEY'],
      headquarters: 'US',
      billsAfterAbort: false,
    },
  ],
  // OpenRouter itself passes a cancellation on; whether billing stops depends on who serves the call behind it.
  ['openrouter', { baseUrl: 'https://openrouter.ai/api/v1', environment: ['OPENROUTER_API_KEY'] }],
  ['perplexity', { billsAfterAbort: true }],
  ['perplexity-agent', { vendor: 'perplexity' }],
  ['siliconflow-cn', { vendor: 'siliconflow' }],
  ['stepfun-ai', { vendor: 'stepfun' }],
  ['tencent-coding-plan', { vendor: 'tencent' }],
  ['tencent-tokenhub', { vendor: 'tencent' }],
  ['together', { baseUrl: 'https://api.together.ai/v1', environment: ['TOGETHER_API_KEY'], billsAfterAbort: false }],
  ['umans-ai-coding-plan', { vendor: 'umans-ai' }],
  ['xai', { baseUrl: 'https://api.x.ai/v1', environment: ['XAI_API_KEY'], headquarters: 'US', billsAfterAbort: false }],
  ['xiaomi-token-plan-ams', { vendor: 'xiaomi' }],
  ['xiaomi-token-plan-cn', { vendor: 'xiaomi' }],
  ['xiaomi-token-plan-sgp', { vendor: 'xiaomi' }],
  ['zai', { headquarters: 'CN' }],
  ['zai-coding-plan', { vendor: 'zai', headquarters: 'CN' }],
  ['zhipuai', { vendor: 'zai', headquarters: 'CN' }],
  ['zhipuai-coding-plan', { vendor: 'zai', headquarters: 'CN' }],
]);
