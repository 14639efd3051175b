import { createHash } from 'node:crypto';
import type { AuditEntry } from '../model/audit.ts';

/** What stands for the hash before the first entry. */
export const firstPreviousHash = '0'.repeat(64);

/** The members of an entry that its hash covers. */
export type HashedEntry = Pick<AuditEntry, 'previousHash' | 'id' | 'at' | 'actor' | 'action' | 'target' | 'change'>;

/**
 * The hash of an audit entry: SHA-256, in hex, of the UTF-8 text of the JSON array
 * `[previousHash, id, at, actor, action, target, change]`, without blanks, `at` as ISO 8601 in UTC with milliseconds, and the
 * members of all objects in `change` in the order of their names by UTF-16 units.
 */
export function hashAuditEntry({ previousHash, id, at, actor, action, target, change }: HashedEntry): string {
  const document = [previousHash, id, new Date(at).toISOString(), actor, action, target, sorted(change)];
  return createHash('sha256').update(JSON.stringify(document)).digest('hex');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  // Object.fromEntries would put names that are whole numbers first; they are then the same for writer and reader.
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]));
}
