import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { writeTollgateConfig } from './gateways.ts';
import { bundle, type Installation, type SharedInstallation, startShared, startSingle } from './installations.ts';
import { ledgerSizes, logPosition } from './ledger-sizes.ts';
import type { NodesJob, NodesResult } from './nodes-client.ts';
import {
  differenceOf,
  figuresOfNodes,
  type Load,
  type NodesSample,
  spreadOf,
  writeDifferences,
  writeNodesTables,
} from './nodes-figures.ts';
import { canReadCpu, readCpu, readFamilyCpu } from './process-cpu.ts';
import { nextMessage, type StartedProcess, startProcess } from './start-process.ts';
import { graphqlBody, unaryModel } from './workload.ts';

/*
 * `node bench/nodes.ts`: what budgets, rate limits, the shared ledger and shared counters cost a request, and what several
 * nodes do, by the CPU time of each kind of process. Needs redis-server and PostgreSQL; ends within six minutes.
 * `--quick` takes one short round and writes nothing.
 */

interface Variant {
  readonly name: string;
  readonly nodes: Installation['nodes'];
  readonly headers: Readonly<Record<string, string>>;
  readonly shared?: SharedInstallation;
}

const { quick } = parseArgs({ options: { quick: { type: 'boolean', default: false } } }).values;
const rounds = quick ? 1 : 5;
const requests = quick ? 300 : 1_500;
/** To each node alone, before anything counts: it lets it compile its code. */
const warmRequests = quick ? 300 : 2_500;
/** To each node. */
const connections = 32;
/** For each node. */
const pacedPerSecond = 100;
const pacedSeconds = quick ? 1 : 2.5;
const streamTokens = 25;
const streamsInAll = quick ? 64 : 320;
const idleMs = quick ? 1_000 : 2_000;
/** On a busy machine fewer rounds are measured than planned. */
const lastRoundStartsMs = 260_000;
const mostMs = 480_000;

if (!canReadCpu) throw new Error('The benchmark reads /proc/<pid>/task/*/schedstat: it runs on Linux only.');
bundle();
const folder = await mkdtemp(join(tmpdir(), 'tollgate-bench-nodes-'));
const closing: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
let ending: Promise<void> | undefined;
const end = () => {
  ending ??= (async () => {
    for (const close of closing.toReversed()) await close().catch(fault => console.error(fault));
  })();
  return ending;
};
const giveUp = () => void end().then(() => process.exit(1));
// Again and again: what Redis is started with hands the signal on once it has ended Redis.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, giveUp);
const tooLong = setTimeout(giveUp, mostMs);

try {
  const loadBefore = loadavg()[0] ?? 0;
  const speaking = (file: string) => startProcess({ arguments: [join(import.meta.dirname, file)], speaks: true });
  const mock = speaking('mock-provider.ts');
  closing.push(() => mock.stop());
  const { port } = await nextMessage<{ readonly port: number }>(mock);
  const client = speaking('nodes-client.ts');
  closing.push(() => client.stop());
  const configFile = await writeTollgateConfig(folder, port);
  const single = await startSingle(folder, configFile);
  closing.push(single.close);
  const shared = await startShared(folder, configFile, 3);
  closing.push(shared.close);

  const logStart = await logPosition(shared.postgres);
  const variants = variantsOf(single, shared);
  const samples: NodesSample[] = [];
  const idle: Readonly<Record<string, number>>[] = [];
  await warm(client, mock, single, shared);
  for (let round = 1; round <= rounds; round++) {
    if (round > 1 && performance.now() > lastRoundStartsMs) break;
    samples.push(...(await measureRound(client, mock, variants, round)));
    idle.push(await measureIdle(shared));
    console.log(`Round ${round} of ${rounds} done.`);
  }
  await report(shared, samples, idle, { loadBefore, logStart });
} finally {
  clearTimeout(tooLong);
  await end();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, giveUp);
}

function variantsOf(single: Installation, shared: SharedInstallation): readonly Variant[] {
  const tenants = [
    ['no budgets', 'free'],
    ['3 budgets, 2 rates', 'bounded'],
  ] as const;
  return [
    ...tenants.map(([name, tenant]) => ({
      name: `SQLite, ${name}`,
      nodes: single.nodes,
      headers: single.headers[tenant],
    })),
    ...shared.nodes.flatMap((_, place) =>
      tenants.map(([name, tenant]) => ({
        name: `${place + 1} ${place === 0 ? 'node' : 'nodes'}, ${name}`,
        nodes: shared.nodes.slice(0, place + 1),
        headers: shared.headers[tenant],
        shared,
      })),
    ),
  ];
}

async function run(client: StartedProcess, job: NodesJob): Promise<NodesResult> {
  const result = nextMessage<NodesResult>(client);
  client.child.send(job);
  return await result;
}

async function warm(client: StartedProcess, mock: StartedProcess, ...installations: readonly Installation[]) {
  for (const { nodes, headers } of installations) {
    for (const node of nodes) {
      for (const each of Object.values(headers)) {
        const variant = { name: 'warm', nodes: [node], headers: each };
        await run(client, { ...jobFor(variant, 'saturated', mock.pid), requests: warmRequests });
      }
      await run(client, jobFor({ name: 'warm', nodes: [node], headers: headers.bounded }, 'streams', mock.pid));
    }
  }
  console.log('Warm.');
}

/** Within a round all variants are measured, one after another, in turning order. */
async function measureRound(client: StartedProcess, mock: StartedProcess, variants: readonly Variant[], round: number) {
  const samples: NodesSample[] = [];
  for (const load of ['saturated', 'paced', 'streams'] as const) {
    const chosen = load === 'streams' ? variants.filter(({ nodes }) => nodes.length === 1) : variants;
    for (const variant of round % 2 === 0 ? chosen : chosen.toReversed()) {
      const sample = { ...(await run(client, jobFor(variant, load, mock.pid))), variant: variant.name, load };
      samples.push(sample);
      if (sample.failures > 0)
        console.error(`${variant.name}, ${load}: ${sample.failures} failed; ${sample.firstFailure}`);
    }
  }
  return samples;
}

function jobFor({ nodes, headers, shared }: Variant, load: Load, mockPid: number): NodesJob {
  const servers = shared === undefined ? {} : { redis: shared.redisPid, postgres: shared.postgres.pid };
  const job = {
    ports: nodes.map(node => node.port),
    pids: nodes.map(({ pid }) => pid),
    path: '/graphql',
    headers,
    connections: connections * nodes.length,
    others: { mock: mockPid, ...servers },
  };
  const unary = { ...job, body: graphqlBody(`bench/${unaryModel}`), expected: { text: '"FINISHED"' } };
  const perSecond = pacedPerSecond * nodes.length;
  if (load === 'saturated') return { ...unary, requests };
  if (load === 'paced') return { ...unary, requests: Math.round(perSecond * pacedSeconds), perSecond };
  return {
    ...job,
    headers: { ...headers, accept: 'text/event-stream' },
    body: graphqlBody('bench/stream-single', streamTokens),
    requests: streamsInAll,
    expected: { text: '"finishReason":"STOP"', tokens: streamTokens },
  };
}

/** CPU of three nodes that have nothing to do, of their Redis and their PostgreSQL: microseconds a second. */
async function measureIdle({ nodes, redisPid, postgres }: SharedInstallation) {
  const read = () => ({
    gateways: nodes.reduce((sum, { pid }) => sum + readCpu(pid).allMicros, 0),
    redis: readFamilyCpu(redisPid),
    postgres: readFamilyCpu(postgres.pid),
  });
  const before = read();
  const start = performance.now();
  await wait(idleMs);
  const seconds = (performance.now() - start) / 1_000;
  const after = read();
  return {
    gateways: (after.gateways - before.gateways) / seconds,
    redis: (after.redis - before.redis) / seconds,
    postgres: (after.postgres - before.postgres) / seconds,
  };
}

async function report(
  shared: SharedInstallation,
  samples: readonly NodesSample[],
  idle: readonly Readonly<Record<string, number>>[],
  { loadBefore, logStart }: { readonly loadBefore: number; readonly logStart: string },
): Promise<void> {
  const figures = figuresOfNodes(samples);
  const [plain, bounded] = ['no budgets', '3 budgets, 2 rates'];
  const pairs = [
    [`SQLite, ${bounded}`, `SQLite, ${plain}`],
    [`1 node, ${plain}`, `SQLite, ${plain}`],
    [`1 node, ${bounded}`, `1 node, ${plain}`],
    [`1 node, ${bounded}`, `SQLite, ${bounded}`],
    [`3 nodes, ${bounded}`, `1 node, ${bounded}`],
  ] as const;
  const differences = (['saturated', 'paced', 'streams'] as const).flatMap(load =>
    pairs
      .filter(([of]) => load !== 'streams' || !of.startsWith('3'))
      .map(([of, over]) => differenceOf(samples, load, of, over)),
  );
  const kinds = Object.keys(idle[0] ?? {});
  const idleMicros = Object.fromEntries(kinds.map(kind => [kind, spreadOf(idle.map(each => each[kind] ?? 0))]));
  const sizes = await ledgerSizes(shared.postgres, shared.databaseUrl, logStart);
  const machine = {
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    node: process.version,
    redis: /redis_version:(\S+)/.exec(await shared.redis.admin.info('server'))?.[1],
    postgres: sizes.version,
    load: { before: loadBefore, after: loadavg()[0] ?? 0 },
  };
  console.log(`\n${writeNodesTables(figures)}\n\n${writeDifferences(differences)}\n`);
  console.log('Three idle nodes, CPU µs a second:', JSON.stringify(idleMicros));
  console.log('The ledger:', JSON.stringify(sizes));
  console.log('The machine:', JSON.stringify(machine));
  if (quick) return;
  const load = { requests, connections, pacedPerSecond, pacedSeconds, streamsInAll, streamTokens };
  const results = { machine, load, figures, differences, idleMicros, sizes };
  await writeFile(join(import.meta.dirname, 'results-nodes.json'), `${JSON.stringify(results, undefined, 2)}\n`);
}
