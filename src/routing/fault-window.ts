import { createCountedSteps } from './counted-steps.ts';

/** Counts calls of the last ten seconds, in steps of one. */
export interface FaultWindow {
  add(at: number, isGood: boolean): void;
  read(now: number): { readonly total: number; readonly faults: number };
  clear(): void;
}

/** Makes a window that has seen no call. Instants are of one clock, in milliseconds; what is told late counts where it belongs. */
export function createFaultWindow(): FaultWindow {
  const calls = createCountedSteps({ kinds: ['good', 'fault'], stepMs: 1_000, steps: 10 });
  return {
    add: (at, isGood) => calls.add(isGood ? 'good' : 'fault', at),
    read(now) {
      const faults = calls.sum('fault', now);
      return { total: calls.sum('good', now) + faults, faults };
    },
    clear: calls.clear,
  };
}
