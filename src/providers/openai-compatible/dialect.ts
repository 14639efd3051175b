/** Where the vendors that speak chat completions differ in what they take. What they answer is read alike for all. */
export interface OpenaiDialect {
  /**
   * The name of the output limit. `by-model`: `max_completion_tokens` for OpenAI's reasoning models by their names
   * (they refuse the other), `max_tokens` for the rest, which all servers know.
   */
  readonly outputLimit: 'max_tokens' | 'max_completion_tokens' | 'by-model';
  /** `effort`: `reasoning_effort`; `object`: OpenRouter's `reasoning`; `switch`: `thinking: { type }`. */
  readonly reasoning: 'effort' | 'object' | 'switch';
  readonly seed: 'seed' | 'random_seed';
  readonly credential: 'authorization' | 'api-key';
  /** Whether it takes fields that it does not know; where not, only what its documents list is sent. */
  readonly isStrict: boolean;
  readonly takesTopK: boolean;
  /** Sent where nothing may be stored. */
  readonly withoutStorage: Readonly<Record<string, unknown>>;
  readonly takesCacheControl: boolean;
  /**
   * How a last message of the assistant is marked as the beginning of the answer. `plain`: not at all; `prefix` and
   * `partial`: by that member of the message; `template`: by telling the server how to use its chat template, as vLLM
   * and SGLang want it.
   */
  readonly continuation: 'plain' | 'prefix' | 'partial' | 'template';
}

/** For servers that nothing more is known of: vLLM, Ollama, SGLang, Together, Fireworks and the like. */
export const openDialect: OpenaiDialect = {
  outputLimit: 'by-model',
  reasoning: 'effort',
  seed: 'seed',
  credential: 'authorization',
  isStrict: false,
  takesTopK: true,
  withoutStorage: {},
  takesCacheControl: false,
  continuation: 'template',
};

const openai: OpenaiDialect = {
  ...openDialect,
  outputLimit: 'max_completion_tokens',
  takesTopK: false,
  withoutStorage: { store: false },
  continuation: 'plain',
};

const switched: OpenaiDialect = {
  ...openDialect,
  outputLimit: 'max_tokens',
  reasoning: 'switch',
  takesTopK: false,
};

const dialects: readonly (readonly [RegExp, OpenaiDialect])[] = [
  [/(^|\.)api\.openai\.com$/, openai],
  [/\.(openai|cognitiveservices|services\.ai)\.azure\.(com|us|cn)$/, { ...openai, credential: 'api-key' }],
  [
    /(^|\.)openrouter\.ai$/,
    {
      ...openDialect,
      outputLimit: 'max_tokens',
      reasoning: 'object',
      withoutStorage: { provider: { data_collection: 'deny', zdr: true } },
      takesCacheControl: true,
      continuation: 'plain',
    },
  ],
  // Answers a field that it does not know with 422 (`extra_forbidden`), `max_completion_tokens` and `user` among them.
  [
    /(^|\.)api\.mistral\.ai$/,
    {
      ...openDialect,
      outputLimit: 'max_tokens',
      seed: 'random_seed',
      isStrict: true,
      takesTopK: false,
      continuation: 'prefix',
    },
  ],
  // Goes on from a prefix under the base URL `https://api.deepseek.com/beta` only.
  [/(^|\.)api\.deepseek\.com$/, { ...switched, continuation: 'prefix' }],
  [/(^|\.)api\.moonshot\.(ai|cn)$/, { ...switched, continuation: 'partial' }],
  [/(^|\.)(api\.z\.ai|open\.bigmodel\.cn)$/, { ...switched, continuation: 'plain' }],
  [
    /(^|\.)(api\.together\.(xyz|ai)|api\.fireworks\.ai|api\.deepinfra\.com)$/,
    { ...openDialect, continuation: 'plain' },
  ],
  [
    /(^|\.)(api\.groq\.com|api\.cerebras\.ai)$/,
    { ...openDialect, outputLimit: 'max_completion_tokens', takesTopK: false, continuation: 'plain' },
  ],
  [
    /(^|\.)api\.x\.ai$/,
    { ...openDialect, outputLimit: 'max_completion_tokens', takesTopK: false, continuation: 'plain' },
  ],
];

/** The dialect of the vendor at this base URL, by its host name; `openDialect` for all others. */
export function dialectOf(baseUrl: string): OpenaiDialect {
  if (!URL.canParse(baseUrl)) return openDialect;
  const host = new URL(baseUrl).hostname.toLowerCase();
  return dialects.find(([pattern]) => pattern.test(host))?.[1] ?? openDialect;
}

// The families that refuse `max_tokens`; gpt-oss is served by others, under their own rules.
const limitedByCompletion = /^(openai\/)?(o[1-9]\d*|gpt-[5-9])(?![a-z])/;

/** The name of the output limit for this model, by the rule at `outputLimit`. */
export function outputLimitName(
  dialect: OpenaiDialect,
  wireModel: string,
  modelId: string,
): 'max_tokens' | 'max_completion_tokens' {
  if (dialect.outputLimit !== 'by-model') return dialect.outputLimit;
  const isLimitedByCompletion = limitedByCompletion.test(wireModel) || limitedByCompletion.test(modelId);
  return isLimitedByCompletion ? 'max_completion_tokens' : 'max_tokens';
}
