import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readBuiltInFacts } from '../../src/catalog/built-in-facts.ts';
import { createJoiner } from '../../src/catalog/join/join-model.ts';
import { furtherModels, otherNames } from '../../src/catalog/join/joined-names.ts';
import { nameKey } from '../../src/catalog/join/read-wire-name.ts';

const authored = readBuiltInFacts().models.map(model => model.id);
const { join, joinSpelling } = createJoiner(authored);

describe('joining names to models', () => {
  test.each([
    ['openai', 'gpt-4o', 'openai/gpt-4o', undefined],
    ['anthropic', 'claude-sonnet-4-5', 'anthropic/claude-sonnet-4-5', undefined],
    ['openrouter', 'anthropic/claude-sonnet-4.5', 'anthropic/claude-sonnet-4-5', undefined],
    ['amazon-bedrock', 'eu.anthropic.claude-opus-4-5-20251101-v1:0', 'anthropic/claude-opus-4-5-20251101', 'eu'],
    ['amazon-bedrock', 'anthropic.claude-opus-4-6-v1', 'anthropic/claude-opus-4-6', undefined],
    ['google-vertex', 'claude-opus-4-1@20250805', 'anthropic/claude-opus-4-1-20250805', undefined],
    ['google-vertex', 'claude-opus-4-7@default', 'anthropic/claude-opus-4-7', undefined],
    ['fireworks-ai', 'accounts/fireworks/models/glm-5p1', 'zhipuai/glm-5.1', undefined],
    ['groq', 'llama-3.3-70b-versatile', 'meta/llama-3.3-70b-instruct', undefined],
    ['groq', 'openai/gpt-oss-20b', 'openai/gpt-oss-20b', undefined],
    ['together', 'meta-llama/Llama-3.3-70B-Instruct-Turbo', 'meta/llama-3.3-70b-instruct', 'fp8'],
    ['together', 'zai-org/GLM-5.2', 'zhipuai/glm-5.2', undefined],
    ['chutes', 'zai-org/GLM-5.2-TEE', 'zhipuai/glm-5.2', 'tee'],
    ['novita-ai', 'qwen/qwen3-8b-fp8', 'alibaba/qwen3-8b', 'fp8'],
    ['openrouter', 'openai/gpt-oss-120b:free', 'openai/gpt-oss-120b', 'free'],
    ['google', 'models/gemini-2.5-pro', 'google/gemini-2.5-pro', undefined],
    ['databricks', 'databricks-gpt-5-4-mini', 'openai/gpt-5.4-mini', undefined],
    ['sap-ai-core', 'anthropic--claude-4.5-sonnet', 'anthropic/claude-sonnet-4-5', undefined],
    ['digitalocean', 'openai-gpt-4o-mini', 'openai/gpt-4o-mini', undefined],
    ['mistral', 'mistral-large-latest', 'mistral/mistral-large-latest', undefined],
  ])('%s’s %s is %s', (provider, name, modelId, variant) => {
    expect(join(provider, name)).toMatchObject({ modelId });
    expect(join(provider, name)?.variant).toBe(variant);
  });

  test.each([
    ['openai', 'gpt-4o', 'gpt-4o-mini'],
    ['openai', 'gpt-4o', 'gpt-4o-2024-08-06'],
    ['openai', 'gpt-4-turbo', 'gpt-4'],
    ['openai', 'gpt-5.1', 'gpt-5'],
    ['groq', 'llama-3.1-8b-instant', 'llama-3.3-70b-versatile'],
    ['openrouter', 'meta-llama/llama-3.1-70b-instruct', 'meta-llama/llama-3.3-70b-instruct'],
    ['openrouter', 'deepseek/deepseek-r1', 'deepseek/deepseek-r1-0528'],
    ['openrouter', 'deepseek/deepseek-r1', 'deepseek/deepseek-r1-distill-qwen-32b'],
    ['openrouter', 'qwen/qwen3-235b-a22b', 'qwen/qwen3-235b-a22b-instruct-2507'],
    ['openrouter', 'qwen/qwen3-next-80b-a3b-instruct', 'qwen/qwen3-next-80b-a3b-thinking'],
    ['moonshotai', 'kimi-k2.7-code', 'kimi-k2.7-code-highspeed'],
    ['mistral', 'mistral-small-2506', 'mistral-small-2603'],
    ['xai', 'grok-4.20-0309-reasoning', 'grok-4.20-0309-non-reasoning'],
    ['anthropic', 'claude-opus-4-1', 'claude-opus-4-1-20250805'],
    ['google', 'gemini-2.5-flash', 'gemini-2.5-flash-lite'],
  ])('%s’s %s and %s stay two models', (provider, left, right) => {
    const one = join(provider, left)?.modelId;
    expect(one).toBeDefined();
    expect(join(provider, right)?.modelId).not.toBe(one);
  });

  test.each([
    ['vercel', 'anthropic/claude-opus-4.7-fast'],
    ['nano-gpt', 'claude-sonnet-4-thinking'],
    ['nano-gpt', 'deepseek-v3.2:thinking'],
    ['nebius', 'moonshotai/Kimi-K2.6-fast'],
    ['together', 'pearl-ai/gemma-4-31b-it'],
    ['snowflake-cortex', 'snowflake-llama3.3-70b'],
    ['xpersona', 'xpersona-gpt-5.5'],
    ['azure', 'mistral-large-latest'],
    ['openrouter', 'deepseek/deepseek-chat'],
    ['openai', 'o3-mini-high'],
    ['nowhere', 'gpt-4o-turbo'],
    ['nowhere', ''],
    ['nowhere', '/'],
    ['nowhere', '__proto__'],
    ['nowhere', 'constructor'],
  ])('%s’s %s stands for no known model', (provider, name) => {
    expect(join(provider, name)).toBeUndefined();
  });

  test('takes a source’s word for descent as a hint about spelling only', () => {
    expect(join('venice', 'openai-gpt-54', 'openai/gpt-5.4')?.modelId).toBe('openai/gpt-5.4');
    expect(join('venice', 'openai-gpt-54')).toBeUndefined();
    expect(join('x', 'deepseek-r1-distill-qwen-7b', 'deepseek/deepseek-r1')).toBeUndefined();
    expect(join('databricks', 'databricks-claude-sonnet-4', 'anthropic/claude-sonnet-4-5-20250929')?.modelId).toBe(
      'anthropic/claude-sonnet-4-0',
    );
    expect(join('x', 'gpt-5', 'nobody/gpt-5')?.modelId).toBe('openai/gpt-5');
  });

  test('reads another spelling of an author’s model, and no bare or variant name', () => {
    expect(joinSpelling('anthropic/claude-sonnet-4.5')).toBe('anthropic/claude-sonnet-4-5');
    expect(joinSpelling('x-ai/grok-4')).toBe('xai/grok-4');
    expect(joinSpelling('gpt-4o')).toBeUndefined();
    expect(joinSpelling('openai/gpt-oss-120b:free')).toBeUndefined();
  });

  test('every id is joined to itself, so no two ids of the table share a key', () => {
    for (const id of [...authored, ...furtherModels]) expect(joinSpelling(id) ?? id).toBe(id);
    const keys = [...new Set([...authored, ...furtherModels])].map(nameKey);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('every other name leads to a model that exists', () => {
    const ids = new Set([...authored, ...furtherModels]);
    for (const id of otherNames.values()) expect(ids).toContain(id);
  });

  test('never joins what differs by a further word at the end', () => {
    const words = fc.constantFrom('mini', 'fast', 'thinking', 'turbo', 'pro', 'x', 'v2', 'distill', '8b', 'preview-2');
    fc.assert(
      fc.property(fc.constantFrom(...authored), words, (id, word) => {
        expect(join('elsewhere', `${id}-${word}`)?.modelId).not.toBe(id);
      }),
    );
  });

  test('answers any name without throwing', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (provider, name) => void join(provider, name, name)));
  });
});
