/** Draws that are the same for the same seed. */
export interface SeededRandom {
  /** From 0, below 1. */
  next(): number;
  /** A whole number from `from` to `to`, both inclusive. */
  whole(from: number, to: number): number;
  /** One of them, each as likely as its weight. */
  weighted<T>(weights: readonly (readonly [T, number])[]): T;
  pick<T>(items: readonly T[]): T;
}

/** @param seed Any text: what is drawn for one name does not depend on what was drawn for others. */
export function seededRandom(seed: string): SeededRandom {
  let state = hashOf(seed);

  // mulberry32 (Tommy Ettinger, public domain).
  function next(): number {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  function weighted<T>(weights: readonly (readonly [T, number])[]): T {
    let left = next() * weights.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [item, weight] of weights) {
      left -= weight;
      if (left < 0) return item;
    }
    const last = weights.at(-1);
    if (last === undefined) throw new TypeError('weights: there are none');
    return last[0];
  }

  return {
    next,
    whole: (from, to) => from + Math.floor(next() * (to - from + 1)),
    weighted,
    pick: items => weighted(items.map(item => [item, 1] as const)),
  };
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}
