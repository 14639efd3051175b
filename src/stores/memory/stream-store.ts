import type { CompletionEvent } from '../../model/completion.ts';
import {
  asKept,
  keptAfterEndMs,
  mostStreamUnits,
  type StreamFacts,
  type StreamStore,
  unitsOfEvent,
} from '../stream-store.ts';

export interface MemoryStreamStoreOptions {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** What all streams may come to together, in UTF-16 units; the ones that ended first make room. Default: 67,108,864. */
  readonly maxUnits?: number;
}

interface Kept {
  readonly facts: StreamFacts;
  readonly events: CompletionEvent[];
  units: number;
  /** Absent while it runs. */
  until?: number;
}

/** Keeps streams in this process, within a limit. */
export function memoryStreamStore({ now, maxUnits = 67_108_864 }: MemoryStreamStoreOptions): StreamStore {
  if (!(maxUnits > 0)) throw new TypeError('maxUnits: must be above 0');
  // In the order of their beginning.
  const streams = new Map<string, Kept>();
  let units = 0;

  function forget(completionId: string): void {
    const kept = streams.get(completionId);
    if (kept === undefined) return;
    streams.delete(completionId);
    units -= kept.units;
  }

  function makeRoom(): void {
    for (const [id, { until }] of streams) if (until !== undefined && until <= now()) forget(id);
    for (const [id, { until }] of streams) {
      if (units <= maxUnits) return;
      if (until !== undefined) forget(id);
    }
  }

  return {
    open(facts, keptMs) {
      const { completionId } = facts;
      makeRoom();
      const kept: Kept = { facts, events: [], units: 0 };
      streams.set(completionId, kept);
      const isKept = () => streams.get(completionId) === kept;
      return {
        append(events) {
          if (!isKept()) return;
          const more = events.reduce((sum, event) => sum + unitsOfEvent(event), 0);
          kept.units += more;
          units += more;
          kept.events.push(...events.map(asKept));
          if (units > maxUnits) makeRoom();
          if (kept.units > mostStreamUnits || units > maxUnits) forget(completionId);
        },
        async close() {
          if (isKept()) kept.until = now() + Math.min(keptMs, keptAfterEndMs);
          makeRoom();
        },
        async drop() {
          if (isKept()) forget(completionId);
        },
      };
    },
    async read(completionId, after) {
      makeRoom();
      const kept = streams.get(completionId);
      if (kept === undefined) return undefined;
      return { facts: kept.facts, events: kept.events.slice(after + 1), isAlive: true };
    },
    async close() {
      streams.clear();
      units = 0;
    },
  };
}
