import { GatewayError } from '../errors.ts';
import type { Clock } from '../model/clock.ts';
import { type CompletionError, type CompletionEvent, isTerminal } from '../model/completion.ts';
import type { ClaimAnswer, IdempotentEnd } from '../stores/idempotency-store.ts';
import { createEventStream, type EventStream } from '../stream/event-stream.ts';
import { completionError } from './failure.ts';
import type { CompletionRun } from './gateway.ts';

export interface WaitForTwinOptions {
  readonly clock: Clock;
  /** Whom it waits for. */
  readonly first: Running;
  readonly deadlineMs: number;
  /** Asks who holds the key, as one that waits for this completion. */
  readonly ask: (waitsFor: string) => Promise<ClaimAnswer>;
  /** The events of a completion that runs elsewhere, where they can be followed by now. */
  readonly follow: (completionId: string) => Promise<EventStream<CompletionEvent> | undefined>;
  /** Reads it as its other readers do, where it runs on this node by now. */
  readonly joinHere: (completionId: string) => CompletionRun | undefined;
  /** The key came free, and is this one's now. */
  readonly runHere: (answer: Extract<ClaimAnswer, { state: 'claimed' }>) => Promise<CompletionRun | IdempotentEnd>;
  /** The key came free after a part of the answer was read: gives it back. */
  readonly giveBack: (completionId: string) => Promise<void>;
  /** What one reads whose twin has ended. */
  readonly afterEnd: (end: IdempotentEnd) => Promise<readonly CompletionEvent[]>;
  readonly refused: (completionId: string, error: CompletionError, seq: number, hasText: boolean) => CompletionEvent;
  readonly cut: (completionId: string, seq: number, hasText: boolean) => CompletionEvent;
}

type Running = Omit<Extract<ClaimAnswer, { state: 'running' }>, 'state'>;

/** A run that waits for another one. */
export interface WaitingRun extends CompletionRun {
  /** The other one is gone, and this one runs now in its place: reads that, where nothing was read yet. */
  read(run: CompletionRun): void;
  /** Ends it with this error, where it does not run here. */
  stop(error: CompletionError): void;
  readonly ended: Promise<void>;
}

const askEveryMs = 250;
/** How long one asks on although nobody answers. */
const patienceMs = 10_000;

/**
 * Waits for a completion with the same idempotency key that runs on another node: reads its events where they are written down,
 * else hears how it ended; runs itself where the other node is gone before it has said anything.
 */
export function waitForTwin(options: WaitForTwinOptions): WaitingRun {
  const { clock, ask, follow, joinHere, runHere, giveBack, afterEnd, refused, cut } = options;
  let first = options.first;
  let inner: EventStream<CompletionEvent> | undefined;
  let here: CompletionRun | undefined;
  let seq = -1;
  let hasText = false;
  let isOver = false;
  let wake = () => {};
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const output = createEventStream<CompletionEvent>({
    onResume: () => inner?.resume(),
    onCancel() {
      inner?.cancel();
      finish([]);
    },
  });

  function finish(events: readonly CompletionEvent[]): void {
    if (isOver) return;
    isOver = true;
    cancelDeadline();
    output.write(events);
    output.end();
    wake();
    resolve();
  }

  function readFrom(stream: EventStream<CompletionEvent>): void {
    inner = stream;
    stream.pipe({
      write(batch) {
        if (isOver) return true;
        const last = batch.at(-1);
        if (last !== undefined && isTerminal(last)) {
          finish(batch);
          return true;
        }
        seq = last?.seq ?? seq;
        hasText ||= seq > 1;
        return output.write(batch);
      },
      end: () => finish([cut(first.completionId, seq + 1, hasText)]),
    });
  }

  function readHere(run: CompletionRun | undefined): boolean {
    if (run === undefined) return false;
    if (isOver || inner !== undefined) run.events.cancel();
    else {
      here = run;
      readFrom(run.events);
    }
    return true;
  }

  function stop(error: CompletionError): void {
    if (here !== undefined || isOver) return;
    inner?.cancel();
    finish([refused(first.completionId, error, seq + 1, hasText)]);
  }

  /** @returns Whether there is more to ask. */
  async function judge(answer: ClaimAnswer): Promise<boolean> {
    switch (answer.state) {
      case 'running':
        if (answer.completionId === first.completionId) return true;
        // Another one that waited runs it now.
        if (inner !== undefined) {
          finish([cut(first.completionId, seq + 1, hasText)]);
          return false;
        }
        first = answer;
        return !readHere(joinHere(answer.completionId));
      case 'ended':
        // What is followed brings its end by itself, however slowly it is read.
        if (inner === undefined) finish(await afterEnd(answer));
        return false;
      case 'claimed': {
        if (inner !== undefined) {
          await giveBack(first.completionId);
          finish([cut(first.completionId, seq + 1, hasText)]);
          return false;
        }
        const run = await runHere(answer);
        if ('status' in run) finish(await afterEnd(run));
        else readHere(run);
        return false;
      }
      case 'mismatch':
        throw new GatewayError('IDEMPOTENCY_MISMATCH', 'The idempotency key was used with another input.');
    }
  }

  function pause(ms: number): Promise<void> {
    return new Promise(resolvePause => {
      const cancelTimer = clock.after(ms, resolvePause);
      wake = () => {
        cancelTimer();
        resolvePause();
      };
    });
  }

  async function drive(): Promise<void> {
    let answeredMs = clock.monotonicMs();
    while (!isOver) {
      if (first.isLogged && inner === undefined) {
        const stream = await follow(first.completionId).catch(() => undefined);
        if (stream !== undefined && (isOver || here !== undefined)) stream.cancel();
        else if (stream !== undefined) readFrom(stream);
      }
      await pause(askEveryMs);
      if (isOver || here !== undefined) return;
      const answer = await ask(first.completionId).catch((fault: unknown) => {
        if (clock.monotonicMs() - answeredMs > patienceMs) throw fault;
        return undefined;
      });
      if (isOver || here !== undefined) return;
      if (answer === undefined) continue;
      answeredMs = clock.monotonicMs();
      if (!(await judge(answer))) return;
    }
  }

  const cancelDeadline = clock.after(options.deadlineMs, () =>
    stop(completionError('DEADLINE_EXCEEDED', 'The deadline of the request has passed.')),
  );
  drive().catch((fault: unknown) => {
    const { code, message, retryAfterMs } =
      fault instanceof GatewayError ? fault : new GatewayError('INTERNAL', 'The gateway failed.');
    inner?.cancel();
    finish([refused(first.completionId, completionError(code, message, retryAfterMs), seq + 1, hasText)]);
  });

  return {
    get id() {
      return here?.id ?? first.completionId;
    },
    events: output.stream,
    get limitsLeft() {
      return here?.limitsLeft ?? [];
    },
    read: run => void readHere(run),
    stop,
    ended,
  };
}
