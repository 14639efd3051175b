import { expect, test } from 'vitest';
import { readUsage } from '../../../src/providers/openai-compatible/read-usage.ts';

test('adds reasoning that was reported apart, as the total tells', () => {
  const usage = { prompt_tokens: 12, completion_tokens: 2, total_tokens: 334 };
  expect(readUsage({ ...usage, completion_tokens_details: { reasoning_tokens: 320 } })).toEqual({
    inputTokens: 12,
    outputTokens: 322,
    reasoningTokens: 320,
  });
});

test('does not add reasoning that the output includes', () => {
  const usage = { prompt_tokens: 10, completion_tokens: 50, total_tokens: 60 };
  expect(readUsage({ ...usage, completion_tokens_details: { reasoning_tokens: 40 } })).toEqual({
    inputTokens: 10,
    outputTokens: 50,
    reasoningTokens: 40,
  });
});

test('never reports a part that is larger than its whole', () => {
  const usage = { prompt_tokens: 43, completion_tokens: 10, total_tokens: 53 };
  const details = { completion_tokens_details: { reasoning_tokens: 11 }, prompt_tokens_details: { cached_tokens: 99 } };
  expect(readUsage({ ...usage, ...details })).toMatchObject({ reasoningTokens: 10, cachedInputTokens: 43 });
});

test.each([
  [{ prompt_tokens_details: { cached_tokens: 5 } }],
  [{ prompt_cache_hit_tokens: 5 }],
  [{ cached_tokens: 5 }],
  [{ num_cached_tokens: 5 }],
])('finds cached input in %j', members => {
  expect(readUsage({ prompt_tokens: 8, ...members })).toEqual({ inputTokens: 8, cachedInputTokens: 5 });
});

test.each([-1, 1.5, 1e12, Number.NaN, '7', null, true, {}])('drops %s where a count belongs', value => {
  expect(readUsage({ prompt_tokens: value, completion_tokens: 3, total_tokens: value })).toEqual({ outputTokens: 3 });
});

test.each([
  [{ cost: 0.0145476 }, 14_547_600n],
  [{ cost: 0.00765091690000001 }, 7_650_917n],
  [{ cost: { total_cost: 0.005 } }, 5_000_000n],
  [{ cost_in_usd_ticks: 1_641_500 }, 164_150n],
  [{ cost: -1 }, undefined],
  [{ cost: 1e30 }, undefined],
  [{ cost_in_usd_ticks: 0.5 }, undefined],
])('reads the price of the provider itself from %j', (usage, expected) => {
  expect(readUsage(usage).providerCost).toBe(expected);
});
