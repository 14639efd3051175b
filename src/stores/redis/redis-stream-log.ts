import type { Clock } from '../../model/clock.ts';
import type { CompletionEvent } from '../../model/completion.ts';
import {
  asKept,
  keptAfterEndMs,
  mostStreamUnits,
  type StreamFacts,
  type StreamLog,
  unitsOfEvent,
} from '../stream-store.ts';
import type { RedisClient } from './redis-client.ts';
import { streamWriteScript } from './scripts/streams.ts';
import { writeBatch } from './stream-batch.ts';

export interface RedisStreamLogOptions {
  readonly redis: RedisClient;
  readonly clock: Clock;
  readonly facts: StreamFacts;
  readonly keptMs: number;
  /** Between two writes, in milliseconds. */
  readonly flushMs: number;
  /** For how long the writer may be silent before it counts as gone. */
  readonly silenceMs: number;
  /** Told when nothing more is written. */
  readonly onClosed: () => void;
}

const mostUnitsPerBatch = 65_536;
const mostBatchesPerWrite = 16;
const retryMs = 250;
const mostLastTries = 20;

/** The keys of one stream; what stands in braces keeps them in one slot of a Cluster. */
export function streamKeys(completionId: string): readonly [facts: string, batches: string] {
  return [`{tollgate:stream:${completionId}}:facts`, `{tollgate:stream:${completionId}}:events`];
}

/**
 * Writes one stream to Redis, in batches, beside the run: nobody waits for it but who closes it. What Redis does not take is tried
 * again; a stream that comes to more than one may, or waits for too long, is given up, and then nobody can attach to it.
 */
export function openRedisStreamLog(options: RedisStreamLogOptions): StreamLog {
  const { redis, clock, facts, flushMs, silenceMs, onClosed } = options;
  const keys = streamKeys(facts.completionId);
  const keptMs = Math.max(1, Math.min(options.keptMs, keptAfterEndMs));
  const factsText = JSON.stringify(facts);
  let waiting: CompletionEvent[] = [];
  let units = 0;
  let isClosing = false;
  let isOver = false;
  let cancelTimer = clock.after(0, write);
  /** Else the timer that runs only says that this writer lives. */
  let isFlushDue = true;
  let writing: Promise<void> | undefined;

  function schedule(delayMs: number): void {
    if (isOver) return;
    cancelTimer();
    cancelTimer = clock.after(delayMs, write);
  }

  function write(): void {
    isFlushDue = false;
    writing ??= writeOnce().then(delayMs => {
      writing = undefined;
      isFlushDue = waiting.length > 0;
      if (!isClosing) schedule(isFlushDue ? delayMs : silenceMs / 3);
    });
  }

  /** @returns After how long to write on. */
  async function writeOnce(): Promise<number> {
    if (isOver) return flushMs;
    const { batches, count } = batchesOf(waiting);
    const stays = isClosing && count === waiting.length ? keptMs : silenceMs * 4;
    try {
      await redis.run({ script: streamWriteScript, keys, arguments: [factsText, stays, silenceMs, ...batches] });
      waiting = waiting.slice(count);
      return flushMs;
    } catch {
      return retryMs;
    }
  }

  function end(): void {
    isOver = true;
    waiting = [];
    cancelTimer();
    onClosed();
  }

  async function drop(): Promise<void> {
    if (!isOver) end();
    await writing;
    await redis.command('DEL', keys[0], keys[1]);
  }

  return {
    append(events) {
      if (isOver || isClosing) return;
      for (const event of events) {
        units += unitsOfEvent(event);
        waiting.push(asKept(event));
      }
      if (units > mostStreamUnits) {
        drop().catch(() => {});
      } else if (!isFlushDue && writing === undefined) {
        isFlushDue = true;
        schedule(flushMs);
      }
    },
    async close() {
      if (isOver || isClosing) return;
      isClosing = true;
      cancelTimer();
      await writing;
      for (let tries = 0; tries < mostLastTries && !isOver; tries++) {
        const delayMs = await writeOnce();
        if (delayMs === flushMs && waiting.length === 0) break;
        if (delayMs !== flushMs) await new Promise<void>(resolve => void clock.after(delayMs, resolve));
      }
      if (!isOver) end();
    },
    drop,
  };
}

/** The next arguments of a write, and how many events they hold. */
function batchesOf(events: readonly CompletionEvent[]) {
  const batches: (string | number)[] = [];
  let count = 0;
  while (count < events.length && batches.length < mostBatchesPerWrite * 2) {
    const from = count;
    for (let units = 0; count < events.length && (count === from || units < mostUnitsPerBatch); count++) {
      const event = events[count];
      if (event !== undefined) units += unitsOfEvent(event);
    }
    const batch = events.slice(from, count);
    batches.push((batch.at(-1)?.seq ?? 0) + 1, writeBatch(batch));
  }
  return { batches, count };
}
