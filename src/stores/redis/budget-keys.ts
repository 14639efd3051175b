import { slotOf } from '../budget-slots.ts';

/** What the keys of a slot begin with. The part in braces decides where a Redis Cluster keeps them: all in one place. */
export function prefixOf(slot: string): string {
  return `{tollgate:${slot}}:`;
}

export function isSharedSlot(slot: string): boolean {
  return slot === slotOf(undefined);
}
