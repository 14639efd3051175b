/** Takes what a source pushes. */
export interface Sink<T> {
  /**
   * Takes what arrived together, synchronously.
   *
   * @returns False when the sink is full: the source pauses until `resume` is called on the stream.
   */
  write(batch: readonly T[]): boolean;
  /** Nothing comes after this. */
  end(): void;
}

/**
 * A push stream with exactly one reader: no promise per item, and one call per upstream read.
 *
 * Read it either by `pipe` or by iterating; iterating yields batches.
 */
export interface EventStream<T> extends AsyncIterable<readonly T[]> {
  pipe(sink: Sink<T>): void;
  resume(): void;
  /** The reader leaves: the source is told at once, and nothing more is delivered. */
  cancel(reason?: unknown): void;
}

export interface EventSource<T> {
  readonly stream: EventStream<T>;
  /** False when the reader is full, or has not come yet and much is waiting: pause until `onResume`. */
  write(batch: readonly T[]): boolean;
  end(): void;
}

export interface EventStreamOptions {
  /** The reader can take more again. */
  readonly onResume?: () => void;
  /** The reader does not take what waits for it, or has not come. Called anew whenever it takes a part and pauses again. */
  readonly onPause?: () => void;
  /** The reader left before the end. Called at most once. */
  readonly onCancel?: (reason: unknown) => void;
  /** Batches kept before a reader comes, or while it is busy, until the source is asked to pause. Default 16. */
  readonly highWaterMark?: number;
}

/** A stream that says this, and ends. */
export function streamOf<T>(items: readonly T[]): EventStream<T> {
  const output = createEventStream<T>();
  output.write(items);
  output.end();
  return output.stream;
}

/** Makes both ends of a push stream. What is written before a reader comes is kept for it. */
export function createEventStream<T>(options: EventStreamOptions = {}): EventSource<T> {
  const { onResume, onPause, onCancel, highWaterMark = 16 } = options;
  const waiting: (readonly T[])[] = [];
  let sink: Sink<T> | undefined;
  let isEnded = false;
  let isCancelled = false;
  let isPaused = false;
  let isAskedToPause = false;
  const onLeft: (() => void)[] = [];

  function flush(): void {
    while (sink !== undefined && !isPaused && !isCancelled) {
      const batch = waiting.shift();
      if (batch === undefined) {
        if (isEnded) {
          const ended = sink;
          sink = { write: () => true, end() {} };
          ended.end();
        }
        return;
      }
      if (!sink.write(batch)) isPaused = true;
    }
  }

  function resumeSource(): void {
    if (isEnded || isCancelled) return;
    isAskedToPause = false;
    if (isPaused) askToPause();
    else onResume?.();
  }

  function askToPause(): boolean {
    if (!isAskedToPause) {
      isAskedToPause = true;
      onPause?.();
    }
    return false;
  }

  const stream: EventStream<T> = {
    pipe(reader) {
      if (sink !== undefined) throw new TypeError('pipe: this stream already has its reader');
      sink = reader;
      flush();
      resumeSource();
    },
    resume() {
      if (!isPaused) return;
      isPaused = false;
      flush();
      resumeSource();
    },
    cancel(reason) {
      if (isCancelled) return;
      isCancelled = true;
      waiting.length = 0;
      if (!isEnded) onCancel?.(reason);
      for (const wake of onLeft) wake();
    },
    [Symbol.asyncIterator]: () => iterate(stream, wake => onLeft.push(wake)),
  };

  return {
    stream,
    write(batch) {
      if (isCancelled || isEnded || batch.length === 0) return !isCancelled;
      if (sink !== undefined && !isPaused && waiting.length === 0) {
        if (!sink.write(batch)) isPaused = true;
        return isPaused ? askToPause() : true;
      }
      waiting.push(batch);
      return waiting.length < highWaterMark ? true : askToPause();
    },
    end() {
      if (isEnded) return;
      isEnded = true;
      flush();
    },
  };
}

/** @param onLeft Registers what is called when somebody cancels the stream, so that no one waits for ever. */
function iterate<T>(stream: EventStream<T>, onLeft: (wake: () => void) => void): AsyncIterator<readonly T[]> {
  const arrived: (readonly T[])[] = [];
  let wake: (() => void) | undefined;
  let isDone = false;
  let isPiped = false;

  function notify(): void {
    wake?.();
    wake = undefined;
  }

  const sink: Sink<T> = {
    write(batch) {
      arrived.push(batch);
      notify();
      return arrived.length < 2;
    },
    end() {
      isDone = true;
      notify();
    },
  };

  onLeft(() => sink.end());
  return {
    async next() {
      if (!isPiped) {
        isPiped = true;
        stream.pipe(sink);
      }
      for (;;) {
        const batch = arrived.shift();
        if (batch !== undefined) {
          stream.resume();
          return { done: false, value: batch };
        }
        if (isDone) return { done: true, value: undefined };
        await new Promise<void>(resolve => {
          wake = resolve;
        });
      }
    },
    return() {
      isDone = true;
      stream.cancel();
      notify();
      return Promise.resolve({ done: true, value: undefined });
    },
  };
}
