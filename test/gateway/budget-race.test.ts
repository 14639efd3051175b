import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PolicyContribution } from '../../src/model/policy.ts';
import { budgets } from '../../src/policy/rules/budgets.ts';
import type { BudgetStore } from '../../src/stores/budget-store.ts';
import { redisBudgetStore } from '../../src/stores/redis/redis-budget-store.ts';
import { openRedis } from '../../src/stores/redis/redis-client.ts';
import { delta, done, start, stop } from '../support/called-provider.ts';
import { closeAfterTest, embedded, endOf, openGate, principal, request } from '../support/open-gate.ts';
import { chunk as frame, lastChunk, streamHead } from '../support/raw-provider.ts';
import { type RedisServer, redisAbsence, startRedis } from '../support/redis-server.ts';

let server: RedisServer;

beforeAll(async () => {
  if (redisAbsence === '') server = await startRedis();
});
afterAll(() => server?.stop());

const requests = 200;
const admitted = 7;
const worstCase = 100n * 1_000n;

interface Passed {
  readonly passed: number;
  readonly spent: bigint;
  readonly reserved: bigint;
}

const limit = worstCase * BigInt(admitted);

/** `acme/one` costs a dollar per million tokens; 64 of output and some input are less than 100 tokens. */
async function passedOf(storeOf: (real: BudgetStore) => BudgetStore, tenantId: string): Promise<Passed> {
  let ended = 0;
  const { promise: allCame, resolve: answer } = Promise.withResolvers<void>();
  /** Whoever passed has called the provider by then, and nobody has spent anything yet. */
  function look(): void {
    if (provider.requests.length + ended >= requests) answer();
  }
  const provider = await start(async exchange => {
    look();
    await allCame;
    const usage = `data: {"id":"c","choices":[],"usage":{"prompt_tokens":36,"completion_tokens":64}}\n\n`;
    await exchange.write(`${streamHead()}${frame(delta('Hi') + stop + usage + done)}${lastChunk}`);
  });
  const rule = { name: 'pot', limit, window: 'TOTAL', per: 'PROJECT' } as const;
  const contributions: readonly PolicyContribution[] = [
    { policy: { policyId: 'p', revision: 1 }, ownerId: tenantId, mode: 'ENFORCE', rules: { budgets: [rule] } },
  ];
  const gates = await Promise.all(
    ['a', 'b'].map(async () => {
      const redis = await openRedis({ url: server.url });
      closeAfterTest(() => redis.close());
      const { gate } = await openGate({
        providers: [{ id: 'acme', url: provider.url }],
        rules: [budgets()],
        policies: { contributionsFor: () => contributions },
        budgets: storeOf(redisBudgetStore({ redis })),
      });
      return gate;
    }),
  );
  const [gate] = gates;
  const pots = gate?.effectivePolicy(principal({ projectId: tenantId })).budgets ?? [];
  // Whoever looks at them opens the counters.
  await gate?.budgetStates(pots);
  const text = 'x '.repeat(20);
  const message = { role: 'USER', parts: [{ type: 'text', text, cacheUpToHere: false }], toolCalls: [] } as const;
  const ends = await Promise.all(
    Array.from({ length: requests }, async (_, index) => {
      const gate = gates[index % gates.length];
      if (gate === undefined) throw new Error('there is no gate');
      const asked = request({ prompt: { messages: [message] } });
      const { completion } = await endOf(gate.run(principal({ projectId: tenantId }), asked, embedded));
      ended += 1;
      look();
      return completion.status;
    }),
  );
  expect(ends.every(status => status === 'FINISHED' || status === 'REFUSED')).toBe(true);
  const [state] = (await gate?.budgetStates(pots)) ?? [];
  const passed = ends.filter(status => status === 'FINISHED').length;
  return { passed, spent: state?.spent ?? -1n, reserved: state?.reserved ?? -1n };
}

describe.skipIf(redisAbsence !== '')(`two gates over one Redis${redisAbsence}`, () => {
  test('let through what fits, whatever comes at once', async () => {
    const { passed, spent, reserved } = await passedOf(real => real, 'exact');
    expect(passed).toBeGreaterThan(0);
    expect({ spent, reserved }).toEqual({ spent: worstCase * BigInt(passed), reserved: 0n });
    expect(spent).toBeLessThanOrEqual(limit);
  });

  test('control: counters that are looked at before, and written after, let through far too many', async () => {
    const checkThenRecord = (real: BudgetStore): BudgetStore => ({
      ...real,
      async reserve({ levels, amount }) {
        const states = await real.states(levels);
        const full = levels.find((level, index) => (states[index]?.spent ?? 0n) + amount > level.limit);
        if (full === undefined) return { isReserved: true, crossed: [] };
        return { isReserved: false, refusedBy: full.key, remaining: 0n, crossed: [] };
      },
    });
    const { passed, spent } = await passedOf(checkThenRecord, 'raced');
    expect(spent).toBe(worstCase * BigInt(passed));
    expect(spent).toBeGreaterThan(limit * 5n);
  });
});
