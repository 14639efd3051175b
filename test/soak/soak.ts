import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SeveralNodes, startSeveralNodes } from '../support/several-nodes.ts';
import { until } from '../support/until.ts';
import { checkHistory } from './check-history.ts';
import type { SoakHistory, Violation } from './history.ts';
import { createFaultInjection } from './injected-faults.ts';
import { countHeld, readJournals, readOutcome } from './read-outcome.ts';
import { writeHistory } from './recorded-history.ts';
import { startScriptedProvider } from './scripted-provider.ts';
import { seededRandom } from './seeded-random.ts';
import { startCallers } from './soak-callers.ts';
import { makeTenants } from './soak-tenants.ts';
import { wakeCounters } from './wake-counters.ts';
import { watchSoak } from './watch-soak.ts';

export interface SoakOptions {
  /** The same seed draws the same; the machine's own timing differs. */
  readonly seed: string;
  readonly faults: number;
  readonly nodes?: number;
  readonly callers?: number;
  /** Told how it goes. */
  readonly say?: (line: string) => void;
}

export interface SoakResult {
  readonly violations: readonly Violation[];
  readonly history: SoakHistory;
  /** Where logs and, after a violation, the history are kept. */
  readonly folder: string;
  readonly summary: string;
}

const epochMs = 40_000;
const meanFaultMs = 3_200;
const drainMs = 150_000;
/** Every change is written before its answer is sent, so that a killed server has it; only a machine without power would need fsync. */
const redisFlags = ['--appendonly', 'yes', '--appendfsync', 'no', '--auto-aof-rewrite-percentage', '0'];

const yamlFor = (providers: readonly { readonly id: string; readonly url: string }[]) => `providers:
${providers
  .map(
    ({ id, url }, index) => `  - id: ${id}
    protocol: openai
    baseUrl: ${url}/v1
    apiKey: key-of-${id}
    timeouts: { connect: PT1S, firstEvent: PT2.5S, idle: PT2.5S, unary: PT3S }
    models: [{ id: m, as: acme/${index === 0 ? 'm' : 'n'}, price: { input: "${index + 1}", output: "${(index + 1) * 10}" }, contextTokens: 8000, capabilities: [STREAMING] }]`,
  )
  .join('\n')}
`;

/** Runs an installation under load and faults, then checks its history. Ends by itself, with all that it started. */
export async function soak({
  seed,
  faults,
  nodes = 2,
  callers: atOnce = 6,
  say = () => {},
}: SoakOptions): Promise<SoakResult> {
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-soak-'));
  const startedAt = Date.now();
  const tell = (line: string) => say(`${((Date.now() - startedAt) / 1_000).toFixed(0)} s: ${line}`);
  const providers = await Promise.all([
    startScriptedProvider(seed, 'alpha', { input: 1_000n, output: 10_000n }),
    startScriptedProvider(seed, 'beta', { input: 2_000n, output: 20_000n }),
  ]);
  const ids = Array.from({ length: nodes }, (_, index) => `node-${index + 1}`);
  const installation = await startSeveralNodes({
    yaml: yamlFor(providers),
    ids,
    redisFlags,
    env: { LOG_LEVEL: 'warn' },
  });
  try {
    const [first] = installation.nodes;
    if (first === undefined) throw new TypeError('nodes: there are none');
    const epochs = Math.ceil((faults * meanFaultMs * 1.3) / epochMs) + 1;
    const tenants = await makeTenants(installation, first, epochs);
    const writes: Promise<void>[] = [];
    const injection = createFaultInjection({
      installation,
      random: seededRandom(`${seed} faults`),
      onEnded: (name, log) => void writes.push(writeFile(join(folder, `${name}.log`), log)),
    });
    const loadedAt = Date.now();
    const epochNow = () => tenants.epochs[Math.min(epochs - 1, Math.floor((Date.now() - loadedAt) / epochMs))];
    const callers = startCallers({
      seed,
      atOnce,
      places: injection.places,
      keys: () => epochNow()?.keys ?? [],
    });
    const watch = watchSoak({
      installation,
      injection,
      pots: tenants.pots,
      calls: () => providers.flatMap(provider => provider.calls),
      callers: () => callers.outcomes,
      tell,
    });
    tell(`${nodes} nodes run, ${epochs} epochs of tenants`);
    await injection.inject(faults, ({ kind, target, from }, number) => {
      tell(`fault ${number}/${faults}: ${kind} ${target}; ${callers.outcomes.length} requests (${from})`);
    });
    for (const provider of providers) provider.calmDown();
    await callers.stop();
    await watch.stop();
    tell(`faults are over, ${callers.outcomes.length} requests; waiting for leases and journals`);
    const left = await drain(installation, tell);
    const calls = providers.flatMap(provider => provider.calls);
    const outcome = await readOutcome(installation);
    const { violations: replayed, counted, current, steps, admissions } = watch.replayed();
    const { faults: injected, boots } = injection;
    const seen = { calls, callers: callers.outcomes, pots: tenants.pots, faults: injected, boots };
    const history: SoakHistory = { ...seen, ...outcome, counted, replayed, journalled: left };
    const violations = checkHistory(history, current, (stage, found) => tell(`checked ${stage}: ${found} violations`));
    for (const { id, serve } of installation.nodes)
      writes.push(writeFile(join(folder, `${id}.log`), serve.out + serve.error));
    await Promise.all(writes);
    await writeHistory(folder, { seed, violations, current, history });
    const summary = `${summaryOf(history, startedAt)}, ${steps} steps of the counters and ${admissions} admissions replayed; ${violations.length} violations`;
    tell(summary);
    return { violations, history, folder, summary };
  } finally {
    await installation.close();
    await Promise.all(providers.map(provider => provider.close()));
  }
}

/** Waits until nothing is held and nothing waits to be shipped. @returns What still waits in journals. */
async function drain(installation: SeveralNodes, tell: (line: string) => void): Promise<readonly string[]> {
  const isDrained = async () => (await countHeld(installation)) === 0 && readJournals(installation).length === 0;
  await until('leases and journals have drained', isDrained, drainMs).catch(fault => tell(String(fault)));
  await wakeCounters(installation).catch(fault => tell(String(fault)));
  return readJournals(installation);
}

function summaryOf({ faults, callers, calls, rows }: SoakHistory, startedAt: number): string {
  const count = (items: readonly string[]) =>
    Object.entries(Object.groupBy(items, item => item))
      .map(([name, of]) => `${of?.length} ${name}`)
      .join(', ');
  return [
    `${faults.length} faults (${count(faults.map(({ kind }) => kind))})`,
    `${callers.length} requests (${count(callers.map(({ outcome }) => outcome))})`,
    `${calls.length} calls (${count(calls.map(({ behaviour }) => behaviour))})`,
    `${rows.length} rows (${count(rows.map(({ outcome }) => outcome ?? 'open'))})`,
    `${((Date.now() - startedAt) / 1_000).toFixed(0)} s`,
  ].join('; ');
}
