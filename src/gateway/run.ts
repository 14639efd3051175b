import { GatewayError } from '../errors.ts';
import type { Clock } from '../model/clock.ts';
import type { Completion, CompletionError, CompletionEvent } from '../model/completion.ts';
import type { CompletionRequest } from '../model/completion-request.ts';
import { hasRole, isSameCaller, type Principal } from '../model/principal.ts';
import { createEventStream, type EventStream } from '../stream/event-stream.ts';
import { createAdmission } from './admission.ts';
import { createBooking } from './booking.ts';
import type { RunParts } from './core.ts';
import { createEventWriter } from './event-writer.ts';
import { answerRequest } from './failover.ts';
import { completionError } from './failure.ts';
import type { RunOptions } from './gateway.ts';
import { type RunOutcome, refusalOf, stopFailure, withoutContent } from './outcome.ts';
import { createPause } from './pause.ts';
import { planRequest } from './plan-request.ts';
import type { RateLimitLeft } from './rate-limiting.ts';
import { createRunAttempts } from './run-attempts.ts';
import { watchReader } from './stalled-reader.ts';
import { streamChoices } from './stream-choices.ts';
import { uuidV7 } from './uuid-v7.ts';
import { watchSignal } from './watch-signal.ts';

/** A run as the gateway keeps it while it lasts. */
export interface ActiveRun {
  readonly id: string;
  readonly events: EventStream<CompletionEvent>;
  readonly limitsLeft: readonly RateLimitLeft[];
  /** Its facts as far as it has come; its content is for its own reader alone. */
  snapshot(): Completion;
  /** Whether it is theirs, or in a project that they administer. */
  mayBeStoppedBy(other: Principal): boolean;
  /** Ends it with this error; what was delivered stands. */
  stop(error: CompletionError): void;
  /** Policies have changed: ends it where a rule that cuts streams now rejects its endpoint. */
  recheck(): void;
  /** Resolves with the completion once it is booked. Never rejects. */
  readonly ended: Promise<Completion>;
}

/** What a run is called, and when it began: the instant in its id. */
export interface RunBeginning {
  readonly id: string;
  readonly createdAt: number;
}

/** Names a run that begins now. */
export function beginNow(clock: Clock): RunBeginning {
  const createdAt = clock.now();
  return { id: uuidV7(createdAt), createdAt };
}

export const endedByCaller = completionError('CANCELLED', 'The caller has left.');
const readerStalled = completionError('CANCELLED', 'The reader took nothing for thirty seconds.');

/**
 * Begins a run: plans it at once, then journals, calls, fails over, settles and books.
 *
 * @throws {GatewayError} NOT_FOUND for a model that nobody knows. Everything later is data.
 */
export function startRun(
  parts: RunParts,
  principal: Principal,
  request: CompletionRequest,
  options: RunOptions,
  { id, createdAt }: RunBeginning = beginNow(parts.clock),
): ActiveRun {
  const { clock } = parts;
  const startedMs = clock.monotonicMs();
  const planned = planRequest(parts, principal, request, id);
  const { decision, configured } = planned;
  const streams = streamChoices(request, options.entrance, configured.streams);
  const facts = { id, createdAt, principal, request, planned, entrance: options.entrance };
  const booking = createBooking(parts, facts, options);
  const { observer } = booking;
  const admission = createAdmission(parts, principal, planned, observer.wouldRefuse);
  const release = configured.lease();

  let stopped: CompletionError | undefined;
  const { promise: ended, resolve } = Promise.withResolvers<Completion>();

  const reader = watchReader(clock, () => stop(readerStalled));
  const output = createEventStream<CompletionEvent>({
    onResume() {
      reader.resume();
      attempts.resume();
    },
    onPause: reader.pause,
    onCancel: () => stop(endedByCaller),
  });
  const pause = createPause(clock);
  const writer = createEventWriter({ completionId: id, output });
  const attempts = createRunAttempts(parts, {
    completionId: id,
    principal,
    request,
    planned,
    booking,
    admission,
    writer,
    startedMs,
    holdsBack: streams.holdsBack,
    stopped: () => stopped,
  });

  function stop(error: CompletionError): void {
    if (stopped !== undefined) return;
    stopped = error;
    attempts.abort(stopFailure(error));
    pause.end();
  }

  /** Books the end, then tells the caller: who sees the last event can read it in the ledger. */
  async function close(outcome: RunOutcome): Promise<void> {
    endAdmission();
    await booking.close(outcome);
    tellEnd();
  }

  function endAdmission(): void {
    const { inputTokens, outputTokens } = booking.completion.usage;
    admission.end(inputTokens + outputTokens);
  }

  function tellEnd(): void {
    const { completion } = booking;
    if (completion.status === 'FINISHED') writer.finished(completion);
    else {
      const error = completion.error ?? completionError('INTERNAL', 'The completion ended without a reason.');
      writer.ended(attempts.hasDelivered ? 'incomplete' : 'failed', error, completion);
    }
    resolve(completion);
  }

  async function drive(): Promise<void> {
    if (planned.refusal === undefined) writer.accepted(decision);
    const opening = booking.open();
    // Whoever writes on learns of it there, as writes are applied in order.
    opening.catch(() => {});
    const refusal = planned.refusal ?? refusalOf(planned);
    if (refusal !== undefined) {
      await opening;
      return await close({ status: 'REFUSED', error: refusal });
    }
    const limited = await admission.begin();
    if (limited !== undefined) {
      await opening;
      return await close({ status: 'REFUSED', error: limited });
    }
    const deadlineAt = createdAt + request.deadlineMs;
    const { handoff: mode } = streams;
    await close(await answerRequest(parts, { planned, attempts, mode, pause, deadlineAt, stopped: () => stopped }));
  }

  async function abandon(cause: unknown): Promise<void> {
    const error =
      cause instanceof GatewayError
        ? completionError(cause.code, cause.message, cause.retryAfterMs)
        : completionError('INTERNAL', 'The gateway failed.');
    attempts.abort(stopFailure(error));
    await booking.abandon(error, cause);
    endAdmission();
    tellEnd();
  }

  const cancelDeadline = clock.after(request.deadlineMs, () =>
    stop(completionError('DEADLINE_EXCEEDED', 'The deadline of the request has passed.')),
  );
  const onRevoked = () => stop(completionError('UNAUTHENTICATED', 'The credential has expired or was revoked.'));
  const forgetRevocation = principal.revoked === undefined ? undefined : watchSignal(principal.revoked, onRevoked);

  drive()
    .catch(abandon)
    .finally(() => {
      cancelDeadline();
      reader.resume();
      forgetRevocation?.();
      release();
    });

  return {
    id,
    events: output.stream,
    get limitsLeft() {
      return admission.left;
    },
    stop,
    recheck() {
      const refusal = attempts.refusal();
      if (refusal !== undefined) stop(refusal);
    },
    mayBeStoppedBy: other => isSameCaller(principal, other) || hasRole(other, 'ADMIN', principal.projectPath),
    ended,
    snapshot: () => withoutContent(booking.completion),
  };
}
