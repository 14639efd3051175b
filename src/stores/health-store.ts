import type { EndpointHealth } from '../model/health.ts';
import type { BreakerPass } from '../routing/circuit-breaker.ts';

/** What one call showed of an endpoint, and of the credential that it was made with. */
export interface HealthSample {
  readonly endpointId: string;
  /** The credential's name among those of its provider; never the key. */
  readonly credential: string;
  /** When it ended, on the monotonic clock. */
  readonly at: number;
  /** Default: it began when it ended. */
  readonly startedAt?: number;
  /** False for faults of the endpoint; errors of the request, rate limits and leaving callers are no sample. */
  readonly isGood: boolean;
  /** How long it had said nothing when it was given up. Default 0. */
  readonly silentMs?: number;
  /** It was given up while it may have been at work: a fault that shows no outage, as a long answer in one piece takes long. */
  readonly mayHaveWorked?: true;
  /** It was a probe that has told so when it began to answer. */
  readonly hasAnswered?: boolean;
  readonly firstTokenMs?: number;
  /** Of a stream without reasoning: what it was given to read. */
  readonly inputTokens?: number;
  /** Given up without a first token after so long; with `inputTokens`. */
  readonly gaveUpAfterMs?: number;
  readonly outputTokens?: number;
  /** From the first token to the last. */
  readonly generationMs?: number;
}

/**
 * Health of endpoints. Reading is synchronous: it stands on the path of every request. All instants are milliseconds on this
 * process's monotonic clock, so that a clock that is set changes nothing.
 */
export interface HealthStore {
  record(sample: HealthSample): void;
  /**
   * A rate limit, which is no fault of health: rests the credential at this endpoint.
   *
   * @param forMs As the provider asked. Absent: longer from time to time, until a call succeeds.
   * @returns Until when it rests.
   */
  coolDown(endpointId: string, credential: string, now: number, forMs?: number): number;
  /** Until when the credential is cooling down there, where it is. */
  coolingUntil(endpointId: string, credential: string, now: number): number | undefined;
  /**
   * Asks the circuit breaker of this endpoint and credential for leave to call: to be given back in whatever way the call ends.
   *
   * @returns Undefined: others are to be called, unless there are none.
   */
  admit(endpointId: string, credential: string, now: number): BreakerPass | undefined;
  /**
   * What is known of an endpoint over all credentials and nodes.
   *
   * @param credentials The names of those that there are: it is OPEN where none of them is let through. Best the same array each time.
   */
  health(endpointId: string, credentials: readonly string[], now: number): EndpointHealth;
  /** The 99th percentile of the endpoint's streams without reasoning of about this input; undefined while few are known. */
  firstTokenP99Ms(endpointId: string, inputTokens: number, now: number): number | undefined;
}

/** What one process knows, which others tell what they saw. */
export interface LocalHealthStore extends HealthStore {
  /** A probe of another process has begun to answer. */
  probeAnswered(endpointId: string, credential: string, startedAt: number, now: number): void;
}
