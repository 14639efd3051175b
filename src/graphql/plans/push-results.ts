import { GatewayError } from '../../errors.ts';
import type { CompletionRun } from '../../gateway/gateway.ts';
import type { CompletionEvent } from '../../model/completion.ts';
import type { DeltaWriter } from './projection.ts';
import type { RunTap } from './run-tap.ts';

/** Takes execution results as JSON, in order. */
export interface ResultSink {
  /**
   * Takes what arrived in one read of the provider.
   *
   * @returns False when the client is slow: `resume` is called on what `pushResults` returned once it reads again.
   */
  write(results: readonly string[]): boolean;
  /** All results were written. */
  end(): void;
  /** The executor failed or ended before the run did. */
  fail(error: unknown): void;
}

/** What the transport tells of its client. */
export interface PushedResults {
  /** The client reads again. */
  resume(): void;
  /** The client left: the provider call is aborted within the tick, and the executor is told. */
  cancel(): void;
}

export interface PushOptions {
  readonly run: CompletionRun;
  readonly tap: RunTap;
  /** Writes deltas without execution. */
  readonly writeDelta: DeltaWriter;
  /** What the executor made of the tap's events, its plugins' hooks included. */
  readonly executed: AsyncIterable<unknown>;
  readonly writeExecuted: (result: unknown) => string;
  readonly sink: ResultSink;
}

/**
 * Writes a run's events as execution results: deltas straight from the run, one call of the sink per upstream read and
 * no promise per token; all other events through the executor, at their place.
 */
export function pushResults({ run, tap, writeDelta, executed, writeExecuted, sink }: PushOptions): PushedResults {
  const executor = executed[Symbol.asyncIterator]();
  let isBusy = false;
  let isOver = false;

  function finish(): void {
    if (isOver) return;
    isOver = true;
    tap.close();
    sink.end();
    void leaveExecutor();
  }

  function fail(error: unknown): void {
    if (isOver) return;
    isOver = true;
    run.events.cancel();
    tap.close();
    sink.fail(error);
    void leaveExecutor();
  }

  /** Runs the finishing hooks of plugins; their faults change nothing any more. */
  async function leaveExecutor(): Promise<void> {
    try {
      await executor.return?.();
    } catch {
      // The answer is complete, and the run is over.
    }
  }

  /** From the first event on that must be executed. The run is paused meanwhile. */
  async function execute(batch: readonly CompletionEvent[], from: number, results: string[]): Promise<void> {
    for (const event of batch.slice(from)) {
      const json = writeDelta(event);
      if (json !== undefined) {
        results.push(json);
        continue;
      }
      tap.feed(event);
      const result = await executor.next();
      if (isOver) return;
      if (result.done === true) {
        sink.write(results);
        return fail(new GatewayError('INTERNAL', 'the executor ended before the run did'));
      }
      results.push(writeExecuted(result.value));
    }
    isBusy = false;
    const isReady = sink.write(results);
    if (isReady) run.events.resume();
  }

  run.events.pipe({
    write(batch) {
      if (isOver) return true;
      const results: string[] = [];
      for (const [at, event] of batch.entries()) {
        const json = writeDelta(event);
        if (json === undefined) {
          isBusy = true;
          execute(batch, at, results).catch(fail);
          return false;
        }
        results.push(json);
      }
      return sink.write(results);
    },
    end: finish,
  });

  return {
    resume() {
      if (!isBusy && !isOver) run.events.resume();
    },
    cancel() {
      if (isOver) return;
      isOver = true;
      run.events.cancel();
      tap.close();
      void leaveExecutor();
    },
  };
}
