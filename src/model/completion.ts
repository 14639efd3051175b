import type { ErrorCode } from '../errors.ts';
import type { Endpoint } from './catalog.ts';
import type { HandoffMode, Label } from './completion-request.ts';
import type { LimitedBy } from './limited-by.ts';
import type { NanoDollars } from './money.ts';
import type { Redaction } from './redaction.ts';
import type { ExclusionCount, RouteDecision } from './route.ts';
import type { TokenUsage } from './usage.ts';

export type CompletionStatus = 'RUNNING' | 'FINISHED' | 'REFUSED' | 'FAILED' | 'INCOMPLETE' | 'CANCELLED';
export type FinishReason = 'STOP' | 'LENGTH' | 'TOOL_CALLS' | 'CONTENT_FILTER' | 'REFUSAL';
export type AttemptOutcome =
  | 'SUCCEEDED'
  | 'FAILED'
  | 'TIMED_OUT'
  | 'RATE_LIMITED'
  | 'REFUSED'
  | 'CANCELLED'
  | 'CUT'
  | 'UNKNOWN';

export interface Citation {
  readonly url?: string;
  readonly title?: string;
  /** Offsets into the text of the answer, in UTF-16 units. */
  readonly start?: number;
  readonly end?: number;
}

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

/** Media that a model made. */
export interface MediaAnswer {
  readonly mediaType: string;
  readonly data?: string;
  readonly url?: string;
}

/** The answer of a model, whole or as far as it came. */
export interface Answer {
  readonly text: string;
  readonly reasoning: string;
  readonly refusal: string;
  readonly citations: readonly Citation[];
  readonly media: readonly MediaAnswer[];
  readonly toolCalls: readonly ToolCall[];
  readonly continuation?: string;
}

export interface CompletionError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly retryAfterMs?: number;
  /** With NO_ELIGIBLE_ENDPOINT. */
  readonly excludedBy: readonly ExclusionCount[];
  /** With BUDGET_EXCEEDED and RATE_LIMITED. */
  readonly limitedBy?: LimitedBy;
  /** With CONFLICT: the completion that ran under the same idempotency key. */
  readonly earlier?: EarlierCompletion;
}

/** What became of a completion whose text was not kept. */
export interface EarlierCompletion {
  readonly completionId: string;
  readonly status: CompletionStatus;
  readonly cost: NanoDollars;
}

export interface Attempt {
  /** A UUIDv7; `startedAt` is the instant in it. */
  readonly id: string;
  readonly endpointId: string;
  readonly outcome: AttemptOutcome;
  /** HTTP status where there was one. */
  readonly status?: number;
  readonly error?: CompletionError;
  readonly startedAt: number;
  readonly durationMs: number;
  readonly firstTokenMs?: number;
  readonly usage: TokenUsage;
}

/** In milliseconds. */
export interface Timing {
  readonly firstTokenMs?: number;
  readonly totalMs: number;
  /** Spent in the gateway itself. */
  readonly overheadMs: number;
}

/** One request of a caller and its answer. */
export interface Completion {
  readonly id: string;
  readonly tenantId: string;
  readonly projectId: string;
  readonly status: CompletionStatus;
  readonly error?: CompletionError;
  /** The endpoint that answered. */
  readonly endpointId?: string;
  /** Present in the run itself; absent when read from the ledger, which keeps no content. */
  readonly answer?: Answer;
  readonly finishReason?: FinishReason;
  readonly usage: TokenUsage;
  readonly route?: RouteDecision;
  readonly attempts: readonly Attempt[];
  readonly redactions: readonly Redaction[];
  readonly createdAt: number;
  readonly finishedAt?: number;
  readonly timing?: Timing;
  readonly workload: string;
  readonly labels: readonly Label[];
  /** A signed statement of what was decided: a JWS in compact form. */
  readonly receipt?: string;
  /** Opens the digests of the receipt; present in the run itself, and never kept. */
  readonly receiptNonce?: string;
}

/**
 * What a run delivers, in order; `seq` counts from 0 without gaps. The last one is finished, failed or incomplete.
 * Deltas hold what arrived together.
 */
export type CompletionEvent =
  | { readonly type: 'accepted'; readonly completionId: string; readonly seq: number; readonly route: RouteDecision }
  | { readonly type: 'started'; readonly completionId: string; readonly seq: number; readonly endpoint: Endpoint }
  | TextDelta
  | ToolCallDelta
  | {
      readonly type: 'handoff';
      readonly completionId: string;
      readonly seq: number;
      readonly from: Endpoint;
      readonly to: Endpoint;
      readonly reason: string;
      readonly mode: HandoffMode;
      readonly keepThroughSeq: number;
    }
  | TerminalEvent;

export interface TextDelta {
  readonly type: 'text' | 'reasoning' | 'refusal';
  readonly completionId: string;
  readonly seq: number;
  readonly text: string;
}

/** `id` and `name` come with the first fragment of a call. */
export interface ToolCallDelta {
  readonly type: 'tool-call';
  readonly completionId: string;
  readonly seq: number;
  readonly index: number;
  readonly id?: string;
  readonly name?: string;
  readonly arguments: string;
}

/** Whether nothing comes after this event; it holds the completion. */
export function isTerminal(event: CompletionEvent): event is TerminalEvent {
  return event.type === 'finished' || event.type === 'failed' || event.type === 'incomplete';
}

export type TerminalEvent =
  | { readonly type: 'finished'; readonly completionId: string; readonly seq: number; readonly completion: Completion }
  | {
      readonly type: 'failed' | 'incomplete';
      readonly completionId: string;
      readonly seq: number;
      readonly error: CompletionError;
      readonly completion: Completion;
    };
