import { readCpu, readFamilyCpu } from './process-cpu.ts';
import { openCarriers, type Sending, sendAll } from './send-requests.ts';

/** Requests to some nodes, while the CPU time of all that have to do with them is read. */
export interface NodesJob extends Sending {
  /** The processes of the nodes. */
  readonly pids: readonly number[];
  /** Processes beside the nodes, by kind; what they have started counts with them. */
  readonly others: Readonly<Record<string, number>>;
}

export interface NodesResult {
  readonly requests: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU time by kind of process, in microseconds, until all was shipped. `main` is a part of `gateway`. */
  readonly micros: Readonly<Record<string, number>>;
  /** Completions that had ended and were not in the ledger of all nodes, at the last answer. */
  readonly behind: number;
  /** From the last answer until all of them were. */
  readonly drainMs: number;
  readonly failures: number;
  readonly firstFailure?: string;
}

const lookEveryMs = 100;
const drainLimitMs = 60_000;

/** CPU time so far of nodes, of this process, and of others. */
export function cpuNow({ pids, others }: Pick<NodesJob, 'pids' | 'others'>): Record<string, number> {
  const gateways = pids.map(readCpu);
  const own = process.cpuUsage();
  return {
    gateway: gateways.reduce((sum, { allMicros }) => sum + allMicros, 0),
    main: gateways.reduce((sum, { mainMicros }) => sum + mainMicros, 0),
    client: own.user + own.system,
    ...Object.fromEntries(Object.entries(others).map(([kind, pid]) => [kind, readFamilyCpu(pid)])),
  };
}

/** Completions that wait in the journals of the nodes. */
async function waiting({ ports }: NodesJob): Promise<number> {
  const counts = ports.map(async port => {
    const response = await fetch(`http://127.0.0.1:${port}/metrics`);
    return Number(/^tollgate_ledger_waiting (\d+)/m.exec(await response.text())?.[1] ?? 0);
  });
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

async function drain(job: NodesJob): Promise<{ readonly behind: number; readonly drainMs: number }> {
  const start = performance.now();
  const behind = await waiting(job);
  for (let left = behind; left > 0; left = await waiting(job)) {
    if (performance.now() - start > drainLimitMs) throw new Error(`${left} completions were not shipped in time`);
    await new Promise(resolve => setTimeout(resolve, lookEveryMs));
  }
  return { behind, drainMs: behind === 0 ? 0 : performance.now() - start };
}

async function run(job: NodesJob): Promise<NodesResult> {
  const carriers = await openCarriers(job);
  const before = cpuNow(job);
  const start = performance.now();
  const { latenciesMs, failures } = await sendAll(job, carriers);
  const seconds = (performance.now() - start) / 1_000;
  const drained = await drain(job);
  const after = cpuNow(job);
  for (const { socket } of carriers) socket.destroy();
  const sorted = latenciesMs.toSorted((left, right) => left - right);
  const at = (share: number) => sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
  const [firstFailure] = failures;
  return {
    requests: sorted.length,
    seconds,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    micros: Object.fromEntries(Object.entries(after).map(([kind, value]) => [kind, value - (before[kind] ?? 0)])),
    ...drained,
    failures: failures.length,
    ...(firstFailure === undefined ? {} : { firstFailure }),
  };
}

process.on('message', (job: NodesJob) => {
  void run(job).then(result => process.send?.(result));
});
process.on('disconnect', () => process.exit());
