import type { EventStream } from '../stream/event-stream.ts';

const mostWaiting = 64;

/**
 * Reads a push stream one event at a time, as the execution of a subscription wants it.
 *
 * `return()` cancels the stream within the tick, even while a `next()` waits for a silent source, which an async
 * generator can not do. So does aborting `signal`. Events that a slow reader leaves waiting pause the source.
 */
export function streamEvents<T>(stream: EventStream<T>, signal: AbortSignal): AsyncIterableIterator<T> {
  const arrived: T[] = [];
  const waiting: ((result: IteratorResult<T>) => void)[] = [];
  let hasEnded = false;
  let isPaused = false;

  function finish(): void {
    hasEnded = true;
    signal.removeEventListener('abort', leave);
    for (const resolve of waiting.splice(0)) resolve({ done: true, value: undefined });
  }

  function leave(): void {
    if (hasEnded && arrived.length === 0) return;
    arrived.length = 0;
    stream.cancel(signal.reason);
    finish();
  }

  signal.addEventListener('abort', leave, { once: true });
  stream.pipe({
    write(batch) {
      for (const event of batch) {
        const resolve = waiting.shift();
        if (resolve === undefined) arrived.push(event);
        else resolve({ done: false, value: event });
      }
      isPaused = arrived.length >= mostWaiting;
      return !isPaused;
    },
    end: finish,
  });
  if (signal.aborted) leave();

  return {
    next() {
      const event = arrived.shift();
      if (event !== undefined) {
        if (isPaused && arrived.length === 0) {
          isPaused = false;
          stream.resume();
        }
        return Promise.resolve({ done: false, value: event });
      }
      if (hasEnded) return Promise.resolve({ done: true, value: undefined });
      return new Promise(resolve => {
        waiting.push(resolve);
      });
    },
    return() {
      leave();
      return Promise.resolve({ done: true, value: undefined });
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
