/** The only source of time: wall time for records, monotonic time for durations, timers for limits. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Milliseconds that never go backwards; only differences mean anything. */
  monotonicMs(): number;
  /** Calls `action` once after `delayMs`, however long that is; the result cancels it. A pending timer does not keep the process alive. */
  after(delayMs: number, action: () => void): () => void;
}
