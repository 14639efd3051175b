import { join } from 'node:path';
import type { SeveralNodes } from '../support/several-nodes.ts';
import { followChanges } from './append-only-file.ts';
import { checkAttempts } from './check-attempts.ts';
import { checkCallers } from './check-callers.ts';
import type { CallerOutcome, Pot, ProviderCall, Violation } from './history.ts';
import type { FaultInjection } from './injected-faults.ts';
import { readBooked } from './read-outcome.ts';
import { createReplay, type Replay } from './replay-counters.ts';

export interface WatchSoakOptions {
  readonly installation: SeveralNodes;
  readonly injection: Pick<FaultInjection, 'lostFolders' | 'boots'>;
  readonly pots: readonly Pot[];
  readonly calls: () => readonly ProviderCall[];
  readonly callers: () => readonly CallerOutcome[];
  readonly tell: (line: string) => void;
}

/** Looks at a run while it goes on, so that what is wrong is seen long before its end. */
export interface SoakWatch {
  /** Stops looking; what is still to come is replayed by `replayed`. */
  stop(): Promise<void>;
  /** The replay of all that the counters have done until now. */
  replayed(): Replay;
}

const replayEveryMs = 5_000;
const checkEveryMs = 30_000;
/** Longer than a lease, the booking of what is found then, and the faults that may come between. */
const settledAfterMs = 240_000;
/** Between the start of a request and of its attempts, at most. */
const slackMs = 20_000;

/**
 * Replays the counters as they go, and checks the requests that are over for so long that they should be booked. What it tells is
 * a first sight of it: only what is checked at the end is a violation.
 */
export function watchSoak(options: WatchSoakOptions): SoakWatch {
  const { installation, injection, pots, tell } = options;
  const replay = createReplay(pots);
  const told = new Set<string>();
  const readers = [followChanges()];
  let checkedUpTo = 0;
  let isStopped = false;

  function read(): void {
    const { lostFolders } = injection;
    for (;;) {
      const index = readers.length - 1;
      // A folder that is lost changes no more.
      const isLost = index < lostFolders.length;
      const folder = lostFolders[index] ?? join(installation.redis.folder, 'appendonlydir');
      replay.feed(readers[index]?.(folder) ?? []);
      if (!isLost) return;
      replay.lose();
      readers.push(followChanges());
    }
  }

  function tellNew(found: readonly Violation[]): void {
    for (const { check, ids, detail } of found) {
      const line = `FIRST SIGHT ${check}: ${ids.join(' ')}: ${detail}`;
      if (!told.has(line)) tell(line);
      told.add(line);
    }
  }

  async function check(): Promise<void> {
    const to = Date.now() - settledAfterMs;
    const from = checkedUpTo;
    const callers = options.callers().filter(({ sentAt }) => sentAt >= from && sentAt < to);
    if (callers.length === 0) return;
    const names = new Set(callers.map(({ request }) => request));
    const isOne = ({ request }: { readonly request: string }) => names.has(request);
    const booked = await readBooked(installation, { from: from - slackMs, to: to + slackMs });
    const { counted, violations } = replay.result();
    const history = {
      callers,
      calls: options.calls().filter(isOne),
      rows: booked.rows.filter(isOne),
      completions: booked.completions.filter(isOne),
      boots: injection.boots,
      counted,
      faults: [],
      pots,
      levels: [],
      replayed: [],
      verified: [],
      journalled: [],
    };
    const found = [...violations, ...checkAttempts(history), ...checkCallers(history)];
    tellNew(found);
    checkedUpTo = to;
    tell(`looked at ${callers.length} requests that are over, and ${counted.size} attempts that were counted`);
  }

  async function pause(ms: number): Promise<void> {
    for (let left = ms; left > 0 && !isStopped; left -= 100) await new Promise(resolve => setTimeout(resolve, 100));
  }

  async function watch(): Promise<void> {
    let nextCheckAt = Date.now() + checkEveryMs;
    while (!isStopped) {
      // Servers are away from time to time: what cannot be read now is read later.
      try {
        read();
        if (Date.now() >= nextCheckAt) {
          nextCheckAt = Date.now() + checkEveryMs;
          await check();
        }
      } catch (fault) {
        tell(`could not look: ${fault instanceof Error ? fault.message : fault}`);
      }
      await pause(replayEveryMs);
    }
  }

  const watching = watch();
  return {
    async stop() {
      isStopped = true;
      await watching;
    },
    replayed() {
      read();
      return replay.result();
    },
  };
}
