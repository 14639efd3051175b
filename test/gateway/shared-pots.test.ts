import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BudgetRule, PolicyContribution } from '../../src/model/policy.ts';
import { budgets } from '../../src/policy/rules/budgets.ts';
import type { BudgetStore } from '../../src/stores/budget-store.ts';
import { memoryBudgetStore } from '../../src/stores/memory/budget-store.ts';
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

const limit = 500_000n;
const own: BudgetRule = { name: 'own', limit: limit * 10n, window: 'TOTAL', per: 'PROJECT' };
const all: BudgetRule = { name: 'all', limit, window: 'TOTAL', per: 'POLICY' };

/** What many requests of new tenants at once have cost, and what the pot across them says. */
async function floodNewTenants(store: BudgetStore): Promise<{ readonly cost: bigint; readonly spent: bigint }> {
  const provider = await start(async exchange => {
    const usage = `data: {"id":"c","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":64}}\n\n`;
    await exchange.write(`${streamHead()}${frame(delta('Hi') + stop + usage + done)}${lastChunk}`);
  });
  const contributions: readonly PolicyContribution[] = [
    { policy: { policyId: 'p', revision: 1 }, mode: 'ENFORCE', rules: { budgets: [all, own] } },
  ];
  const { gate } = await openGate({
    providers: [{ id: 'acme', url: provider.url }],
    rules: [budgets()],
    policies: { contributionsFor: () => contributions },
    budgets: store,
  });
  const ends = await Promise.all(
    Array.from({ length: 48 }, async (_, index) => {
      const run = gate.run(principal({ projectId: `tenant-${index % 6}` }), request(), embedded);
      return (await endOf(run)).completion;
    }),
  );
  const pots = gate.effectivePolicy(principal({ projectId: 'tenant-0' })).budgets;
  const [state] = await gate.budgetStates(pots.filter(({ name }) => name === 'all'));
  return { cost: ends.reduce((sum, { usage }) => sum + usage.cost, 0n), spent: state?.spent ?? -1n };
}

describe('a pot across tenants', () => {
  test('counts the first requests of tenants that nobody has counted yet, in memory', async () => {
    const { cost, spent } = await floodNewTenants(memoryBudgetStore());
    expect(spent).toBe(cost);
    expect(cost).toBeGreaterThan(0n);
    expect(cost).toBeLessThanOrEqual(limit);
  });

  test.skipIf(redisAbsence !== '')(`and in Redis${redisAbsence}`, async () => {
    const redis = await openRedis({ url: server.url });
    closeAfterTest(() => redis.close());
    const { cost, spent } = await floodNewTenants(redisBudgetStore({ redis }));
    expect(spent).toBe(cost);
    expect(cost).toBeGreaterThan(0n);
    expect(cost).toBeLessThanOrEqual(limit);
  });
});
