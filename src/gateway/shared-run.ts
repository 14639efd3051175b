import type { Clock } from '../model/clock.ts';
import { type Completion, type CompletionEvent, isTerminal } from '../model/completion.ts';
import { type StreamLog, unitsOfEvent } from '../stores/stream-store.ts';
import { createEventStream, type EventSource, type EventStream } from '../stream/event-stream.ts';
import type { ActiveRun } from './run.ts';
import { watchReader } from './stalled-reader.ts';

/** A run that several may read, and that can go on without a reader. */
export interface SharedRun {
  readonly run: ActiveRun;
  /**
   * Its events above `after`, from the beginning by default: first those that there were, as they were cut, then the live ones. Who
   * takes none of them for thirty seconds has left.
   */
  follow(after?: number): EventStream<CompletionEvent>;
  /** How many read it. */
  readonly readers: number;
  /** Whether its events can be read from the beginning by whoever may. */
  readonly isLogged: boolean;
  /** No rule lets its text be kept any more. */
  stopLogging(): void;
  /** Resolves when its last event was given to its readers. Never rejects. */
  readonly ended: Promise<Completion>;
}

export interface ShareOptions {
  readonly clock: Clock;
  /** Where its events are written down; absent: nowhere. */
  readonly log?: StreamLog;
  /** Whether the provider waits for the first reader, as it does for that of any other run. Else none holds it up. */
  readonly waitsForFirst: boolean;
  /** Whether those who come late get what there was. */
  readonly remembers: boolean;
  /** Called whenever a reader has left before the end: whether it was the first one, and how many are left. */
  readonly onLeft: (wasFirst: boolean, readersLeft: number) => void;
  /** What must have happened before anybody hears of the end. */
  readonly beforeEnd?: (completion: Completion) => Promise<void>;
}

interface Reader {
  readonly source: EventSource<CompletionEvent>;
  readonly after: number;
  /** The number of its next batch. */
  next: number;
  isFull: boolean;
}

/** What is remembered of one run at most, in UTF-16 units. Who is further behind is let go. */
const mostUnits = 16_777_216;

/** Reads a run for all who read it. It keeps what its slowest reader has not taken yet, and all of it where late ones may come. */
export function shareRun(run: ActiveRun, options: ShareOptions): SharedRun {
  const { clock, waitsForFirst, remembers, onLeft, beforeEnd } = options;
  let { log } = options;
  const readers = new Set<Reader>();
  const batches: (readonly CompletionEvent[])[] = [];
  /** The number of `batches[0]`. */
  let firstBatch = 0;
  let units = 0;
  let isEnded = false;
  let first: Reader | undefined;
  const { promise: ended, resolve } = Promise.withResolvers<Completion>();

  function pump(reader: Reader): void {
    while (!reader.isFull && readers.has(reader)) {
      const batch = batches[reader.next - firstBatch];
      if (batch === undefined) break;
      reader.next += 1;
      const above = (batch[0]?.seq ?? 0) > reader.after ? batch : batch.filter(({ seq }) => seq > reader.after);
      if (above.length > 0) reader.isFull = !reader.source.write(above);
    }
    if (isEnded && !reader.isFull && readers.has(reader)) {
      readers.delete(reader);
      reader.source.end();
    }
    if (!remembers) forgetTaken();
  }

  function forgetTaken(): void {
    let taken = firstBatch + batches.length;
    for (const { next } of readers) taken = Math.min(taken, next);
    while (firstBatch < taken) dropOldest();
  }

  function dropOldest(): void {
    const batch = batches.shift();
    firstBatch += 1;
    units -= unitsOfBatch(batch ?? []);
  }

  function deliver(batch: readonly CompletionEvent[]): void {
    log?.append(batch);
    batches.push(batch);
    units += unitsOfBatch(batch);
    for (const reader of [...readers]) pump(reader);
    while (units > mostUnits && batches.length > 1) dropOldest();
    for (const reader of [...readers]) {
      if (reader.next >= firstBatch) continue;
      readers.delete(reader);
      reader.source.end();
    }
  }

  function end(batch: readonly CompletionEvent[], completion: Completion): void {
    isEnded = true;
    deliver(batch);
    for (const reader of [...readers]) pump(reader);
    void log?.close();
    resolve(completion);
  }

  run.events.pipe({
    write(batch) {
      const completion = completionIn(batch);
      if (completion !== undefined) {
        if (beforeEnd === undefined) end(batch, completion);
        else
          void beforeEnd(completion)
            .catch(() => {})
            .then(() => end(batch, completion));
        return true;
      }
      deliver(batch);
      return !(waitsForFirst && first?.isFull === true);
    },
    end() {},
  });

  return {
    run,
    follow(after = -1) {
      const watch = watchReader(clock, () => source.stream.cancel());
      const source = createEventStream<CompletionEvent>({
        onPause: watch.pause,
        onResume() {
          watch.resume();
          reader.isFull = false;
          pump(reader);
          if (reader === first && waitsForFirst && !reader.isFull) run.events.resume();
        },
        onCancel() {
          watch.resume();
          readers.delete(reader);
          if (!remembers) forgetTaken();
          if (!isEnded) onLeft(reader === first, readers.size);
        },
      });
      const reader: Reader = { source, after, next: firstBatch, isFull: false };
      first ??= reader;
      readers.add(reader);
      // Who would miss the beginning gets nothing: a part would pass for all.
      if (after < firstSeq() - 1) {
        readers.delete(reader);
        source.end();
      } else pump(reader);
      return source.stream;
    },
    get readers() {
      return readers.size;
    },
    get isLogged() {
      return log !== undefined && firstBatch === 0;
    },
    stopLogging() {
      log?.drop().catch(() => {});
      log = undefined;
    },
    ended,
  };

  /** The number of the first event that is still there. */
  function firstSeq(): number {
    return firstBatch === 0 ? 0 : (batches[0]?.[0]?.seq ?? Number.POSITIVE_INFINITY);
  }
}

function unitsOfBatch(batch: readonly CompletionEvent[]): number {
  return batch.reduce((sum, event) => sum + unitsOfEvent(event), 0);
}

function completionIn(batch: readonly CompletionEvent[]): Completion | undefined {
  const last = batch.at(-1);
  return last !== undefined && isTerminal(last) ? last.completion : undefined;
}
