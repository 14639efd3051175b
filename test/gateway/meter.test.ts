import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { meterUsage } from '../../src/gateway/meter.ts';
import type { Price } from '../../src/model/catalog.ts';
import { worstCaseCost } from '../../src/model/worst-case.ts';
import { start } from '../support/called-provider.ts';
import { booked, embedded, endOf, model, openGate, principal, request } from '../support/open-gate.ts';
import { chunk, done, streamHead } from '../support/openai-bytes.ts';

const dollar = 1_000_000_000n;
const price: Price = { input: dollar, output: 2n * dollar, tiers: [] };
const counted = { inputTokens: () => 7, outputTokens: () => 3 };
const never = {
  inputTokens: (): number => {
    throw new Error('counted without need');
  },
  outputTokens: (): number => {
    throw new Error('counted without need');
  },
};

describe('meterUsage', () => {
  test('books what was reported, and counts nothing itself', () => {
    expect(meterUsage({ inputTokens: 100, outputTokens: 10 }, never, price)).toMatchObject({
      inputTokens: 100,
      outputTokens: 10,
      cost: 120_000n,
      estimated: false,
    });
  });

  test.each([
    ['both', {}, 7, 3],
    ['the input', { outputTokens: 10 }, 7, 10],
    ['the output', { inputTokens: 100 }, 100, 3],
  ] as const)('counts %s where it was not reported, and says that it is an estimate', (_, reported, input, output) => {
    const usage = meterUsage(reported, counted, price);
    expect(usage).toMatchObject({ inputTokens: input, outputTokens: output, estimated: true });
    expect(usage.cost).toBe(BigInt(input) * 1_000n + BigInt(output) * 2_000n);
  });

  test('cuts parts that contradict their whole', () => {
    const reported = {
      inputTokens: 100,
      outputTokens: 10,
      reasoningTokens: 50,
      cachedInputTokens: 80,
      cacheWriteTokens: 900,
      cacheWriteLongTokens: 901,
    };
    expect(meterUsage(reported, never, price)).toMatchObject({
      reasoningTokens: 10,
      cachedInputTokens: 80,
      cacheWriteTokens: 20,
      cacheWriteLongTokens: 20,
      cost: 120_000n,
    });
  });

  test('an unknown price costs what the provider says, else nothing, and that is marked as an estimate', () => {
    const whole = { inputTokens: 100, outputTokens: 10 };
    expect(meterUsage(whole, never, undefined)).toMatchObject({ cost: 0n, estimated: true });
    expect(meterUsage(whole, never, { input: dollar, tiers: [] })).toMatchObject({ cost: 0n, estimated: true });
    expect(meterUsage({ ...whole, providerCost: 42n }, never, undefined)).toMatchObject({
      cost: 42n,
      estimated: false,
    });
  });

  test('the own price goes before what the provider says that it charges', () => {
    const usage = meterUsage({ inputTokens: 100, outputTokens: 10, providerCost: 1n }, never, price);
    expect(usage).toMatchObject({ cost: 120_000n, estimated: false });
    expect(usage).not.toHaveProperty('providerCost');
  });

  test('rounds up, once: a single token of the cheapest model is not free', () => {
    expect(meterUsage({ inputTokens: 1, outputTokens: 1 }, never, { input: 1n, output: 1n, tiers: [] }).cost).toBe(1n);
  });

  test('no report makes a part larger than its whole, or costs less than nothing', () => {
    const tokens = fc.option(fc.nat({ max: 1_000_000 }), { nil: undefined });
    const report = fc.record(
      {
        inputTokens: tokens,
        outputTokens: tokens,
        reasoningTokens: tokens,
        cachedInputTokens: tokens,
        cacheWriteTokens: tokens,
        cacheWriteLongTokens: tokens,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(report, reported => {
        const known = Object.fromEntries(Object.entries(reported).filter(([, count]) => count !== undefined));
        const usage = meterUsage(known, counted, price);
        expect(usage.cachedInputTokens + usage.cacheWriteTokens).toBeLessThanOrEqual(usage.inputTokens);
        expect(usage.cacheWriteLongTokens).toBeLessThanOrEqual(usage.cacheWriteTokens);
        expect(usage.reasoningTokens).toBeLessThanOrEqual(usage.outputTokens);
        expect(usage.cost).toBe(BigInt(usage.inputTokens) * 1_000n + BigInt(usage.outputTokens) * 2_000n);
      }),
    );
  });
});

describe('worstCaseCost', () => {
  test('is never less than what the same tokens cost', () => {
    fc.assert(
      fc.property(fc.nat({ max: 100_000 }), fc.nat({ max: 100_000 }), (input, output) => {
        const actual = meterUsage({ inputTokens: input, outputTokens: output }, never, price);
        expect(worstCaseCost(input, output, price) ?? -1n).toBeGreaterThanOrEqual(actual.cost);
      }),
    );
  });
});

describe('an answer whose provider reports its usage', () => {
  async function usageAfter(...usages: readonly unknown[]) {
    const provider = await start(async exchange => {
      const reports = usages.map(usage => `data: ${JSON.stringify({ id: 'c', choices: [], usage })}\n\n`);
      await exchange.write(
        streamHead + chunk({ role: 'assistant', content: 'Hi' }) + chunk({}, 'stop') + reports.join('') + done,
      );
      exchange.end();
    });
    const opened = await openGate({ providers: [{ id: 'acme', url: provider.url }] });
    const run = opened.gate.run(principal(), request(), embedded);
    const { completion } = await endOf(run);
    expect((await booked(opened, run.id)).usage).toEqual(completion.usage);
    return completion.usage;
  }

  test('once is booked at that', async () => {
    expect(await usageAfter({ prompt_tokens: 10, completion_tokens: 5 })).toMatchObject({
      inputTokens: 10,
      outputTokens: 5,
      cost: 15_000n,
      estimated: false,
    });
  });

  test('twice is booked at the later report, never at both', async () => {
    const usage = await usageAfter(
      { prompt_tokens: 10, completion_tokens: 1 },
      { prompt_tokens: 10, completion_tokens: 5 },
    );
    expect(usage).toMatchObject({ inputTokens: 10, outputTokens: 5, cost: 15_000n, estimated: false });
  });

  test.each([
    ['not at all', []],
    ['as null', [null]],
    ['as negative numbers', [{ prompt_tokens: -10, completion_tokens: -5 }]],
    ['as fractions', [{ prompt_tokens: 1.5, completion_tokens: 0.5 }]],
    ['as text', [{ prompt_tokens: 'many', completion_tokens: 'few' }]],
  ] as const)('%s is counted here, marked as an estimate, and never books less than nothing', async (_, usages) => {
    const usage = await usageAfter(...usages);
    expect(usage.estimated).toBe(true);
    expect(usage.inputTokens).toBeGreaterThan(0);
    expect(usage.outputTokens).toBeGreaterThan(0);
    expect(Number.isSafeInteger(usage.inputTokens) && Number.isSafeInteger(usage.outputTokens)).toBe(true);
    expect(usage.cost).toBe(BigInt(usage.inputTokens + usage.outputTokens) * 1_000n);
  });

  test('with more cached than there was is cut to what there was', async () => {
    const usage = await usageAfter({
      prompt_tokens: 10,
      completion_tokens: 5,
      prompt_tokens_details: { cached_tokens: 50 },
    });
    expect(usage).toMatchObject({ inputTokens: 10, cachedInputTokens: 10, cost: 15_000n });
  });
});

test('an endpoint without a known price books its tokens at no cost, and says that this is an estimate', async () => {
  const provider = await start(async exchange => {
    const usage = JSON.stringify({ id: 'c', choices: [], usage: { prompt_tokens: 10, completion_tokens: 5 } });
    await exchange.write(`${streamHead}${chunk({ content: 'Hi' })}${chunk({}, 'stop')}data: ${usage}\n\n${done}`);
    exchange.end();
  });
  const opened = await openGate({ providers: [{ id: 'acme', url: provider.url, models: [model('acme/one', '')] }] });
  const run = opened.gate.run(principal(), request(), embedded);
  await endOf(run);
  expect(await booked(opened, run.id)).toMatchObject({
    usage: { inputTokens: 10, outputTokens: 5, cost: 0n, estimated: true },
  });
});
