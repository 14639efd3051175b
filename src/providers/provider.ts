import type { Endpoint, Protocol } from '../model/catalog.ts';
import type { Citation, FinishReason, MediaAnswer } from '../model/completion.ts';
import type { Prompt } from '../model/completion-request.ts';
import type { ReportedUsage } from '../model/usage.ts';
import type { Cleared } from '../policy/cleared.ts';
import type { EventStream } from '../stream/event-stream.ts';

/** What one attempt sends to one endpoint. Only policy evaluation can clear it. */
export interface ProviderRequest {
  readonly endpoint: Endpoint;
  readonly prompt: Prompt;
  /** Whether to ask for a stream. */
  readonly stream: boolean;
  /** Whether the provider may store what it can be told not to (`store: false`, no cache breakpoints). */
  readonly mayStore: boolean;
  /** Whether the last message, of the assistant, is the beginning of this answer, to go on from and not to say again. Default false. */
  readonly continuesAnswer?: boolean;
}

/** Why an attempt ended without a whole answer. */
export type FailureKind =
  /** No connection, a reset before any answer, a body that is not the protocol. */
  | 'unreachable'
  | 'protocol'
  /** The stream ended, or broke, before the protocol's terminal marker. */
  | 'cut'
  /** 408, 409, 425, 5xx. */
  | 'server'
  | 'overloaded'
  | 'rate-limited'
  /** 401, 402, 403 that mean the gateway's own credential or account. */
  | 'credentials'
  /** The provider does not know this model, or not for this account. */
  | 'model-not-found'
  | 'context-length'
  /** 400, 413, 422: the request itself. */
  | 'bad-request'
  /** The provider's filter refused the prompt or the answer. */
  | 'content-filter'
  /** Given up by the gateway: the provider's limit of time, the caller's own, or the caller left. */
  | 'timeout'
  | 'deadline'
  | 'cancelled';

export interface ProviderFailure {
  readonly kind: FailureKind;
  /** HTTP status where there was one. An error inside a 200 stream keeps its own code's status where known. */
  readonly status?: number;
  /** Clamped to 60 s by the reader; from Retry-After, `retry-after-ms` or the error body. */
  readonly retryAfterMs?: number;
  /** The provider's own machine-readable code or type: `rate_limit_exceeded`. Never its message. */
  readonly providerCode?: string;
  /** For the log only; holds no content: an errno, "status 502", the name of a parse fault. */
  readonly detail: string;
}

/**
 * The neutral form of an answer, streamed or not.
 *
 * Order: `accepted`, then content in any mix, `usage` and `finish` in any order, and one of `end` or `failure` last.
 * A unary answer comes as the same events in one batch.
 */
export type ProviderEvent =
  /** The provider answered with success; nothing of the answer is there yet. */
  | { readonly type: 'accepted'; readonly status: number; readonly requestId?: string }
  | { readonly type: 'text' | 'reasoning' | 'refusal'; readonly text: string }
  /** `id` and `name` come with the first fragment of the call with this index; indexes count from 0. */
  | {
      readonly type: 'tool-call';
      readonly index: number;
      readonly id?: string;
      readonly name?: string;
      readonly arguments: string;
    }
  | { readonly type: 'citation'; readonly citation: Citation }
  | { readonly type: 'media'; readonly media: MediaAnswer }
  /** Opaque state to give back unchanged (see `continuation.ts`); at most one, before `end`. */
  | { readonly type: 'continuation'; readonly value: string }
  /** May be repeated: of each member the largest holds. */
  | { readonly type: 'usage'; readonly usage: ReportedUsage }
  | { readonly type: 'finish'; readonly reason: FinishReason }
  /** The protocol's terminal marker was read: the answer is whole. */
  | { readonly type: 'end' }
  | { readonly type: 'failure'; readonly failure: ProviderFailure };

/**
 * One configured provider: an account at a vendor, spoken to by one wire protocol.
 *
 * Adapters never retry, never fall back and never follow redirects: the gateway decides that.
 */
export interface ProviderAdapter {
  readonly providerId: string;
  readonly protocol: Protocol;
  /** Whether a credential is there to try with. */
  readonly hasCredential: boolean;
  /**
   * Starts one call and returns its events at once. Every fault comes as a `failure` event, nothing is thrown but a
   * `TypeError` for misuse. `traceparent` is sent as the header of W3C Trace Context. Cancelling the stream, or aborting `signal`, closes the connection within the same tick.
   */
  call(request: Cleared<ProviderRequest>, signal: AbortSignal, traceparent?: string): EventStream<ProviderEvent>;
  /** Parameters of CompleteInput (by their names there) that this protocol has no place for. */
  readonly unsupportedParameters: readonly string[];
  /** Closes idle connections; running calls go on. */
  close(): Promise<void>;
}
