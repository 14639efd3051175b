import { GatewayError } from '../errors.ts';
import type { Clock } from '../model/clock.ts';
import { type CompletionEvent, isTerminal } from '../model/completion.ts';
import type { StreamStore } from '../stores/stream-store.ts';
import { createEventStream, type EventStream } from '../stream/event-stream.ts';

export interface FollowStreamOptions {
  readonly streams: StreamStore;
  readonly clock: Clock;
  readonly completionId: string;
  /** What was read of it already. */
  readonly begun: readonly CompletionEvent[];
  /** The number of the last event that is not wanted, or in `begun`. */
  readonly after: number;
  /** The last event of one whose node is gone, or cannot be reached. */
  readonly cut: (seq: number, hasText: boolean) => CompletionEvent;
}

const pollMs = 100;
/** Longer than a failover of the store takes, as a rule. */
const patienceMs = 10_000;

/** Reads on a stream that another node writes, to its end; a node that is gone is told as that. */
export function followStream(options: FollowStreamOptions): EventStream<CompletionEvent> {
  const { streams, clock, completionId, begun, cut } = options;
  let { after } = options;
  let hasText = after > 1;
  let isOver = false;
  let isPaused = false;
  let wake = () => {};
  const output = createEventStream<CompletionEvent>({
    onPause() {
      isPaused = true;
    },
    onResume() {
      isPaused = false;
      wake();
    },
    onCancel() {
      isOver = true;
      wake();
    },
  });

  function take(events: readonly CompletionEvent[]): void {
    const last = events.at(-1);
    if (last === undefined) return;
    after = last.seq;
    hasText ||= events.some(({ type }) => type !== 'accepted' && type !== 'started');
    output.write(events);
    if (isTerminal(last)) end();
  }

  function end(): void {
    isOver = true;
    output.end();
  }

  function pause(): Promise<void> {
    return new Promise(resolve => {
      const cancelTimer = isPaused ? () => {} : clock.after(pollMs, resolve);
      wake = () => {
        cancelTimer();
        resolve();
      };
    });
  }

  async function drive(): Promise<void> {
    take(begun);
    let heardMs = clock.monotonicMs();
    while (!isOver) {
      if (isPaused) {
        await pause();
        continue;
      }
      const part = await streams.read(completionId, after).catch((fault: unknown) => {
        if (fault instanceof GatewayError) return 'unreachable' as const;
        throw fault;
      });
      if (isOver) return;
      if (part === undefined) break;
      if (part !== 'unreachable' && (part.isAlive || part.events.length > 0)) heardMs = clock.monotonicMs();
      if (part !== 'unreachable' && part.events.length > 0) {
        take(part.events);
        continue;
      }
      const isGone = part !== 'unreachable' && !part.isAlive;
      if (isGone || clock.monotonicMs() - heardMs > patienceMs) break;
      await pause();
    }
    if (isOver) return;
    output.write([cut(after + 1, hasText)]);
    end();
  }

  drive().catch(() => {
    if (isOver) return;
    output.write([cut(after + 1, hasText)]);
    end();
  });
  return output.stream;
}
