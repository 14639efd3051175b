import { GatewayError } from '../errors.ts';
import type { Clock } from '../model/clock.ts';
import type { Completion, CompletionError } from '../model/completion.ts';
import { addRedactions, type Redaction } from '../model/redaction.ts';
import { addUsage, noUsage } from '../model/usage.ts';
import type { CandidateFacts } from '../routing/candidate.ts';
import type { ClosedCompletion, OpenedAttempt, SettledAttempt } from '../stores/ledger-store.ts';
import { loadTokenizer } from '../stream/count-tokens.ts';
import type { AttemptEnd } from './attempt.ts';
import type { AlertedBudget } from './budget-alert.ts';
import type { RunParts } from './core.ts';
import { attemptOf, type CompletionFacts, openedCompletion, runningCompletion } from './facts.ts';
import { completionError } from './failure.ts';
import type { RunOptions } from './gateway.ts';
import { contentToKeep } from './keep-content.ts';
import { observe, type RunObservation } from './observe.ts';
import { neverCalled, type RunOutcome } from './outcome.ts';
import type { PlannedRequest } from './plan-request.ts';
import { receiptFacts } from './receipt-facts.ts';
import { recordedFacts } from './recorded-facts.ts';
import { countInputTokens, lostAttempt, needsCounting, settledAttempt } from './settle.ts';

/** One run's completion, its rows in the ledger and what observers are told, kept in step. */
export interface Booking {
  readonly completion: Completion;
  readonly observer: RunObservation;
  /** Writes down that the run began. Not awaited by those who write on: the ledger keeps the order. */
  open(): Promise<void>;
  /** What any node can book an attempt from, as JSON. */
  factsOf(attempt: OpenedAttempt, budgets: readonly AlertedBudget[]): string;
  /**
   * Writes an attempt down, durably, before its provider is called. Where that fails, what was reserved for it is given back.
   *
   * @throws {GatewayError} STORE_UNAVAILABLE.
   */
  journal(attempt: OpenedAttempt): Promise<void>;
  /** The attempt that is the answer has begun to answer, or goes on with it; of its tokens the first one counts. */
  commit(endpointId: string, firstTokenMs: number | undefined): void;
  /** Adds what the content rules found. */
  note(redactions: readonly Redaction[]): void;
  /** Books how a journalled attempt ended; `candidate` is whom it called, `sent` what it was sent where that was not the request alone. */
  settle(attempt: OpenedAttempt, end: AttemptEnd, candidate?: CandidateFacts, sent?: SentRequest): Promise<void>;
  /** Resolves once what has ended is given back to the budgets, or that has taken too long. Never rejects. */
  givenBack(): Promise<void>;
  /**
   * Books how the run ended. What the ledger does not take now is kept and tried again, so the caller gets its answer; the
   * node is not ready until it is booked.
   */
  close(outcome: RunOutcome): Promise<void>;
  /** Ends the run after a fault of the gateway itself: books what can be booked, and never throws. */
  abandon(error: CompletionError, cause: unknown): Promise<void>;
}

/** A ledger that is away does not keep a caller waiting. */
const longestGivingBackMs = 500;

/** What is counted where a provider reports no input. */
export type SentRequest = Pick<PlannedRequest, 'prompt' | 'needs'>;

/** Begins to keep the books of one run. Writes nothing yet. */
export function createBooking(parts: RunParts, facts: CompletionFacts, options: RunOptions): Booking {
  const { clock, ledger } = parts;
  const { id, createdAt, planned } = facts;
  const opened = openedCompletion(facts);
  const observer = observe(parts.observers, opened, options);
  const watch = startWatch(clock);
  let completion = runningCompletion(facts, noUsage);
  let unsettled: OpenedAttempt | undefined;
  let firstTokenMs: number | undefined;
  let isClosed = false;
  let opening: Promise<void> | undefined;
  let settling: Promise<unknown> | undefined;

  async function settle(
    attempt: OpenedAttempt,
    end: AttemptEnd,
    candidate?: CandidateFacts,
    { prompt, needs }: SentRequest = planned,
  ): Promise<void> {
    // The vocabulary is loaded where it is first needed; without it tokens are estimated.
    if (needsCounting(end)) await loadTokenizer().catch(() => {});
    const settled = settledAttempt(attempt, end, () => countInputTokens(prompt, needs.inputTokens), candidate);
    watch.add(end.durationMs);
    book(attempt, settled);
  }

  function book(attempt: OpenedAttempt, settled: SettledAttempt): void {
    unsettled = undefined;
    completion = {
      ...completion,
      usage: addUsage(completion.usage, settled.usage),
      attempts: [...completion.attempts, attemptOf(attempt, settled)],
    };
    observer.attemptSettled(settled, attempt);
    const written = parts.retries.write(() => ledger.settleAttempt(settled));
    const released = parts.reservations.settle(id, settled.id, settled.usage.cost, written);
    settling = Promise.all([written, released]);
    settling.catch(observer.failed);
  }

  /** Why an attempt could not be written down: where its completion could not, that is why. */
  async function firstFault(fault: unknown): Promise<unknown> {
    const first = await opening?.then(
      () => fault,
      (earlier: unknown) => earlier,
    );
    if (!(first instanceof GatewayError) || first.code !== 'CONFLICT') return first;
    return new GatewayError('STORE_UNAVAILABLE', 'The attempt could not be written down.', { cause: first });
  }

  /**
   * Nobody was called, and the ledger has nothing to settle. Should it have the attempt all the same, because an answer was lost,
   * it is booked with its completion, as after a crash.
   */
  function release(attempt: OpenedAttempt, cause: unknown): void {
    observer.attemptSettled(
      settledAttempt(attempt, neverCalled(faultError(cause)), () => 0),
      attempt,
    );
    parts.reservations.release(attempt.id).catch(observer.failed);
  }

  function closedBy(outcome: RunOutcome): ClosedCompletion {
    const finishedAt = clock.now();
    const timing = watch.read(firstTokenMs);
    completion = { ...completion, ...outcome, finishedAt, timing };
    const { status, error, endpointId, finishReason, redactions } = completion;
    return {
      id,
      createdAt,
      finishedAt,
      overheadMs: timing.overheadMs,
      status: status === 'RUNNING' ? 'FAILED' : status,
      redactions,
      ...(error === undefined ? {} : { error }),
      ...(endpointId === undefined ? {} : { endpointId }),
      ...(finishReason === undefined ? {} : { finishReason }),
      ...(firstTokenMs === undefined ? {} : { firstTokenMs }),
    };
  }

  /** An answer that cannot be signed is still an answer. */
  async function signed(closed: ClosedCompletion): Promise<ClosedCompletion> {
    try {
      const signature = await parts.receipts?.sign(receiptFacts(facts, completion, parts.hashPrincipal));
      if (signature === undefined) return closed;
      const { receipt, nonce } = signature;
      completion = { ...completion, receipt, ...(nonce === undefined ? {} : { receiptNonce: nonce }) };
      return { ...closed, receipt };
    } catch (fault) {
      observer.failed(fault);
      return closed;
    }
  }

  async function keepContent(): Promise<void> {
    const { content } = parts;
    const kept = content === undefined ? undefined : contentToKeep(parts, facts, completion);
    if (content !== undefined && kept !== undefined) await parts.retries.write(() => content.keep(kept));
  }

  return {
    get completion() {
      return completion;
    },
    observer,
    open() {
      opening = ledger.openCompletion(opened);
      return opening;
    },
    factsOf: (attempt, budgets) => recordedFacts(opened, attempt, budgets),
    async journal(attempt) {
      try {
        await ledger.openAttempt(attempt);
        unsettled = attempt;
      } catch (fault) {
        const cause = await firstFault(fault);
        release(attempt, cause);
        throw cause;
      }
    },
    commit(endpointId, tokenMs) {
      firstTokenMs ??= tokenMs;
      completion = { ...completion, endpointId };
    },
    note(redactions) {
      if (redactions.length === 0) return;
      completion = { ...completion, redactions: addRedactions(completion.redactions, redactions) };
    },
    settle,
    async givenBack() {
      if (settling === undefined) return;
      const { promise: timeUp, resolve } = Promise.withResolvers<void>();
      const cancel = clock.after(longestGivingBackMs, resolve);
      await Promise.race([settling, timeUp]).catch(() => {});
      cancel();
    },
    async close(outcome) {
      const closed = await signed(closedBy(outcome));
      isClosed = true;
      observer.closed(closed, completion.usage);
      // Sent in one batch with the settlement; a settlement that fails is tried again, and then corrects what was booked.
      await Promise.all([
        parts.retries.write(() => ledger.closeCompletion(closed)).catch(observer.failed),
        keepContent().catch(observer.failed),
      ]);
      await settling?.catch(() => {});
    },
    async abandon(error, cause) {
      observer.failed(cause);
      if (unsettled !== undefined) {
        // Before the call a store may refuse, with an error of ours; who has called somebody is stopped by faults alone.
        const wasCalled = completion.endpointId !== undefined || !(cause instanceof GatewayError);
        if (wasCalled) book(unsettled, lostAttempt(unsettled, error, clock.now()));
        else await settle(unsettled, neverCalled(error)).catch(observer.failed);
      }
      if (isClosed) return;
      const status = completion.endpointId === undefined ? 'FAILED' : 'INCOMPLETE';
      const closed = closedBy({ status, error });
      await parts.retries.write(() => ledger.closeCompletion(closed)).catch(observer.failed);
      observer.closed(closed, completion.usage);
    },
  };
}

/** A fault as a caller sees it. */
function faultError(cause: unknown): CompletionError {
  return cause instanceof GatewayError
    ? completionError(cause.code, cause.message, cause.retryAfterMs)
    : completionError('INTERNAL', 'The gateway failed.');
}

/** Tells the time of a run: in all, and without the time that its providers took. */
function startWatch(clock: Clock) {
  const startedMs = clock.monotonicMs();
  let providerMs = 0;
  return {
    add(ms: number): void {
      providerMs += ms;
    },
    read(firstTokenMs: number | undefined) {
      const totalMs = clock.monotonicMs() - startedMs;
      const overheadMs = Math.max(0, totalMs - providerMs);
      return { totalMs, overheadMs, ...(firstTokenMs === undefined ? {} : { firstTokenMs }) };
    },
  };
}
