/** Which endpoint holds a session's warm prompt cache. */
export interface SessionStore {
  endpointOf(sessionKey: string, now: number): string | undefined;
  /** Remembered for ten minutes after its last use. */
  remember(sessionKey: string, endpointId: string, now: number): void;
}
