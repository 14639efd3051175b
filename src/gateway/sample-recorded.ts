import type { Clock } from '../model/clock.ts';
import type { LedgerStore, RecordedRequest, UsageFilter } from '../stores/ledger-store.ts';

/** Beyond so many recorded requests a sample is looked at. */
const mostLookedAt = 100_000;
const pageSize = 500;
/** After so long no more are looked at. */
const mostMs = 10_000;

export interface RecordedSample {
  /** All that there are. */
  readonly requests: number;
  /** How many were looked at. */
  readonly examined: number;
  /** How many were to be looked at, and were not, for want of time. */
  readonly unseen: number;
}

/**
 * Looks at recorded requests, newest first: all of them, or a sample that is the same each time. Takes about ten seconds at
 * most.
 *
 * @param look Called with a page at a time.
 */
export async function sampleRecorded(
  { ledger, clock }: { readonly ledger: LedgerStore; readonly clock: Clock },
  filter: UsageFilter,
  look: (requests: readonly RecordedRequest[]) => void | Promise<void>,
): Promise<RecordedSample> {
  const requests = await ledger.countRequests(filter);
  const oneOf = Math.max(1, Math.ceil(requests / mostLookedAt));
  const deadlineMs = clock.monotonicMs() + mostMs;
  let examined = 0;
  let after: string | undefined;
  for (;;) {
    const page = await ledger.recordedRequests(filter, oneOf, {
      first: pageSize,
      ...(after === undefined ? {} : { after }),
    });
    examined += page.entries.length;
    await look(page.entries.map(({ node }) => node));
    after = page.entries.at(-1)?.cursor;
    if (!page.hasNextPage || after === undefined) return { requests, examined, unseen: 0 };
    if (clock.monotonicMs() > deadlineMs) {
      return { requests, examined, unseen: Math.max(0, Math.floor(requests / oneOf) - examined) };
    }
  }
}
