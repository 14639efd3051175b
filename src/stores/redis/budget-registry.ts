import { createBoundedMap } from '../../model/bounded-map.ts';
import type { ExpiredReservation } from '../budget-store.ts';
import { isSharedSlot, prefixOf } from './budget-keys.ts';
import { readHeldRecord } from './budget-record.ts';
import type { RedisClient } from './redis-client.ts';
import { expiredScript, registerScript, retireScript } from './scripts/leases.ts';

/** Which slots there are, and which of them are cold: what a slot's own keys cannot say, since nobody lists all keys. */
export interface BudgetRegistry {
  /**
   * Notes that something is reserved in the slot, once a minute. Never throws: what fails is noted at a later use.
   *
   * @param isAnew Now, however lately it was noted: it may have been lost since. Default false.
   */
  register(slot: string, isAnew?: boolean): Promise<void>;
  expired(most: number): Promise<readonly ExpiredReservation[]>;
  announceCold(slot: string): Promise<void>;
  announcedCold(): Promise<readonly string[]>;
  forgetCold(slot: string): Promise<void>;
}

interface Registered {
  readonly slot: string;
  readonly registeredAt: number;
}

const slotsKey = '{tollgate}:slots';
const coldKey = '{tollgate}:cold';
const registerEveryMs = 60_000;
const registerAgainMs = 5_000;
/** A slot in which nothing is held is asked no more when nobody has registered it for so long. */
const retireAfterMs = 600_000;
const slotsAtOnce = 200;

/**
 * Keeps two small keys beside the slots. Where their server loses them nothing is lost: nodes register again within a
 * minute of use, and announce a cold slot again whenever they are refused there.
 */
export function budgetRegistry(redis: RedisClient): BudgetRegistry {
  const registered = createBoundedMap<string, number>(100_000);
  /** Where the last search has ended, so that a slot that cannot be cleared does not hide those behind it. */
  let lastSlot = '';

  async function expiredIn({ slot, registeredAt }: Registered, most: number): Promise<readonly ExpiredReservation[]> {
    const prefix = prefixOf(slot);
    const answer = await redis.run({ script: expiredScript, keys: [`${prefix}leases`], arguments: [prefix, most] });
    const [held, ...flat] = Array.isArray(answer) ? answer.map(String) : [];
    if (held === '0' && registeredAt < Date.now() - retireAfterMs) {
      await redis.run({ script: retireScript, keys: [slotsKey], arguments: [slot, retireAfterMs] });
    }
    return flat.flatMap((id, index) => {
      const record = flat[index + 1];
      return index % 2 === 1 || record === undefined ? [] : [readHeldRecord(id, record, isSharedSlot(slot))];
    });
  }

  async function searchOrder(): Promise<readonly Registered[]> {
    const answer = await redis.command('ZRANGE', slotsKey, 0, -1, 'WITHSCORES');
    const flat = Array.isArray(answer) ? answer.map(String) : [];
    const slots = flat
      .flatMap((slot, index) => (index % 2 === 1 ? [] : [{ slot, registeredAt: Number(flat[index + 1]) }]))
      .sort((left, right) => (left.slot < right.slot ? -1 : 1));
    const next = slots.findIndex(({ slot }) => slot > lastSlot);
    return next === -1 ? slots : [...slots.slice(next), ...slots.slice(0, next)];
  }

  return {
    async register(slot, isAnew = false) {
      const now = performance.now();
      if (!isAnew && now - (registered.peek(slot) ?? Number.NEGATIVE_INFINITY) < registerEveryMs) return;
      registered.set(slot, now);
      const call = { script: registerScript, keys: [slotsKey], arguments: [slot] };
      await redis.run(call).catch(() => registered.set(slot, now - registerEveryMs + registerAgainMs));
    },
    async expired(most) {
      const found = new Map<string, ExpiredReservation>();
      const slots = await searchOrder();
      for (let start = 0; start < slots.length && found.size < most; start += slotsAtOnce) {
        const batch = slots.slice(start, start + slotsAtOnce);
        const answers = await whatAnswers(batch.map(slot => expiredIn(slot, most)));
        for (const [index, { slot }] of batch.entries()) {
          if (found.size >= most) break;
          lastSlot = slot;
          const reservations = answers[index] ?? [];
          for (const each of reservations.slice(0, most - found.size)) found.set(each.id, each);
        }
      }
      return [...found.values()];
    },
    announceCold: async slot => void (await redis.command('SADD', coldKey, slot)),
    announcedCold: async () => {
      const answer = await redis.command('SMEMBERS', coldKey);
      return Array.isArray(answer) ? answer.map(String) : [];
    },
    forgetCold: async slot => void (await redis.command('SREM', coldKey, slot)),
  };
}

/** The answers of those that are there; throws where none is. A Cluster that lacks a master is to be served as far as it goes. */
export async function whatAnswers<Answer>(calls: readonly Promise<Answer>[]): Promise<readonly (Answer | undefined)[]> {
  const results = await Promise.allSettled(calls);
  const [failed] = results.filter(result => result.status === 'rejected');
  if (failed !== undefined && !results.some(result => result.status === 'fulfilled')) throw failed.reason;
  return results.map(result => (result.status === 'fulfilled' ? result.value : undefined));
}
