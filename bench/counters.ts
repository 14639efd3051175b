/** What counting money and rates costs on one Redis: `node bench/counters.ts`. Needs redis-server; ends within a minute. */
import { cpus } from 'node:os';
import type { BudgetLevel } from '../src/model/budget.ts';
import { redisBudgetStore } from '../src/stores/redis/redis-budget-store.ts';
import { openRedis } from '../src/stores/redis/redis-client.ts';
import { redisRateLimitStore } from '../src/stores/redis/redis-rate-limit-store.ts';
import { startRedis } from '../test/support/redis-server.ts';

const runs = 5;
const runMs = 1000;
const inFlightCounts = [1, 16, 64, 256] as const;

interface Figures {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of this process, and of Redis: that does not depend on who else uses the machine. */
  readonly clientMicros: number;
  readonly redisMicros: number;
}

const members = ['perSecond', 'p50Ms', 'p99Ms', 'clientMicros', 'redisMicros'] as const;

const server = await startRedis();
const redis = await openRedis({ url: server.url, commandTimeoutMs: 5000, silenceMs: 10_000 });
const { version } = await redis.inspect();
const budgets = redisBudgetStore({ redis });
const rates = redisRateLimitStore({ redis });
const levels: readonly BudgetLevel[] = ['project.day', 'tenant.month', 'key.day'].map(key => ({
  key,
  tenantId: 'acme',
  limit: 1_000_000_000_000_000_000n,
  resetsAt: Date.now() + 86_400_000,
}));
await budgets.states(levels);
for (const slot of await budgets.coldSlots()) await budgets.open(slot, new Map());

let next = 0;

/** As a UUIDv7 is: the instant, and then what makes it unique. */
function idAt(ms: number): string {
  const instant = ms.toString(16).padStart(12, '0');
  return `${instant.slice(0, 8)}-${instant.slice(8)}-7c3a-9d2f-${(next++).toString(16).padStart(12, '0')}`;
}

const facts = JSON.stringify({
  endpointId: 'author/model@provider',
  projectId: 'p'.repeat(36),
  price: '0.0000012',
  at: 1,
});

const subjects: Readonly<Record<string, () => Promise<unknown>>> = {
  'reserve and settle, 3 levels': async () => {
    const id = idAt(Date.now());
    await budgets.reserve({ id, tenantId: 'acme', levels, amount: 123_456_789n, facts });
    await budgets.settle({ id, tenantId: 'acme', levels, cost: 1_234_567n });
  },
  'take, 3 levels': () =>
    rates.take(
      ['project', 'tenant', 'key'].map(key => ({
        level: { key, tenantId: 'acme', unit: 'tokens', limit: 1_000_000_000_000, windowMs: 60_000 },
        amount: 1,
      })),
    ),
};

console.log(
  `Redis ${version}, Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}; medians of ${runs} runs`,
);
for (const [name, act] of Object.entries(subjects)) {
  console.log(
    `\n| ${name}, in flight | per second | p50 ms | p99 ms | CPU µs, node | CPU µs, Redis |\n|--:|--:|--:|--:|--:|--:|`,
  );
  for (const inFlight of inFlightCounts) {
    await measure(act, inFlight);
    const figures: Figures[] = [];
    for (let run = 0; run < runs; run++) figures.push(await measure(act, inFlight));
    const medians = members.map(member =>
      quantile(
        figures.map(each => each[member]),
        0.5,
      ),
    );
    const digits = [0, 2, 2, 0, 0];
    console.log(`| ${inFlight} | ${medians.map((value, index) => value.toFixed(digits[index])).join(' | ')} |`);
  }
}
for (const perSecond of [0.1, 1, 100])
  console.log(`\n${perSecond} a second: ${await bytesOfSettled(perSecond)} bytes each`);
await redis.close();
await server.stop();

async function measure(act: () => Promise<unknown>, inFlight: number): Promise<Figures> {
  const lasted: number[] = [];
  const redisBefore = await redisCpuMicros();
  const ownBefore = process.cpuUsage();
  const start = performance.now();
  const end = start + runMs;
  const repeat = async () => {
    for (let from = performance.now(); from < end; from = performance.now()) {
      await act();
      lasted.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, repeat));
  const seconds = (performance.now() - start) / 1000;
  const own = process.cpuUsage(ownBefore);
  return {
    perSecond: lasted.length / seconds,
    p50Ms: quantile(lasted, 0.5),
    p99Ms: quantile(lasted, 0.99),
    clientMicros: (own.user + own.system) / lasted.length,
    redisMicros: ((await redisCpuMicros()) - redisBefore) / lasted.length,
  };
}

/** What a settled reservation takes in Redis, at so many of one tenant a second. */
async function bytesOfSettled(perSecond: number): Promise<string> {
  await server.admin.flushall();
  const used = async () => Number(/used_memory:(\d+)/.exec(await server.admin.info('memory'))?.[1]);
  await budgets.settle({ id: idAt(0), tenantId: 'acme', levels: [], cost: 0n });
  const before = await used();
  const count = 20_000;
  for (let start = 0; start < count; start += 200) {
    const ids = Array.from({ length: 200 }, (_, index) =>
      idAt(1_800_000_000_000 + Math.floor(((start + index) * 1000) / perSecond)),
    );
    await Promise.all(ids.map(id => budgets.settle({ id, tenantId: 'acme', levels: [], cost: 0n })));
  }
  return (((await used()) - before) / count).toFixed(0);
}

async function redisCpuMicros(): Promise<number> {
  const facts = await server.admin.info('cpu');
  const seconds = ['sys', 'user'].map(kind => Number(new RegExp(`used_cpu_${kind}:([\\d.]+)`).exec(facts)?.[1]));
  return seconds.reduce((total, each) => total + each, 0) * 1e6;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
