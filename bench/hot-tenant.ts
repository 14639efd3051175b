import type { BudgetLevel } from '../src/model/budget.ts';
import { redisBudgetStore } from '../src/stores/redis/redis-budget-store.ts';
import { openRedis } from '../src/stores/redis/redis-client.ts';
import { redisRateLimitStore } from '../src/stores/redis/redis-rate-limit-store.ts';
import { startRedisCluster } from '../test/support/redis-cluster.ts';
import { median } from './figures.ts';
import { readCpu } from './process-cpu.ts';

/*
 * `node bench/hot-tenant.ts`: how the work of a Redis Cluster of three masters is divided, by CPU time, where one tenant makes all
 * requests, where 300 do, and where 300 share one pot. Each counts three budget levels and two rate limits. Ends within a minute.
 */
const requests = 4_000;
const inFlight = 64;
const rounds = 3;
const limit = 1_000_000_000_000_000_000n;

interface Subject {
  readonly name: string;
  readonly tenants: number;
  readonly hasSharedPot: boolean;
}

const subjects: readonly Subject[] = [
  { name: 'one tenant', tenants: 1, hasSharedPot: false },
  { name: '300 tenants', tenants: 300, hasSharedPot: false },
  { name: '300 tenants, one of the three levels a pot of all', tenants: 300, hasSharedPot: true },
];

const cluster = await startRedisCluster();
const redis = await openRedis({ url: cluster.url, commandTimeoutMs: 5_000, silenceMs: 10_000 });
const budgets = redisBudgetStore({ redis });
const rates = redisRateLimitStore({ redis });
const pids = await Promise.all(
  cluster.masters.map(async ({ admin }) => Number(/process_id:(\d+)/.exec(await admin.info('server'))?.[1])),
);
let serial = 0;

function levelsOf({ hasSharedPot }: Subject, tenantId: string): readonly BudgetLevel[] {
  const own = ['tenant.month', 'project.day', 'key.day'].map(key => ({ key, tenantId, limit }));
  return hasSharedPot ? [...own.slice(1), { key: 'all.month', limit }] : own;
}

async function request(subject: Subject): Promise<void> {
  const number = serial++;
  const tenantId = `t${number % subject.tenants}`;
  const levels = levelsOf(subject, tenantId);
  const instant = Date.now().toString(16).padStart(12, '0');
  const id = `${instant.slice(0, 8)}-${instant.slice(8)}-7c3a-9d2f-${number.toString(16).padStart(12, '0')}`;
  await rates.take(
    ['key', 'tenant'].map(key => ({
      level: { key, tenantId, unit: 'tokens', limit: 1_000_000_000_000, windowMs: 60_000 },
      amount: 1,
    })),
  );
  await budgets.reserve({ id, tenantId, levels, amount: 123_456_789n, facts: '{}' });
  await budgets.settle({ id, tenantId, levels, cost: 1_234_567n });
}

/** CPU time of each master for each request, in microseconds. */
async function measure(subject: Subject): Promise<readonly number[]> {
  for (let tenant = 0; tenant < subject.tenants; tenant++) {
    // A slot is listed as cold once somebody has looked at it.
    for (const levels of Map.groupBy(levelsOf(subject, `t${tenant}`), level => level.tenantId).values()) {
      await budgets.states(levels);
    }
  }
  for (const slot of await budgets.coldSlots()) await budgets.open(slot, new Map());
  const before = pids.map(pid => readCpu(pid).allMicros);
  let left = requests;
  const repeat = async () => {
    while (left-- > 0) await request(subject);
  };
  await Promise.all(Array.from({ length: inFlight }, repeat));
  return pids.map((pid, place) => (readCpu(pid).allMicros - (before[place] ?? 0)) / requests);
}

try {
  const measured = new Map<string, (readonly number[])[]>(subjects.map(({ name }) => [name, []]));
  // The first round is dropped.
  for (let round = 0; round <= rounds; round++) {
    for (const subject of subjects) {
      const micros = await measure(subject);
      if (round > 0) measured.get(subject.name)?.push(micros);
    }
  }
  console.log(
    '| who asks | CPU µs for each request, all masters | of the busiest | requests a second that its core carries |',
  );
  console.log('|---|--:|--:|--:|');
  for (const [name, figures] of measured) {
    const all = median(figures.map(each => each.reduce((sum, micros) => sum + micros, 0)));
    const busiest = median(figures.map(each => Math.max(...each)));
    console.log(`| ${name} | ${all.toFixed(0)} | ${busiest.toFixed(0)} | ${Math.round(1e6 / busiest)} |`);
  }
} finally {
  await redis.close();
  await cluster.stop();
}
