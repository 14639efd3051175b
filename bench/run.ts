import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { figuresOf, median, type Sample, type Subject, writeTables } from './figures.ts';
import {
  installPortkey,
  startBareProxy,
  startPortkey,
  startTollgate,
  tollgateHeaders,
  writeTollgateConfig,
} from './gateways.ts';
import { type Entrance, measure } from './measure.ts';
import { measureStart, type StartFigures } from './measure-start.ts';
import { canReadCpu, readMemory } from './process-cpu.ts';
import { canPin, nextMessage, type StartedProcess, startProcess } from './start-process.ts';

/*
 * `npm run bench`: measures all gateways in one run, interleaved, prints tables and writes results.json.
 * `-- --quick` takes one short round and writes nothing; `-- --no-peers` leaves Portkey out.
 */

interface Plan {
  readonly subjects: readonly Subject[];
  readonly rounds: number;
  readonly windowMs: number;
  /** The window of the round that is dropped. */
  readonly warmMs: number;
  /** How often the start is timed. */
  readonly starts: number;
}

/** On a busy machine fewer rounds are measured than planned, so that the whole ends within three minutes. */
const lastRoundStartsMs = 130_000;
const bareName = 'bare proxy';
const { quick, 'no-peers': noPeers } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, 'no-peers': { type: 'boolean', default: false } },
}).values;
const full: Plan = { subjects: ['unary', 'single', 'eight'], rounds: 5, windowMs: 1_000, warmMs: 1_500, starts: 3 };
const plan: Plan = quick ? { subjects: ['unary', 'single'], rounds: 1, windowMs: 1_000, warmMs: 500, starts: 1 } : full;

if (!canReadCpu) throw new Error('The benchmark reads /proc/<pid>/task/*/schedstat: it runs on Linux only.');
if (!noPeers) installPortkey();

const folder = await mkdtemp(join(tmpdir(), 'tollgate-bench-'));
const running: StartedProcess[] = [];
function keep<T extends StartedProcess>(started: T): T {
  running.push(started);
  return started;
}

try {
  const loadBefore = loadavg();
  const mock = startProcess({ arguments: [join(import.meta.dirname, 'mock-provider.ts')], core: 'load', speaks: true });
  const { port: upstreamPort } = await nextMessage<{ readonly port: number }>(keep(mock));
  const client = keep(
    startProcess({ arguments: [join(import.meta.dirname, 'load-client.ts')], core: 'load', speaks: true }),
  );
  const configFile = await writeTollgateConfig(folder, upstreamPort);

  const starts: StartFigures[] = [];
  for (let round = 0; round < plan.starts; round++) starts.push(await measureStart(configFile, folder));

  const entrances = await startAll(configFile, upstreamPort);
  const rounds = await measureRounds(client, entrances);
  const figures = figuresOf(rounds, bareName);
  const memory = entrances
    .filter(({ name }) => name !== 'Tollgate, OpenAI API')
    .map(({ name, gateway }) => ({ gateway: name.replace(/,.*/, ''), ...readMemory(gateway.pid) }));
  const started = {
    firstMs: Math.round(median(starts.map(({ firstMs }) => firstMs))),
    againMs: Math.round(median(starts.map(({ againMs }) => againMs))),
    residentMb: median(starts.map(({ residentMb }) => residentMb)),
  };
  const machine = {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    node: process.version,
    isPinned: canPin,
    load: { before: loadBefore[0] ?? 0, after: loadavg()[0] ?? 0 },
  };
  console.log(`\n${writeTables(figures)}\n`);
  console.log(`Ready after ${started.firstMs} ms on a new folder, ${started.againMs} ms on an old one.`);
  console.log(`Resident: ${started.residentMb} MB when ready; after the load, and at most:`);
  for (const { gateway, residentMb, peakMb } of memory) console.log(`  ${gateway}: ${residentMb} MB, ${peakMb} MB`);
  console.log(`Load average before ${machine.load.before}, after ${machine.load.after}, the benchmark's own included.`);
  if (!quick) {
    const results = { machine, rounds: rounds.length, windowMs: plan.windowMs, figures, started, memory };
    await writeFile(join(import.meta.dirname, 'results.json'), `${JSON.stringify(results, undefined, 2)}\n`);
  }
} finally {
  await Promise.all(running.map(each => each.stop()));
  await rm(folder, { recursive: true, force: true });
}

async function startAll(configFile: string, upstreamPort: number): Promise<readonly Entrance[]> {
  const bare = keep(await startBareProxy(upstreamPort));
  const server = keep(await startTollgate(configFile, join(folder, 'state'), { core: 'gateway' }));
  const tollgate = { ...server, headers: await tollgateHeaders(server.port) };
  const entrances: Entrance[] = [
    { name: bareName, gateway: bare, language: 'openai', modelPrefix: '' },
    { name: 'Tollgate, GraphQL', gateway: tollgate, language: 'graphql', modelPrefix: 'bench/' },
    { name: 'Tollgate, OpenAI API', gateway: tollgate, language: 'openai', modelPrefix: 'bench/' },
  ];
  if (noPeers) return entrances;
  const portkey = keep(await startPortkey(upstreamPort));
  return [...entrances, { name: await portkeyName(), gateway: portkey, language: 'openai', modelPrefix: '' }];
}

async function portkeyName(): Promise<string> {
  const file = join(import.meta.dirname, 'peers/portkey/package.json');
  const { dependencies } = JSON.parse(await readFile(file, 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  return `Portkey ${dependencies['@portkey-ai/gateway']}`;
}

/** Within a round all gateways are measured, one after another: what disturbs the machine disturbs all. */
async function measureRounds(client: StartedProcess, entrances: readonly Entrance[]): Promise<readonly Sample[][]> {
  const rounds: Sample[][] = [];
  // The first round is dropped: it lets every gateway compile its code.
  for (let round = 0; round <= plan.rounds; round++) {
    if (rounds.length > 0 && performance.now() > lastRoundStartsMs) break;
    const samples: Sample[] = [];
    for (const subject of plan.subjects) {
      for (const entrance of entrances) {
        const sample = await measure(client, entrance, subject, round === 0 ? plan.warmMs : plan.windowMs);
        samples.push(sample);
        if (sample.failures === 0) continue;
        console.error(`${entrance.name}, ${subject}: ${sample.failures} failed; the first:\n${sample.firstFailure}`);
      }
    }
    if (round > 0) rounds.push(samples);
    console.log(round === 0 ? 'Warm.' : `Round ${round} of ${plan.rounds} done.`);
  }
  return rounds;
}
