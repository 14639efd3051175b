import type { EndpointHealth } from '../model/health.ts';

/** What one attempt showed of an endpoint. */
export interface HealthSample {
  readonly endpointId: string;
  /** Milliseconds since the epoch, when it ended. */
  readonly at: number;
  /** False for faults of the endpoint; errors of the request, rate limits and leaving callers are no sample. */
  readonly isGood: boolean;
  readonly firstTokenMs?: number;
  readonly outputTokens?: number;
  /** From the first token to the last. */
  readonly generationMs?: number;
}

/** Health of endpoints. Reading is synchronous: it stands on the path of every request. */
export interface HealthStore {
  record(sample: HealthSample): void;
  /** Takes the endpoint's credential out until `until`: a rate limit is no fault of health. */
  coolDown(endpointId: string, until: number): void;
  health(endpointId: string, now: number): EndpointHealth;
  /** Until when the endpoint is cooling down, where it is. */
  coolingUntil(endpointId: string, now: number): number | undefined;
}
