import { setTimeout as delay } from 'node:timers/promises';

/** Asks again and again until it is so; rejects after `limitMs`. */
export async function until(what: string, isSo: () => Promise<boolean> | boolean, limitMs = 10_000): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`still not so: ${what}`);
    await delay(10);
  }
}
