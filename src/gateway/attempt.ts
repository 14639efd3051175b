import type { Clock } from '../model/clock.ts';
import type { Answer, FinishReason } from '../model/completion.ts';
import type { ReportedUsage } from '../model/usage.ts';
import type { Cleared } from '../policy/cleared.ts';
import type { ProviderAdapter, ProviderEvent, ProviderFailure, ProviderRequest } from '../providers/provider.ts';
import { createAnswerBuilder } from './answer-builder.ts';

export interface AttemptLimits {
  /** Until the first semantic event, or the whole of a unary answer; absent: only the run's deadline holds. */
  readonly firstEventMs?: number;
  /** Between semantic events; comments and pings do not count. */
  readonly idleMs: number;
}

export interface AttemptOptions {
  readonly adapter: ProviderAdapter;
  readonly request: Cleared<ProviderRequest>;
  readonly limits: AttemptLimits;
  readonly clock: Clock;
  /** The first semantic event has come: from now on this attempt is the answer. Called before `deliver`. */
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
  readonly answer: Answer;
  readonly outputText: () => string;
  readonly finishReason?: FinishReason;
  readonly reportedUsage: ReportedUsage;
  readonly durationMs: number;
  readonly firstTokenMs?: number;
}

export interface RunningAttempt {
  readonly ended: Promise<AttemptEnd>;
  resume(): void;
  /** Ends it at once with this failure; the provider's connection is closed within the tick. */
  abort(failure: ProviderFailure): void;
}

/** Calls one endpoint once. Holds nothing back: what comes before the first semantic event carries no content. */
export function startAttempt(options: AttemptOptions): RunningAttempt {
  const { adapter, request, limits, clock } = options;
  const startedMs = clock.monotonicMs();
  const controller = new AbortController();
  const builder = createAnswerBuilder();
  const { promise: ended, resolve } = Promise.withResolvers<AttemptEnd>();
  let status: number | undefined;
  let wasAccepted = false;
  let firstTokenMs: number | undefined;
  let lastEventMs = startedMs;
  let isOver = false;
  let isPaused = false;
  let cancelTimer = () => {};

  function finish(failure?: ProviderFailure): void {
    if (isOver) return;
    isOver = true;
    cancelTimer();
    const { finishReason } = builder;
    resolve({
      wasSent: true,
      wasAccepted,
      hasDelivered: firstTokenMs !== undefined,
      answer: builder.answer(),
      outputText: builder.outputText,
      reportedUsage: builder.reportedUsage,
      durationMs: clock.monotonicMs() - startedMs,
      ...(failure === undefined ? {} : { failure }),
      ...(failure?.status === undefined ? (status === undefined ? {} : { status }) : { status: failure.status }),
      ...(finishReason === undefined ? {} : { finishReason }),
      ...(firstTokenMs === undefined ? {} : { firstTokenMs }),
    });
  }

  function abort(failure: ProviderFailure): void {
    if (isOver) return;
    finish(failure);
    controller.abort();
    stream.cancel();
  }

  /** One timer per attempt: it looks when the last event came, instead of being set anew for each. */
  function watchIdle(delayMs: number): void {
    cancelTimer = clock.after(delayMs, () => {
      const leftMs = isPaused ? limits.idleMs : lastEventMs + limits.idleMs - clock.monotonicMs();
      if (leftMs <= 0) abort({ kind: 'timeout', detail: `no event for ${limits.idleMs} ms` });
      else watchIdle(leftMs);
    });
  }

  function commit(): void {
    firstTokenMs = clock.monotonicMs() - startedMs;
    cancelTimer();
    watchIdle(limits.idleMs);
    options.onCommit();
  }

  function read(batch: readonly ProviderEvent[]): boolean {
    if (isOver) return true;
    const semantic: ProviderEvent[] = [];
    let failure: ProviderFailure | undefined;
    let isWhole = false;
    for (const event of batch) {
      builder.add(event);
      if (event.type === 'failure') failure = event.failure;
      else if (event.type === 'end') isWhole = true;
      else if (event.type === 'accepted') {
        status = event.status;
        wasAccepted = true;
      } else if (isSemantic(event)) semantic.push(event);
    }
    let canTakeMore = true;
    if (semantic.length > 0) {
      lastEventMs = clock.monotonicMs();
      if (firstTokenMs === undefined) commit();
      canTakeMore = options.deliver(semantic);
      isPaused = !canTakeMore;
    }
    if (failure !== undefined) finish(failure);
    else if (isWhole) finish();
    return canTakeMore;
  }

  if (limits.firstEventMs !== undefined) {
    const { firstEventMs } = limits;
    cancelTimer = clock.after(firstEventMs, () => abort({ kind: 'timeout', detail: `nothing for ${firstEventMs} ms` }));
  }
  const stream = adapter.call(request, controller.signal);
  stream.pipe({
    write: read,
    end: () => finish({ kind: 'cut', detail: 'ended without a terminal event' }),
  });

  return {
    ended,
    abort,
    resume() {
      if (isOver) return;
      isPaused = false;
      lastEventMs = clock.monotonicMs();
      stream.resume();
    },
  };
}

/** Text, visible reasoning, a refusal, a tool call, media or the finish: what commits a run to an endpoint. */
function isSemantic(event: ProviderEvent): boolean {
  switch (event.type) {
    case 'text':
    case 'reasoning':
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
