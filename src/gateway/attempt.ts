import type { Clock } from '../model/clock.ts';
import type { Answer, FinishReason } from '../model/completion.ts';
import type { NanoDollars } from '../model/money.ts';
import type { Redaction } from '../model/redaction.ts';
import type { ReportedUsage } from '../model/usage.ts';
import type { Cleared } from '../policy/cleared.ts';
import type { ProviderAdapter, ProviderEvent, ProviderFailure, ProviderRequest } from '../providers/provider.ts';
import type { EventStream } from '../stream/event-stream.ts';
import { createAnswerBuilder } from './answer-builder.ts';
import type { AnswerGuard } from './answer-guard.ts';
import { mostUnits, textOf, unitsOf } from './answer-size.ts';
import { afterFairly } from './fair-timer.ts';
import { createHeldEvents } from './held-events.ts';
import { credible } from './meter.ts';
import { createSpendMeter, type SpendMeter } from './spend-meter.ts';

export interface AttemptLimits {
  /** Until the first semantic event, or the whole of a unary answer; absent: only the run's deadline holds. */
  readonly firstEventMs?: number;
  /** Between semantic events; comments and pings do not count. */
  readonly idleMs: number;
}

export interface AttemptOptions {
  readonly adapter: ProviderAdapter;
  readonly request: Cleared<ProviderRequest>;
  /** For the provider's own spans. */
  readonly traceparent?: string;
  readonly limits: AttemptLimits;
  /** Reasoning that nobody is shown commits the run to nothing. */
  readonly excludeReasoning: boolean;
  /** The content rules on the answer, and its seam with what was delivered before; absent: there are none. */
  readonly guard?: AnswerGuard;
  /** Whether nothing is let out before the answer is whole. Default false. */
  readonly holdsBack?: boolean;
  /** What budgets have reserved for it, and the input that was counted; absent: no budget binds. */
  readonly reserved?: { readonly amount: NanoDollars; readonly inputTokens: number };
  readonly clock: Clock;
  /** The first semantic event is let out: from now on this attempt is the answer. Called before `deliver`. */
  readonly onCommit: () => void;
  /** Takes semantic events, as they came in one read. False asks for a pause. */
  readonly deliver: (events: readonly ProviderEvent[]) => boolean;
}

/** How an attempt ended. */
export interface AttemptEnd {
  /** Absent where the answer is whole. */
  readonly failure?: ProviderFailure;
  readonly status?: number;
  /** False where the caller left before anything was sent. */
  readonly wasSent: boolean;
  /** Whether the provider accepted the request, and so may charge for it. */
  readonly wasAccepted: boolean;
  readonly hasDelivered: boolean;
  /** As the content rules let it out. */
  readonly answer: Answer;
  /** What the content rules found in the answer. */
  readonly redactions: readonly Redaction[];
  /** The kind of what a content rule blocked the answer for. */
  readonly blockedFor?: string;
  /** The stream was cut, because it has cost what was reserved for it. */
  readonly hasUsedReservation?: true;
  /** The gateway hung up: the answer does not go on where another was cut. */
  readonly hasDiverged?: true;
  /** It is another answer than what was delivered before it, which is void. */
  readonly isOpen?: true;
  /** As AnswerBuilder has them. */
  readonly outputTexts: () => readonly string[];
  readonly finishReason?: FinishReason;
  readonly reportedUsage: ReportedUsage;
  readonly durationMs: number;
  /** Of a stream, as all of these: a unary answer has no first token. */
  readonly firstTokenMs?: number;
  /** From the first to the last semantic event; absent where they came at once, or the reader held them up. */
  readonly generationMs?: number;
}

export interface RunningAttempt {
  readonly ended: Promise<AttemptEnd>;
  resume(): void;
  /** Ends it at once with this failure; the provider's connection is closed within the tick. */
  abort(failure: ProviderFailure): void;
}

/** Calls one endpoint once, and lets its answer out as it comes, or whole (`holdsBack`). */
export function startAttempt(options: AttemptOptions): RunningAttempt {
  const { adapter, request, limits, excludeReasoning, clock } = options;
  const startedMs = clock.monotonicMs();
  const controller = new AbortController();
  const { guard } = options;
  const received = createAnswerBuilder();
  const released = guard === undefined ? received : createAnswerBuilder();
  const { promise: ended, resolve } = Promise.withResolvers<AttemptEnd>();
  let status: number | undefined;
  let wasAccepted = false;
  let firstEventMs: number | undefined;
  let lastEventMs = startedMs;
  let hasDelivered = false;
  let isOver = false;
  let isPaused = false;
  let wasPaused = false;
  let unitsLeft = mostUnits(request);
  const heldEvents = options.holdsBack === true ? createHeldEvents() : undefined;
  const meter = meterFor(options, () => received.reportedUsage);
  let cancelTimer = () => {};

  function finish(failure?: ProviderFailure): void {
    if (isOver) return;
    isOver = true;
    cancelTimer();
    const { finishReason } = released;
    const blockedFor = guard?.blockedFor;
    const firstTokenMs = request.stream && firstEventMs !== undefined ? firstEventMs - startedMs : undefined;
    const generationMs = firstTokenMs === undefined || wasPaused ? 0 : lastEventMs - startedMs - firstTokenMs;
    resolve({
      wasSent: true,
      wasAccepted,
      hasDelivered,
      answer: (blockedFor === undefined || hasDelivered ? released : createAnswerBuilder()).answer(),
      redactions: guard?.redactions ?? [],
      outputTexts: received.outputTexts,
      reportedUsage: received.reportedUsage,
      durationMs: clock.monotonicMs() - startedMs,
      ...(failure === undefined ? {} : { failure }),
      ...(blockedFor === undefined ? {} : { blockedFor }),
      ...(failure === reservationUsed ? { hasUsedReservation: true } : {}),
      ...(failure === diverged ? { hasDiverged: true } : {}),
      ...(failure?.status === undefined ? (status === undefined ? {} : { status }) : { status: failure.status }),
      ...(finishReason === undefined ? {} : { finishReason }),
      ...(firstTokenMs === undefined ? {} : { firstTokenMs }),
      ...(generationMs === 0 ? {} : { generationMs }),
    });
  }

  /** Without a failure: the answer ends here, and what its provider goes on to say is not wanted. */
  function abort(failure?: ProviderFailure): void {
    if (isOver) return;
    finish(failure);
    controller.abort();
    stream?.cancel();
  }

  /** One timer per attempt: it looks when the last event came, instead of being set anew for each. */
  function watchIdle(delayMs: number): void {
    cancelTimer = afterFairly(clock, delayMs, () => {
      const leftMs = isPaused ? limits.idleMs : lastEventMs + limits.idleMs - clock.monotonicMs();
      if (leftMs <= 0) abort({ kind: 'timeout', detail: `no event for ${limits.idleMs} ms` });
      else watchIdle(leftMs);
    });
  }

  function noteSemantic(): void {
    lastEventMs = clock.monotonicMs();
    if (firstEventMs !== undefined) return;
    firstEventMs = lastEventMs;
    cancelTimer();
    watchIdle(limits.idleMs);
  }

  /** @returns False where the reader asks for a pause. */
  function letOut(semantic: readonly ProviderEvent[]): boolean {
    if (semantic.length === 0) return true;
    if (!hasDelivered) {
      hasDelivered = true;
      options.onCommit();
    }
    isPaused = !options.deliver(semantic);
    wasPaused ||= isPaused;
    return !isPaused;
  }

  function read(batch: readonly ProviderEvent[]): boolean {
    if (isOver) return true;
    const passed: ProviderEvent[] = [];
    let hasSemantic = false;
    let failure: ProviderFailure | undefined;
    let isWhole = false;
    for (const event of batch) {
      unitsLeft -= unitsOf(event);
      if (unitsLeft < 0) {
        failure = { kind: 'protocol', detail: 'more output than any limit allows' };
        break;
      }
      const text = textOf(event);
      if (text !== '' && meter?.add(text) === true) {
        failure = reservationUsed;
        break;
      }
      // An adapter of somebody's own may report anything; what the meter and the endpoint's health go by must make sense.
      received.add(event.type === 'usage' ? { ...event, usage: credible(event.usage) } : event);
      hasSemantic ||= isSemantic(event, excludeReasoning);
      for (const passing of guard?.pass(event) ?? [event]) {
        if (guard !== undefined) released.add(passing);
        if (isSemantic(passing, excludeReasoning)) passed.push(passing);
      }
      if (event.type === 'failure') failure = event.failure;
      else if (event.type === 'end') isWhole = true;
      else if (event.type === 'accepted') {
        status = event.status;
        wasAccepted = true;
      }
    }
    if (hasSemantic) noteSemantic();
    const isBlocked = guard?.blockedFor !== undefined;
    const ending = guard?.ending;
    heldEvents?.add(passed);
    const isWholeAnswer = isWhole && failure === undefined && !isBlocked;
    const out = heldEvents === undefined ? passed : isWholeAnswer ? heldEvents.take() : [];
    const canTakeMore = isBlocked && !request.stream ? true : letOut(out);
    if (ending === 'DIVERGED') abort(diverged);
    else if (failure !== undefined) abort(failure);
    else if (isWhole) finish();
    else if (isBlocked) abort(blockedByRule);
    else if (ending === 'STOPPED') abort();
    return canTakeMore;
  }

  const stream = open();
  if (limits.firstEventMs !== undefined && !isOver && firstEventMs === undefined) {
    const waitMs = limits.firstEventMs;
    cancelTimer = afterFairly(clock, waitMs, () => abort({ kind: 'timeout', detail: `nothing for ${waitMs} ms` }));
  }
  stream?.pipe({
    write: read,
    end: () => finish({ kind: 'cut', detail: 'ended without a terminal event' }),
  });

  /** An adapter that throws, against its contract, has failed as one that answers nonsense. */
  function open(): EventStream<ProviderEvent> | undefined {
    try {
      return adapter.call(request, controller.signal, options.traceparent);
    } catch (fault) {
      finish({ kind: 'protocol', detail: `the adapter threw ${fault instanceof Error ? fault.name : typeof fault}` });
      return undefined;
    }
  }

  return {
    ended,
    abort,
    resume() {
      if (isOver) return;
      isPaused = false;
      lastEventMs = clock.monotonicMs();
      stream?.resume();
    },
  };
}

/** The gateway hangs up: what the provider goes on to say is not wanted. */
const blockedByRule: ProviderFailure = { kind: 'cancelled', detail: 'CONTENT_BLOCKED' };

/** The answer says something else than the one that it was to go on with. */
const diverged: ProviderFailure = { kind: 'cancelled', detail: 'DIVERGED' };

/** What a budget reserved is used up: more of the answer would cost what nobody has granted. */
const reservationUsed: ProviderFailure = { kind: 'cancelled', detail: 'BUDGET_EXCEEDED' };

/** Only a stream can be cut; of a unary answer the cost is known when all of it is there. */
function meterFor({ reserved, request }: AttemptOptions, reported: () => ReportedUsage): SpendMeter | undefined {
  if (reserved === undefined || !request.stream) return undefined;
  return createSpendMeter({ ...reserved, price: request.endpoint.price, reported });
}

/** Text, visible reasoning, a refusal, a tool call, media or the finish: what commits a run to an endpoint. */
function isSemantic(event: ProviderEvent, excludeReasoning: boolean): boolean {
  switch (event.type) {
    case 'reasoning':
      return event.text !== '' && !excludeReasoning;
    case 'text':
    case 'refusal':
      return event.text !== '';
    case 'tool-call':
    case 'media':
    case 'finish':
      return true;
    default:
      return false;
  }
}
