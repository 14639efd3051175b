import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chargeOf } from '../../../src/stores/gcra.ts';
import type { RateLimitLevel } from '../../../src/stores/rate-limit-store.ts';
import { openRedis, type RedisClient } from '../../../src/stores/redis/redis-client.ts';
import { ratesScript } from '../../../src/stores/redis/scripts/rates.ts';
import { type RedisServer, redisAbsence, startRedis } from '../../support/redis-server.ts';
import { amountsOf, type Fraction, modelLevels, rateModel } from '../rate-model.ts';

const step = fc
  .subarray([...modelLevels], { minLength: 1, maxLength: 3 })
  .chain(levels => fc.tuple(fc.constantFrom('TAKE', 'TAKE', 'PEEK', 'CORRECT'), ...levels.map(takeOf)));

function takeOf(level: RateLimitLevel) {
  return fc.tuple(amountsOf(level), fc.constantFrom(1, -1)).map(([amount, sign]) => ({ level, amount: amount * sign }));
}

describe.skipIf(redisAbsence !== '')(`redis${redisAbsence}`, () => {
  let server: RedisServer;
  let redis: RedisClient;

  beforeAll(async () => {
    server = await startRedis();
    redis = await openRedis({ url: server.url, commandTimeoutMs: 5000 });
  });
  afterAll(async () => {
    await redis.close();
    await server.stop();
  });

  test('rates agree with exact fractions on the clock of Redis, whatever is taken and corrected', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async sequence => {
        await server.admin.flushall();
        const model = new Map<RateLimitLevel, Fraction>();
        for (const [mode, ...signed] of sequence) {
          const takes = mode === 'CORRECT' ? signed : signed.map(take => ({ ...take, amount: Math.abs(take.amount) }));
          const charges = takes.map(({ level, amount }) => ({ amount, ...chargeOf(level, amount) }));
          const answer = await redis.run({
            script: ratesScript,
            keys: takes.map(({ level }) => `{rates}${level.key}`),
            arguments: [
              mode,
              ...charges.flatMap(({ amount, micros, rest, limit, windowMicros, isTooLarge }) => [
                mode !== 'CORRECT' && isTooLarge ? -1 : micros,
                rest,
                amount < 0 ? -1 : 1,
                limit,
                windowMicros,
              ]),
            ],
          });
          const [now = 0, ...numbers] = Array.isArray(answer) ? answer.map(Number) : [];
          expectSame(mode, takes, BigInt(now), numbers, model);
        }
      }),
      { numRuns: 200 },
    );
  }, 60_000);
});

function expectSame(
  mode: string,
  takes: readonly { readonly level: RateLimitLevel; readonly amount: number }[],
  now: bigint,
  numbers: readonly number[],
  model: Map<RateLimitLevel, Fraction>,
): void {
  const taken = takes.map(({ level, amount }) => rateModel.take(now, model.get(level), level, amount));
  const isRefused = mode !== 'CORRECT' && taken.some(({ wait, isNever }) => isNever || wait > 0n);
  for (const [index, { level, amount }] of takes.entries()) {
    const [micros = 0, rest = 0, wait = 0] = numbers.slice(index * 3, index * 3 + 3);
    const expected = taken[index];
    if (mode === 'CORRECT') model.set(level, rateModel.correct(now, model.get(level), level, amount));
    else if (mode === 'TAKE' && !isRefused && expected !== undefined) model.set(level, expected.used);
    const used = rateModel.asOf(now, model.get(level));
    const limit = BigInt(level.limit);
    expect(rateModel.isEqual({ over: BigInt(micros) * limit + BigInt(rest), under: limit }, used)).toBe(true);
    if (mode !== 'CORRECT') expect(BigInt(wait)).toBe(expected?.isNever === true ? -1n : expected?.wait);
  }
}
