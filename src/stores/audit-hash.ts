import { createHash } from 'node:crypto';
import type { AuditEntry } from '../model/audit.ts';

/** What stands for the hash before the first entry. */
export const firstPreviousHash = '0'.repeat(64);

/** The members of an entry that its hash covers. */
export type HashedEntry = Pick<AuditEntry, 'previousHash' | 'id' | 'at' | 'actor' | 'action' | 'target' | 'change'>;

/**
 * The hash of an audit entry: SHA-256, in hex, of the UTF-8 text of the JSON array
 * `[previousHash, id, at, actor, action, target, change]`, without blanks, `at` as ISO 8601 in UTC with milliseconds, strings
 * and numbers as ECMAScript writes them in JSON, and the members of all objects in `change` in the order of their names by
 * UTF-16 units, names that are numbers too. RFC 8785 is the same for all that an entry can hold.
 */
export function hashAuditEntry({ previousHash, id, at, actor, action, target, change }: HashedEntry): string {
  const text = canonical([previousHash, id, new Date(at).toISOString(), actor, action, target, change]);
  return createHash('sha256').update(text).digest('hex');
}

/** Written out, since objects put names that are whole numbers first. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
}
