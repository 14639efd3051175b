/** Who may use one of so many connections, in the order of asking. */
export interface ConnectionSlots {
  /** Resolves once one is free. Rejects where too many wait, or it took too long. */
  take(): Promise<void>;
  give(): void;
}

/**
 * @param most How many are out at once.
 * @param waitingLimit How many may wait.
 * @param waitMs How long each may wait, in milliseconds.
 */
export function connectionSlots(most: number, waitingLimit: number, waitMs: number): ConnectionSlots {
  const waiting = new Set<() => void>();
  let out = 0;

  return {
    take() {
      if (out < most) {
        out += 1;
        return Promise.resolve();
      }
      if (waiting.size >= waitingLimit) return Promise.reject(new Error('too many wait for a connection'));
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(go);
          reject(new Error('no connection was free in time'));
        }, waitMs);
        const go = () => {
          clearTimeout(timer);
          resolve();
        };
        waiting.add(go);
      });
    },
    give() {
      const [next] = waiting;
      if (next === undefined) {
        out -= 1;
        return;
      }
      waiting.delete(next);
      next();
    },
  };
}
