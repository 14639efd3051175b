import type { CompletionRun } from '../../gateway/gateway.ts';
import type { CompletionEvent } from '../../model/completion.ts';

/**
 * Takes a run out of the hands of the executor.
 *
 * A transport that can write deltas itself puts one into the context; the resolver of `Subscription.complete` offers it
 * the run, and gives the executor what comes back. The transport then reads the run, and feeds the executor only with
 * the events that need it, one at a time.
 */
export interface RunTap {
  /** Called by the resolver, once. */
  take(run: CompletionRun): AsyncIterableIterator<CompletionEvent>;
  /** The run, once a resolver gave it. */
  readonly run: CompletionRun | undefined;
  /** Hands one event to the executor. */
  feed(event: CompletionEvent): void;
  /** No event follows for the executor. */
  close(): void;
}

/** Makes the tap of one operation. Leaving the executor's side of it cancels the run. */
export function createRunTap(): RunTap {
  const waiting: CompletionEvent[] = [];
  let taken: CompletionRun | undefined;
  let wake: ((result: IteratorResult<CompletionEvent>) => void) | undefined;
  let isClosed = false;

  function close(): void {
    isClosed = true;
    wake?.({ done: true, value: undefined });
    wake = undefined;
  }

  const events: AsyncIterableIterator<CompletionEvent> = {
    next() {
      const event = waiting.shift();
      if (event !== undefined) return Promise.resolve({ done: false, value: event });
      if (isClosed) return Promise.resolve({ done: true, value: undefined });
      return new Promise(resolve => {
        wake = resolve;
      });
    },
    return() {
      close();
      taken?.events.cancel();
      return Promise.resolve({ done: true, value: undefined });
    },
    [Symbol.asyncIterator]: () => events,
  };

  return {
    take(run) {
      if (taken !== undefined) throw new TypeError('take: this tap already has its run');
      taken = run;
      return events;
    },
    get run() {
      return taken;
    },
    feed(event) {
      if (wake === undefined) {
        waiting.push(event);
        return;
      }
      wake({ done: false, value: event });
      wake = undefined;
    },
    close,
  };
}
