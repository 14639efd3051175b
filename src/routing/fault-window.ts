/** Counts calls of the last ten seconds, in steps of one. */
export interface FaultWindow {
  add(at: number, isGood: boolean): void;
  read(now: number): { readonly total: number; readonly faults: number };
  clear(): void;
}

const stepMs = 1_000;
const steps = 10;

/** Makes a window that has seen no call. Instants are of one clock, in milliseconds; what is told late counts where it belongs. */
export function createFaultWindow(): FaultWindow {
  const totals = new Uint32Array(steps);
  const faults = new Uint32Array(steps);
  /** The number of the step that each place counts. */
  const numbers = new Float64Array(steps).fill(Number.NEGATIVE_INFINITY);

  return {
    add(at, isGood) {
      const number = Math.floor(at / stepMs);
      const place = ((number % steps) + steps) % steps;
      const counted = numbers[place] ?? number;
      if (counted > number) return;
      if (counted < number) {
        numbers[place] = number;
        totals[place] = 0;
        faults[place] = 0;
      }
      totals[place] = (totals[place] ?? 0) + 1;
      if (!isGood) faults[place] = (faults[place] ?? 0) + 1;
    },
    read(now) {
      const oldest = Math.floor(now / stepMs) - steps;
      let total = 0;
      let bad = 0;
      for (let place = 0; place < steps; place += 1) {
        if ((numbers[place] ?? oldest) <= oldest) continue;
        total += totals[place] ?? 0;
        bad += faults[place] ?? 0;
      }
      return { total, faults: bad };
    },
    clear() {
      numbers.fill(Number.NEGATIVE_INFINITY);
    },
  };
}
