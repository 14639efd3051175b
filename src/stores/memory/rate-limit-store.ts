import {
  chargeOf,
  checkLevelsOnce,
  checkTakes,
  minus,
  nameOf,
  plus,
  resultOf,
  type Used,
  usedAsOf,
  waitMicros,
} from '../gcra.ts';
import type { RateLimitStore, RateLimitTake } from '../rate-limit-store.ts';

export interface MemoryRateLimitStoreOptions {
  /** Milliseconds that never go backwards, whoever sets the clock; only differences mean anything. Default: the process's. */
  readonly now?: () => number;
}

const sweepEveryMicros = 60_000_000;

/** Counts rates in this process. A level that is full again is forgotten. */
export function memoryRateLimitStore(options: MemoryRateLimitStoreOptions = {}): RateLimitStore {
  const { now = () => performance.now() } = options;
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
      const judged = takes.map(take => judge(at, take, levels.get(nameOf(take.level))));
      if (judged.some(each => each.waitMicros > 0))
        return resultOf(judged.map(each => ({ ...each, used: each.before })));
      for (const { level, used } of judged) levels.set(nameOf(level), used);
      return resultOf(judged);
    },
    async correct(differences) {
      checkLevelsOnce(differences);
      const at = nowMicros();
      for (const { level, amount } of differences) {
        const charge = chargeOf(level, amount);
        const before = usedAsOf(at, levels.get(nameOf(level)), level.limit);
        levels.set(nameOf(level), amount < 0 ? minus(at, before, charge) : plus(at, before, charge));
      }
    },
  };
}

function judge(nowMicros: number, { level, amount }: RateLimitTake, known: Used | undefined) {
  const charge = chargeOf(level, amount);
  const before = usedAsOf(nowMicros, known, level.limit);
  if (amount === 0) return { level, nowMicros, before, used: before, waitMicros: 0 };
  const used = plus(nowMicros, before, charge);
  const wait = charge.isTooLarge ? Number.POSITIVE_INFINITY : waitMicros(nowMicros, used, charge.windowMicros);
  return { level, nowMicros, before, used, waitMicros: wait };
}
