import { createBoundedMap } from '../../model/bounded-map.ts';
import { type CircuitBreaker, createCircuitBreaker } from '../../routing/circuit-breaker.ts';

/** What is known of one credential at one endpoint. */
export interface CredentialRecord {
  readonly breaker: CircuitBreaker;
  coolDown: CoolDown | undefined;
}

interface CoolDown {
  readonly until: number;
  /** How long the gateway itself chose to wait; 0 where the provider said it. */
  readonly chosenMs: number;
}

/** Labels that are gone from the configuration push each other out. */
const mostCredentials = 64;
const firstWaitMs = 2_000;
const longestWaitMs = 60_000;
/** A limit that comes so soon after the last wait makes the next one longer. */
const sameLimitMs = 60_000;

/** Makes the records of one endpoint: one for each credential that was used there. */
export function createCredentialRecords() {
  const records = createBoundedMap<string, CredentialRecord>(mostCredentials);
  return {
    peek: records.peek,
    /** Makes it where there is none. */
    of(credential: string): CredentialRecord {
      const record = records.peek(credential) ?? { breaker: createCircuitBreaker(), coolDown: undefined };
      records.set(credential, record);
      return record;
    },
  };
}

/**
 * Lets a credential rest for as long as is asked, else for two seconds, doubled up to a minute. A limit without a time
 * that is told while it rests changes nothing.
 *
 * @returns Until when it rests, on the clock of `now`.
 */
export function coolDown(record: CredentialRecord, now: number, forMs: number | undefined): number {
  const before = record.coolDown;
  if (forMs !== undefined) {
    const until = now + forMs;
    if (before === undefined || before.until < until) record.coolDown = { until, chosenMs: 0 };
    return Math.max(until, before?.until ?? 0);
  }
  if (before !== undefined && now < before.until) return before.until;
  const isSame = before !== undefined && before.chosenMs > 0 && now - before.until < sameLimitMs;
  const chosenMs = isSame ? Math.min(2 * before.chosenMs, longestWaitMs) : firstWaitMs;
  record.coolDown = { until: now + chosenMs, chosenMs };
  return now + chosenMs;
}

/** A call that began after the wait has succeeded: the limit is over. */
export function endCoolDown(record: CredentialRecord, startedAt: number): void {
  if (record.coolDown !== undefined && startedAt >= record.coolDown.until) record.coolDown = undefined;
}
