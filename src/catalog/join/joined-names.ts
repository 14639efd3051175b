/**
 * Models that several providers serve and models.dev's `models.json` lacks, named in its manner: the author's own name.
 *
 * An entry stays for ever: requests, policies and ledgers name it.
 */
export const furtherModels: readonly string[] = [
  'alibaba/qwen2.5-72b-instruct',
  'alibaba/qwen2.5-7b-instruct',
  'alibaba/qwen2.5-coder-32b-instruct',
  'alibaba/qwen3-8b',
  'alibaba/qwen3-14b',
  'alibaba/qwen3-30b-a3b',
  'alibaba/qwen3-30b-a3b-instruct-2507',
  'alibaba/qwen3-30b-a3b-thinking-2507',
  'alibaba/qwen3-235b-a22b-instruct-2507',
  'alibaba/qwen3-235b-a22b-thinking-2507',
  'alibaba/qwen3-coder-next',
  'alibaba/qwen3-vl-8b-instruct',
  'alibaba/qwen3-vl-30b-a3b-instruct',
  'alibaba/qwen3-vl-30b-a3b-thinking',
  'alibaba/qwen3-vl-32b-instruct',
  'alibaba/qwen3-vl-235b-a22b-instruct',
  'alibaba/qwen3-vl-235b-a22b-thinking',
  'alibaba/qwq-32b',
  'deepseek/deepseek-r1-0528',
  'deepseek/deepseek-r1-distill-llama-70b',
  'deepseek/deepseek-r1-distill-qwen-32b',
  'deepseek/deepseek-v3',
  'deepseek/deepseek-v3-0324',
  'deepseek/deepseek-v3.1',
  'deepseek/deepseek-v3.1-terminus',
  'deepseek/deepseek-v3.2',
  'deepseek/deepseek-v3.2-exp',
  'google/gemini-2.5-flash-lite-preview-09-2025',
  'google/gemma-3-4b-it',
  'google/gemma-3-12b-it',
  'google/gemma-3-27b-it',
  'inception/mercury-2',
  'meta/llama-3-8b-instruct',
  'meta/llama-3-70b-instruct',
  'meta/llama-3.1-8b-instruct',
  'meta/llama-3.1-70b-instruct',
  'meta/llama-3.1-405b-instruct',
  'meta/llama-3.2-1b-instruct',
  'meta/llama-3.2-3b-instruct',
  'meta/llama-3.2-11b-vision-instruct',
  'meta/llama-3.2-90b-vision-instruct',
  'microsoft/phi-4',
  'moonshotai/kimi-k2-instruct-0905',
  'nousresearch/hermes-4-70b',
  'nousresearch/hermes-4-405b',
  'openai/gpt-oss-20b',
  'perplexity/sonar-deep-research',
  'xai/grok-4',
  'xai/grok-4-fast-reasoning',
  'xai/grok-4-fast-non-reasoning',
  'xai/grok-4.1-fast-reasoning',
  'xai/grok-4.1-fast-non-reasoning',
  'xai/grok-code-fast-1',
];

/**
 * Other names of a model, by the key that `nameKey` makes of them. Only names that can mean one release alone stand here:
 * `claude-3.5-sonnet` (two releases) and `gpt-5-chat` (a name that moves) do not.
 */
export const otherNames: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'claude-3-5-haiku': 'anthropic/claude-3-5-haiku-20241022',
    'claude-haiku-3-5': 'anthropic/claude-3-5-haiku-20241022',
    'claude-3-7-sonnet': 'anthropic/claude-3-7-sonnet-20250219',
    'claude-sonnet-3-7': 'anthropic/claude-3-7-sonnet-20250219',
    'claude-4-sonnet': 'anthropic/claude-sonnet-4-0',
    'claude-sonnet-4': 'anthropic/claude-sonnet-4-0',
    'claude-opus-4': 'anthropic/claude-opus-4-0',
    'claude-4-5-haiku': 'anthropic/claude-haiku-4-5',
    'claude-4-5-opus': 'anthropic/claude-opus-4-5',
    'claude-4-5-sonnet': 'anthropic/claude-sonnet-4-5',
    'claude-4-6-sonnet': 'anthropic/claude-sonnet-4-6',
    'devstral-2-123b-instruct-2512': 'mistral/devstral-2512',
    'kimi-k2-0905': 'moonshotai/kimi-k2-instruct-0905',
    'kimi-k2-0905-preview': 'moonshotai/kimi-k2-instruct-0905',
    'llama-3-1-8b': 'meta/llama-3.1-8b-instruct',
    'llama-3-1-8b-instant': 'meta/llama-3.1-8b-instruct',
    'llama3-1-8b': 'meta/llama-3.1-8b-instruct',
    'llama-3-3-70b': 'meta/llama-3.3-70b-instruct',
    'llama3-3-70b': 'meta/llama-3.3-70b-instruct',
    'llama3-3-70b-instruct': 'meta/llama-3.3-70b-instruct',
    'llama-3-3-70b-versatile': 'meta/llama-3.3-70b-instruct',
    'llama-4-maverick': 'meta/llama-4-maverick-17b-instruct',
    'llama-4-maverick-17b-128e-instruct': 'meta/llama-4-maverick-17b-instruct',
    'llama4-maverick-17b-instruct': 'meta/llama-4-maverick-17b-instruct',
    'llama-4-scout': 'meta/llama-4-scout-17b-instruct',
    'llama-4-scout-17b-16e-instruct': 'meta/llama-4-scout-17b-instruct',
    'llama4-scout-17b-instruct': 'meta/llama-4-scout-17b-instruct',
    'mistral-large-3': 'mistral/mistral-large-2512',
    'mistral-medium-3-5': 'mistral/mistral-medium-2604',
    'mistral-medium-3-5-128b': 'mistral/mistral-medium-2604',
    'mistral-nemo-instruct-2407': 'mistral/mistral-nemo',
    'open-mistral-nemo': 'mistral/mistral-nemo',
    'mistral-small-3-2-24b-instruct-2506': 'mistral/mistral-small-2506',
    'nemotron-nano-3-30b': 'nvidia/nemotron-3-nano-30b-a3b',
    'nemotron-super-3-120b': 'nvidia/nemotron-3-super-120b-a12b',
    'pixtral-12b-2409': 'mistral/pixtral-12b',
    'sarvam-30b-v1': 'sarvam/sarvam-30b',
  }),
);

/** What a name means at one provider only, by provider and key: its own marketing names for a plain quantization. */
export const namesAtProvider: ReadonlyMap<string, { readonly modelId: string; readonly quantization: string }> =
  new Map(
    ['together', 'deepinfra'].flatMap(provider => [
      [`${provider} llama-3-3-70b-instruct-turbo`, { modelId: 'meta/llama-3.3-70b-instruct', quantization: 'fp8' }],
      [`${provider} meta-llama-3-1-8b-instruct-turbo`, { modelId: 'meta/llama-3.1-8b-instruct', quantization: 'fp8' }],
      [
        `${provider} meta-llama-3-1-70b-instruct-turbo`,
        { modelId: 'meta/llama-3.1-70b-instruct', quantization: 'fp8' },
      ],
    ]),
  );

/** Names that an author lets move from release to release; at another provider they may stand for an older one. */
export function isMovingName(name: string): boolean {
  return /(^|[-_.])latest$/.test(name) || name === 'deepseek-chat' || name === 'deepseek-reasoner';
}
