import { expect } from 'vitest';
import type { AuditEntry } from '../../../src/model/audit.ts';
import { firstPreviousHash, hashAuditEntry } from '../../../src/stores/audit-hash.ts';
import type { AuditStore } from '../../../src/stores/audit-store.ts';

/** Verifies an audit log from its first entry to its last, and returns its entries, oldest first. */
export async function expectWholeChain(audit: AuditStore): Promise<readonly AuditEntry[]> {
  const { entries } = await audit.listEntries(undefined, { first: 500 });
  const chain = entries.map(({ node }) => node).reverse();
  expect(chain.map(({ number }) => number)).toEqual(chain.map((_, index) => index + 1));
  let previousHash = firstPreviousHash;
  for (const entry of chain) {
    expect(entry.previousHash).toBe(previousHash);
    expect(entry.hash).toBe(hashAuditEntry(entry));
    previousHash = entry.hash;
  }
  return chain;
}
