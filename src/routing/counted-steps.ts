/** How often each of some kinds of things happened lately. */
export interface CountedSteps<Kind extends string> {
  /** What is told late counts where it belongs, and nowhere once that is over. */
  add(kind: Kind, at: number): void;
  sum(kind: Kind, now: number): number;
  clear(): void;
}

export interface CountedStepsOptions<Kind extends string> {
  readonly kinds: readonly Kind[];
  /** How far the window moves on at once. */
  readonly stepMs: number;
  /** So many steps are the window, the one that has begun among them. */
  readonly steps: number;
}

/** Counts in a window that moves on by whole steps, in room that never grows. Instants are of one clock, in milliseconds. */
export function createCountedSteps<Kind extends string>({
  kinds,
  stepMs,
  steps,
}: CountedStepsOptions<Kind>): CountedSteps<Kind> {
  const counts = new Map(kinds.map(kind => [kind, new Uint32Array(steps)]));
  /** The number of the step that each place counts. */
  const numbers = new Float64Array(steps).fill(Number.NEGATIVE_INFINITY);

  return {
    add(kind, at) {
      const number = Math.floor(at / stepMs);
      const place = ((number % steps) + steps) % steps;
      const counted = numbers[place] ?? number;
      if (counted > number) return;
      if (counted < number) {
        numbers[place] = number;
        for (const places of counts.values()) places[place] = 0;
      }
      const places = counts.get(kind);
      if (places !== undefined) places[place] = (places[place] ?? 0) + 1;
    },
    sum(kind, now) {
      const oldest = Math.floor(now / stepMs) - steps;
      const places = counts.get(kind);
      let sum = 0;
      for (let place = 0; place < steps; place += 1) {
        if ((numbers[place] ?? oldest) > oldest) sum += places?.[place] ?? 0;
      }
      return sum;
    },
    clear() {
      numbers.fill(Number.NEGATIVE_INFINITY);
    },
  };
}
