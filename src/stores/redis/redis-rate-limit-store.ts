import { slotOf } from '../budget-slots.ts';
import { type Charge, chargeOf, checkLevelsOnce, checkTakes, type Judged, resultOf } from '../gcra.ts';
import type { RateLimitStore, RateLimitTake } from '../rate-limit-store.ts';
import { prefixOf } from './budget-keys.ts';
import type { RedisClient } from './redis-client.ts';
import { ratesScript } from './scripts/rates.ts';

export interface RedisRateLimitStoreOptions {
  readonly redis: RedisClient;
}

type Mode = 'TAKE' | 'PEEK' | 'CORRECT';

interface Charged extends RateLimitTake {
  readonly charge: Charge;
}

/** Counts rates for all nodes, by the clock of Redis. What is full again is forgotten there. */
export function redisRateLimitStore({ redis }: RedisRateLimitStoreOptions): RateLimitStore {
  /** One step: all takes are of one tenant, or across tenants. */
  async function step(mode: Mode, takes: readonly Charged[]): Promise<readonly Judged[]> {
    if (takes.length === 0) return [];
    const answer = await redis.run({
      script: ratesScript,
      keys: takes.map(({ level }) => `${prefixOf(slotOf(level.tenantId))}l:${level.key}`),
      arguments: [mode, ...takes.flatMap(take => argumentsOf(mode, take))],
    });
    const [nowMicros = 0, ...numbers] = Array.isArray(answer) ? answer.map(Number) : [];
    return takes.map(({ level }, index) => {
      const [micros = 0, rest = 0, wait = 0] = numbers.slice(index * 3, index * 3 + 3);
      const used = { micros, rest, limit: level.limit };
      return { level, nowMicros, used, waitMicros: wait < 0 ? Number.POSITIVE_INFINITY : wait };
    });
  }

  async function giveBack(takes: readonly Charged[]): Promise<readonly Judged[]> {
    return step(
      'CORRECT',
      takes.map(take => ({ ...take, amount: -take.amount })),
    );
  }

  async function takeOwn(shared: readonly Charged[], own: readonly Charged[]) {
    try {
      return await step('TAKE', own);
    } catch (error) {
      // Nobody waits for it: what is not given back comes back with time.
      giveBack(shared).catch(() => {});
      throw error;
    }
  }

  return {
    async take(takes) {
      checkTakes(takes);
      const charged = takes.map(withCharge);
      const shared = charged.filter(({ level }) => level.tenantId === undefined);
      const own = charged.filter(({ level }) => level.tenantId !== undefined);
      let first = await step('TAKE', shared);
      const second = await (isRefused(first) ? step('PEEK', own) : takeOwn(shared, own));
      if (!isRefused(first) && isRefused(second)) first = await giveBack(shared);
      return resultOf(inOrder(takes, [...first, ...second]));
    },
    async correct(differences) {
      checkLevelsOnce(differences);
      const bySlot = Map.groupBy(differences.map(withCharge), ({ level }) => slotOf(level.tenantId));
      await Promise.all([...bySlot.values()].map(takes => step('CORRECT', takes)));
    },
  };
}

function withCharge({ level, amount }: RateLimitTake): Charged {
  return { level, amount, charge: chargeOf(level, amount) };
}

function argumentsOf(mode: Mode, { amount, charge }: Charged): readonly (string | number)[] {
  const { micros, rest, limit, windowMicros, isTooLarge } = charge;
  return [mode !== 'CORRECT' && isTooLarge ? -1 : micros, rest, amount < 0 ? -1 : 1, limit, windowMicros];
}

function isRefused(judged: readonly Judged[]): boolean {
  return judged.some(({ waitMicros }) => waitMicros > 0);
}

function inOrder(takes: readonly RateLimitTake[], judged: readonly Judged[]): readonly Judged[] {
  const byLevel = new Map(judged.map(each => [each.level, each]));
  return takes.flatMap(({ level }) => byLevel.get(level) ?? []);
}
