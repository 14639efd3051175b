export type HealthState = 'HEALTHY' | 'DEGRADED' | 'OPEN' | 'UNKNOWN';

/** An endpoint over the last five minutes. Absent members: without traffic. */
export interface EndpointHealth {
  readonly state: HealthState;
  /** From 0 to 1. */
  readonly uptime?: number;
  readonly firstTokenP50Ms?: number;
  readonly firstTokenP99Ms?: number;
  /** Tokens per second, median. */
  readonly throughput?: number;
  /** Whether a fault was seen in the last 28 seconds. */
  readonly hadRecentOutage: boolean;
}
