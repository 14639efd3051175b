import {
  type Charge,
  chargeOf,
  checkTakes,
  type Judged,
  minus,
  plus,
  resultOf,
  type Used,
  usedAsOf,
  waitMicros,
} from '../gcra.ts';
import type { RateLimitLevel, RateLimitStore } from '../rate-limit-store.ts';

export interface MemoryRateLimitStoreOptions {
  /** Milliseconds since the epoch. Default: the system's clock. */
  readonly now?: () => number;
}

const sweepEveryMicros = 60_000_000;

/** Counts rates in this process. A level that is full again is forgotten. */
export function memoryRateLimitStore(options: MemoryRateLimitStoreOptions = {}): RateLimitStore {
  const { now = Date.now } = options;
  const levels = new Map<string, Used>();
  const nowMicros = () => Math.floor(now() * 1000);
  let sweptAt = nowMicros();

  function sweep(at: number): void {
    if (at - sweptAt < sweepEveryMicros) return;
    sweptAt = at;
    for (const [name, { micros }] of levels) if (micros < at) levels.delete(name);
  }

  return {
    async take(takes) {
      const at = nowMicros();
      sweep(at);
      checkTakes(takes);
      const judged = takes.map(({ level, amount }) =>
        judge(at, level, amount, chargeOf(level, amount), levels.get(nameOf(level))),
      );
      const isRefused = judged.some(each => each.waitMicros > 0);
      if (isRefused)
        return resultOf(
          at,
          judged.map(each => ({ ...each, used: each.before })),
        );
      for (const { level, used } of judged) levels.set(nameOf(level), used);
      return resultOf(at, judged);
    },
    async correct(differences) {
      const at = nowMicros();
      for (const { level, amount } of differences) {
        const charge = chargeOf(level, amount);
        const before = usedAsOf(at, levels.get(nameOf(level)), level.limit);
        levels.set(nameOf(level), amount < 0 ? minus(at, before, charge) : plus(at, before, charge));
      }
    },
  };
}

function judge(
  at: number,
  level: RateLimitLevel,
  amount: number,
  charge: Charge,
  known: Used | undefined,
): Judged & { readonly before: Used } {
  const before = usedAsOf(at, known, level.limit);
  if (amount === 0) return { level, used: before, before, waitMicros: 0 };
  const used = plus(at, before, charge);
  const wait = charge.isTooLarge ? Number.POSITIVE_INFINITY : waitMicros(at, used, charge.windowMicros);
  return { level, used, before, waitMicros: wait };
}

function nameOf({ tenantId, key }: RateLimitLevel): string {
  return tenantId === undefined ? `* ${key}` : `t:${tenantId} ${key}`;
}
