import type { ContentAction, Direction } from './policy.ts';

/** What the content rules found and did; never the values. */
export interface Redaction {
  readonly kind: string;
  readonly action: ContentAction;
  readonly direction: Direction;
  readonly count: number;
  /** False under MONITOR: counted, and nothing was done. */
  readonly enforced: boolean;
}

/** Both, with one entry for each kind, action and direction. */
export function addRedactions(left: readonly Redaction[], right: readonly Redaction[]): readonly Redaction[] {
  if (left.length === 0 || right.length === 0) return left.length === 0 ? right : left;
  const sums = new Map<string, Redaction>();
  for (const found of [...left, ...right]) {
    const key = keyOf(found);
    sums.set(key, { ...found, count: found.count + (sums.get(key)?.count ?? 0) });
  }
  return [...sums.values()];
}

/** Those that are not among the known ones already. */
export function withoutRedactions(found: readonly Redaction[], known: readonly Redaction[]): readonly Redaction[] {
  const counted = new Map(known.map(one => [keyOf(one), one.count]));
  return found
    .map(one => ({ ...one, count: one.count - (counted.get(keyOf(one)) ?? 0) }))
    .filter(({ count }) => count > 0);
}

function keyOf({ kind, action, direction, enforced }: Redaction): string {
  return `${kind} ${action} ${direction} ${enforced}`;
}
