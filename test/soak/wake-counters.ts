import { redisBudgetStore } from '../../src/stores/redis/redis-budget-store.ts';
import { openRedis } from '../../src/stores/redis/redis-client.ts';
import type { SeveralNodes } from '../support/several-nodes.ts';
import { until } from '../support/until.ts';

const mostMs = 60_000;

/** Has the nodes rebuild all counters that were lost: they do so for those that somebody asks for. */
export async function wakeCounters({ postgres, databaseUrl, redis: { url } }: SeveralNodes): Promise<void> {
  const totals = await postgres.ask(databaseUrl, 'select tenant_id, budget_key from budget_total');
  const redis = await openRedis({ url, commandTimeoutMs: 5_000 });
  try {
    const store = redisBudgetStore({ redis });
    for (const { tenant_id, budget_key } of totals) {
      const tenant = tenant_id === '' ? {} : { tenantId: String(tenant_id) };
      await store.states([{ key: String(budget_key), limit: 0n, ...tenant }]);
    }
    await until('all counters are rebuilt', async () => (await store.coldSlots()).length === 0, mostMs);
  } finally {
    await redis.close();
  }
}
