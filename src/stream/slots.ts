/** What is under way: members come and go all the time, and are walked through now and then. */
export interface Slots<T extends object> {
  /** @returns Takes it out again; later calls do nothing. */
  add(member: T): () => void;
  readonly size: number;
  /** The members at this moment, in no order. */
  members(): readonly T[];
}

/**
 * Makes an empty collection, for members that hold much and stay for a request's time.
 *
 * A `Set` or `Map` would not do: V8 links each table that it outgrows or tidies up to the next one. Once one of them is
 * old, the young collector keeps that whole chain, and every member that a table ever held, until the next full
 * collection: copying them was half of the time spent on garbage.
 */
export function createSlots<T extends object>(): Slots<T> {
  const slots: (T | undefined)[] = [];
  const free: number[] = [];
  return {
    add(member) {
      const slot = free.pop() ?? slots.length;
      slots[slot] = member;
      let isIn = true;
      return () => {
        if (!isIn) return;
        isIn = false;
        slots[slot] = undefined;
        free.push(slot);
      };
    },
    get size() {
      return slots.length - free.length;
    },
    members: () => slots.filter(member => member !== undefined),
  };
}
