import { GatewayError } from '../errors.ts';
import type { Completion, CompletionError, CompletionEvent } from '../model/completion.ts';
import type { CompletionRequest } from '../model/completion-request.ts';
import type { Principal } from '../model/principal.ts';
import { addUsage, noUsage } from '../model/usage.ts';
import type { CandidateFacts } from '../routing/candidate.ts';
import type { OpenedAttempt, SettledAttempt } from '../stores/ledger-store.ts';
import { createEventStream, type EventStream } from '../stream/event-stream.ts';
import { type AttemptEnd, type RunningAttempt, startAttempt } from './attempt.ts';
import { clearAttempt } from './clear-attempt.ts';
import type { GatewayParts } from './core.ts';
import { createEventWriter } from './event-writer.ts';
import { attemptOf, openedAttempt, openedCompletion, runningCompletion } from './facts.ts';
import { completionError, errorOf, meaningOf } from './failure.ts';
import type { RunOptions } from './gateway.ts';
import { attemptLimits } from './limits.ts';
import { worstCaseUsage } from './meter.ts';
import { observe } from './observe.ts';
import {
  brokenOff,
  earlierRetry,
  finishedWith,
  neverCalled,
  type RunOutcome,
  refusalOf,
  statusOf,
  stopFailure,
  withoutContent,
} from './outcome.ts';
import { planRequest, rewardsStaying, sessionKey } from './plan-request.ts';
import { countInputTokens, recordHealth, settledAttempt } from './settle.ts';
import { uuidV7 } from './uuid-v7.ts';
import { watchSignal } from './watch-signal.ts';

/** A run as the gateway keeps it while it lasts. */
export interface ActiveRun {
  readonly id: string;
  readonly events: EventStream<CompletionEvent>;
  /** Its facts as far as it has come; its content is for its own reader alone. */
  snapshot(): Completion;
  /** Ends it with this error; what was delivered stands. */
  stop(error: CompletionError): void;
  /** Resolves with the completion once it is booked. Never rejects. */
  readonly ended: Promise<Completion>;
}

const endedByCaller = completionError('CANCELLED', 'The caller left.');

/**
 * Begins a run: plans it at once, then journals, calls, fails over, settles and books.
 *
 * @throws {GatewayError} NOT_FOUND for a model that nobody knows. Everything later is data.
 */
export function startRun(
  parts: GatewayParts,
  principal: Principal,
  request: CompletionRequest,
  options: RunOptions,
): ActiveRun {
  const { clock, ledger } = parts;
  const createdAt = clock.now();
  const startedMs = clock.monotonicMs();
  const id = uuidV7(createdAt);
  const planned = planRequest(parts, principal, request, id);
  const { decision, needs, configured } = planned;
  const facts = { id, createdAt, principal, request, needs, route: decision, entrance: options.entrance };
  const opened = openedCompletion(facts);
  const observer = observe(parts.observers, opened, options);

  let completion = runningCompletion(facts, noUsage);
  let current: RunningAttempt | undefined;
  let stopped: CompletionError | undefined;
  let providerMs = 0;
  let firstTokenMs: number | undefined;
  const { promise: ended, resolve } = Promise.withResolvers<Completion>();

  const output = createEventStream<CompletionEvent>({
    onResume: () => current?.resume(),
    onCancel: () => stop(endedByCaller),
  });
  const writer = createEventWriter({
    completionId: id,
    output,
    excludeReasoning: request.prompt.reasoning?.exclude ?? false,
  });

  function stop(error: CompletionError): void {
    if (stopped !== undefined) return;
    stopped = error;
    current?.abort(stopFailure(error));
  }

  /** Books the end, then tells the caller: who sees the last event can read it in the ledger. */
  async function close(outcome: RunOutcome): Promise<void> {
    const finishedAt = clock.now();
    const totalMs = clock.monotonicMs() - startedMs;
    const overheadMs = Math.max(0, totalMs - providerMs);
    const timing = { totalMs, overheadMs, ...(firstTokenMs === undefined ? {} : { firstTokenMs }) };
    completion = { ...completion, ...outcome, finishedAt, timing };
    const { status, error, endpointId, finishReason } = completion;
    const closed = {
      id,
      createdAt,
      finishedAt,
      overheadMs,
      status: status === 'RUNNING' ? 'FAILED' : status,
      redactions: completion.redactions,
      ...(error === undefined ? {} : { error }),
      ...(endpointId === undefined ? {} : { endpointId }),
      ...(finishReason === undefined ? {} : { finishReason }),
      ...(firstTokenMs === undefined ? {} : { firstTokenMs }),
    } as const;
    await ledger.closeCompletion(closed);
    observer.closed(closed, completion.usage);
    tellEnd();
  }

  function tellEnd(): void {
    if (completion.status === 'FINISHED') writer.finished(completion);
    else {
      const error = completion.error ?? completionError('INTERNAL', 'The completion ended without a reason.');
      writer.ended(hasDelivered() ? 'incomplete' : 'failed', error, completion);
    }
    resolve(completion);
  }

  function hasDelivered(): boolean {
    return firstTokenMs !== undefined;
  }

  async function attempt(candidate: CandidateFacts, hasNext: boolean): Promise<AttemptEnd | CompletionError> {
    const { endpoint } = candidate;
    const provider = configured.providers.get(endpoint.providerId);
    if (provider === undefined) return completionError('INTERNAL', 'The provider is no longer configured.');
    const startedAt = clock.now();
    const worst = worstCaseUsage(needs.inputTokens, needs.maxOutputTokens, endpoint.price);
    const journalled = openedAttempt(uuidV7(startedAt), id, startedAt, candidate, worst);
    const traceparent = observer.attemptOpened(journalled);
    const clearance = clearAttempt(parts, principal, request, planned, candidate, traceparent);
    if ('error' in clearance) return clearance.error;
    await ledger.openAttempt(journalled);
    if (stopped !== undefined) return await settle(journalled, candidate, neverCalled(stopped), startedAt);

    const attemptStartedMs = clock.monotonicMs();
    current = startAttempt({
      adapter: provider.adapter,
      request: clearance.cleared,
      limits: attemptLimits(provider.limits, request, hasNext),
      clock,
      onCommit() {
        firstTokenMs = clock.monotonicMs() - startedMs;
        completion = { ...completion, endpointId: endpoint.id };
        writer.started(endpoint);
      },
      deliver: events => writer.deltas(events),
    });
    const end = await current.ended;
    providerMs += clock.monotonicMs() - attemptStartedMs;
    current = undefined;
    return await settle(journalled, candidate, end, startedAt);
  }

  async function settle(
    journalled: OpenedAttempt,
    candidate: CandidateFacts,
    end: AttemptEnd,
    startedAt: number,
  ): Promise<AttemptEnd> {
    const inputTokens = () => countInputTokens(request.prompt, needs.inputTokens);
    const settled: SettledAttempt = settledAttempt(journalled, end, inputTokens);
    completion = {
      ...completion,
      usage: addUsage(completion.usage, settled.usage),
      attempts: [...completion.attempts, attemptOf(journalled, settled)],
    };
    recordHealth(parts.health, candidate, end, settled, clock.now());
    observer.attemptSettled(settled, journalled);
    // Not awaited: writes are applied in order, so what closes the completion is durable only after this.
    ledger.settleAttempt(settled).catch(() => {});
    if (end.failure === undefined && request.sessionId !== undefined && rewardsStaying(candidate.endpoint)) {
      parts.sessions.remember(sessionKey(principal, request.sessionId), candidate.endpoint.id, startedAt);
    }
    return end;
  }

  async function drive(): Promise<void> {
    writer.accepted(decision);
    const opening = ledger.openCompletion(opened);
    opening.catch(() => {});
    const refusal = refusalOf(planned);
    if (refusal !== undefined) {
      await opening;
      return await close({ status: 'REFUSED', error: refusal });
    }
    const { attempts } = planned.plan;
    let lastError: CompletionError | undefined;
    for (const [index, candidate] of attempts.entries()) {
      if (stopped !== undefined) break;
      const end = await attempt(candidate, index < attempts.length - 1);
      if ('code' in end) {
        lastError = end;
        continue;
      }
      const { failure } = end;
      if (failure === undefined) return await close(finishedWith(end));
      lastError = earlierRetry(lastError, errorOf(failure, end.hasDelivered));
      if (end.hasDelivered) return await close(brokenOff(end, stopped ?? lastError));
      if (!meaningOf(failure).failsOver) break;
    }
    const error = stopped ?? lastError ?? completionError('INTERNAL', 'No endpoint was tried.');
    await close({ status: statusOf(error), error });
  }

  const cancelDeadline = clock.after(request.deadlineMs, () =>
    stop(completionError('DEADLINE_EXCEEDED', 'The deadline of the request has passed.')),
  );
  const onRevoked = () => stop(completionError('UNAUTHENTICATED', 'The credential has expired or was revoked.'));
  const forgetRevocation = principal.revoked === undefined ? undefined : watchSignal(principal.revoked, onRevoked);

  drive()
    .catch((cause: unknown) => {
      const isKnown = cause instanceof GatewayError;
      const error = isKnown
        ? completionError(cause.code, cause.message, cause.retryAfterMs)
        : completionError('INTERNAL', 'The gateway failed.');
      observer.failed(cause);
      current?.abort(stopFailure(error));
      completion = { ...completion, status: hasDelivered() ? 'INCOMPLETE' : 'FAILED', error, finishedAt: clock.now() };
      tellEnd();
    })
    .finally(() => {
      cancelDeadline();
      forgetRevocation?.();
    });

  return {
    id,
    events: output.stream,
    stop,
    ended,
    snapshot: () => withoutContent(completion),
  };
}
