/**
 * The spellings under which providers write an author's name, each with the author as models.dev's `models.json` has it.
 *
 * A name that is qualified by anybody else, as in `pearl-ai/gemma-4-31b-it`, is a model of theirs and joined to nobody's.
 */
export const authorBySpelling: ReadonlyMap<string, string> = new Map(
  Object.entries({
    alibaba: ['alibaba', 'qwen', 'alibaba-qwen', 'alicloud'],
    amazon: ['amazon'],
    anthropic: ['anthropic'],
    cohere: ['cohere', 'cohereforai', 'coherelabs'],
    deepreinforce: ['deepreinforce'],
    deepseek: ['deepseek', 'deepseek-ai'],
    google: ['google'],
    inception: ['inception', 'inceptionlabs'],
    meta: ['meta', 'meta-llama'],
    microsoft: ['microsoft'],
    minimax: ['minimax', 'minimaxai', 'minimax-ai'],
    mistral: ['mistral', 'mistralai', 'mistral-ai'],
    moonshotai: ['moonshotai', 'moonshot', 'moonshot-ai'],
    nousresearch: ['nousresearch', 'nous-research', 'nous'],
    nvidia: ['nvidia'],
    openai: ['openai'],
    perplexity: ['perplexity', 'perplexity-ai'],
    sakana: ['sakana', 'sakanaai'],
    sarvam: ['sarvam', 'sarvamai'],
    stepfun: ['stepfun', 'stepfun-ai'],
    tencent: ['tencent'],
    xai: ['xai', 'x-ai'],
    xiaomi: ['xiaomi', 'xiaomimimo'],
    zhipuai: ['zhipuai', 'zhipu', 'z-ai', 'zai', 'zai-org', 'thudm'],
  }).flatMap(([author, spellings]) => spellings.map((spelling): [string, string] => [spelling, author])),
);

/** Providers that are the author's own, where names that move over time mean what the author means by them. */
export const authorOfProvider: ReadonlyMap<string, string> = new Map(
  Object.entries({
    alibaba: 'alibaba',
    'alibaba-cn': 'alibaba',
    anthropic: 'anthropic',
    cohere: 'cohere',
    deepseek: 'deepseek',
    google: 'google',
    'google-vertex': 'google',
    minimax: 'minimax',
    'minimax-cn': 'minimax',
    mistral: 'mistral',
    moonshotai: 'moonshotai',
    'moonshotai-cn': 'moonshotai',
    openai: 'openai',
    perplexity: 'perplexity',
    xai: 'xai',
    zai: 'zhipuai',
    zhipuai: 'zhipuai',
  }),
);
