import { randomUUID } from 'node:crypto';
import type { BudgetCrossing } from '../../model/budget.ts';
import { type BudgetSlots, coldSlotOf, type SlotReservation, type SlotSettlement } from '../budget-slots.ts';
import type { ColdSlot, ReservationResult } from '../budget-store.ts';
import { prefixOf } from './budget-keys.ts';
import { heldRecord, joinAmount, levelArguments, splitAmount } from './budget-record.ts';
import { budgetRegistry, whatAnswers } from './budget-registry.ts';
import type { RedisClient } from './redis-client.ts';
import type { ScriptCall } from './redis-script.ts';
import { letGoScript, renewScript } from './scripts/leases.ts';
import { reserveScript } from './scripts/reserve.ts';
import { assumeScript, settleScript } from './scripts/settle.ts';
import { joinedScript, openScript, readSlotScript } from './scripts/slots.ts';

export interface RedisBudgetSlotsOptions {
  readonly redis: RedisClient;
  readonly leaseMs: number;
  readonly settledRetentionMs: number;
}

/** Ids or levels that one script takes at once, so that nobody waits long for it. */
const batchSize = 500;
const assumedRetentionMs = 7 * 86_400_000;
/** Of a UUIDv7 these eight digits change about once a minute. */
const sharedIdLength = 8;
const joinedRetentionMs = 86_400_000;

/** Slots of money in Redis: all keys of one share a hash tag, so each step is one script on one server. */
export function redisBudgetSlots({ redis, leaseMs, settledRetentionMs }: RedisBudgetSlotsOptions): BudgetSlots {
  const registry = budgetRegistry(redis);

  function reserveCall(slot: string, reservation: SlotReservation, joining: string): ScriptCall {
    const prefix = prefixOf(slot);
    const { id, amount, levels } = reservation;
    return {
      script: reserveScript,
      keys: keysOf(prefix, id),
      arguments: [
        prefix,
        id,
        settledField(id),
        leaseMs,
        ...splitAmount(amount),
        heldRecord(reservation),
        randomUUID(),
        joining,
        ...levelArguments(levels),
      ],
    };
  }

  function settleCall(slot: string, settlement: SlotSettlement, joining: string): ScriptCall {
    const prefix = prefixOf(slot);
    const { id, cost, levels, isGivenBack, keepsFacts = false, unknown, booked } = settlement;
    const keptMs = isGivenBack ? 0 : settledRetentionMs;
    return {
      script: settleScript,
      keys: keysOf(prefix, id),
      arguments: [
        prefix,
        id,
        settledField(id),
        ...splitAmount(cost),
        keptMs,
        joining,
        keepsFacts ? leaseMs : '',
        unknown === undefined ? '' : heldRecord(unknown),
        ...(booked === undefined ? ['', ''] : splitAmount(booked)),
        ...levelArguments(levels),
      ],
    };
  }

  async function readSlot(slot: string, levelKeys: readonly string[]): Promise<readonly unknown[]> {
    const prefix = prefixOf(slot);
    const answer = await redis.run({
      script: readSlotScript,
      keys: [`${prefix}slot`],
      arguments: [prefix, randomUUID(), ...levelKeys],
    });
    return listOf(answer);
  }

  return {
    isShared: true,
    leaseMs,
    async reserve(slot, reservation) {
      const [answer] = await Promise.all([redis.run(reserveCall(slot, reservation, '')), registry.register(slot)]);
      const result = reservationResult(listOf(answer));
      if (result === undefined) await registry.announceCold(slot);
      return result;
    },
    async renew(slot, ids) {
      const keys = [`${prefixOf(slot)}leases`];
      const calls = batchesOf(ids).map(batch =>
        redis.run({ script: renewScript, keys, arguments: [leaseMs, ...batch] }),
      );
      await Promise.all([registry.register(slot), ...calls]);
    },
    async settle(slot, settlement) {
      // What is kept of one that the slot may not know is the first that anybody hears of it.
      const registering = settlement.unknown === undefined ? undefined : registry.register(slot, true);
      const [answer] = await Promise.all([redis.run(settleCall(slot, settlement, '')), registering]);
      if (listOf(answer)[0] !== 'COLD') return crossingsOf(answer);
      await registry.announceCold(slot);
      return undefined;
    },
    expired: most => registry.expired(most),
    async assume(slot, id, levelKeys, cost) {
      const prefix = prefixOf(slot);
      const answer = await redis.run({
        script: assumeScript,
        keys: keysOf(prefix, id),
        arguments: [prefix, id, settledField(id), ...splitAmount(cost), assumedRetentionMs, ...levelKeys],
      });
      return crossingsOf(answer);
    },
    async letGo(slot, ids) {
      const prefix = prefixOf(slot);
      const keys = [`${prefix}leases`];
      const calls = batchesOf(ids).map(batch =>
        redis.run({ script: letGoScript, keys, arguments: [prefix, ...batch] }),
      );
      await Promise.all(calls);
    },
    async states(slot, levelKeys) {
      const answers = await Promise.all(batchesOf(levelKeys).map(batch => readSlot(slot, batch)));
      const isOpen = answers.every(([open]) => open === 1);
      if (!isOpen) await registry.announceCold(slot);
      return answers.flatMap(([, , ...numbers]) => statesOf(numbers));
    },
    async coldSlots() {
      const announced = await registry.announcedCold();
      const found: ColdSlot[] = [];
      for (const batch of batchesOf(announced)) {
        const answers = await whatAnswers(batch.map(slot => readSlot(slot, [])));
        for (const [index, slot] of batch.entries()) {
          const answer = answers[index];
          if (answer === undefined) continue;
          const [isOpen, generation] = answer;
          if (isOpen === 1) await registry.forgetCold(slot);
          else found.push(coldSlotOf(slot, String(generation)));
        }
      }
      return found;
    },
    async join(slot, generation, nodeId, held, settled) {
      for (const batch of batchesOf(held)) {
        await Promise.all(batch.map(each => redis.run(reserveCall(slot, each, generation))));
      }
      for (const batch of batchesOf(settled)) {
        await Promise.all(batch.map(each => redis.run(settleCall(slot, each, generation))));
      }
      const prefix = prefixOf(slot);
      const keys = [`${prefix}slot`, `${prefix}joined:${generation}`];
      await registry.register(slot, true);
      await redis.run({ script: joinedScript, keys, arguments: [generation, nodeId, joinedRetentionMs] });
    },
    async isOver(slot, generation) {
      const [isOpen, current] = await readSlot(slot, []);
      return isOpen === 1 || current !== generation;
    },
    async joined(slot, generation) {
      return listOf(await redis.command('SMEMBERS', `${prefixOf(slot)}joined:${generation}`)).map(String);
    },
    async open(slot, generation, booked) {
      const prefix = prefixOf(slot);
      const batches = batchesOf([...booked]);
      for (const [index, batch] of (batches.length === 0 ? [[]] : batches).entries()) {
        const isLast = index >= batches.length - 1;
        const amounts = batch.flatMap(([key, { cost, resetsAt }]) => [key, ...splitAmount(cost), `${resetsAt ?? ''}`]);
        await redis.run({
          script: openScript,
          keys: [`${prefix}slot`],
          arguments: [prefix, generation, isLast ? 1 : 0, ...amounts],
        });
      }
    },
  };
}

function keysOf(prefix: string, id: string): readonly string[] {
  return [`${prefix}slot`, `${prefix}leases`, `${prefix}r:${id}`, `${prefix}s:${id.slice(0, sharedIdLength)}`];
}

function settledField(id: string): string {
  return id.slice(sharedIdLength);
}

function reservationResult([verdict, ...others]: readonly unknown[]): ReservationResult | undefined {
  if (verdict === 'COLD') return undefined;
  if (verdict === 'HELD') return { isReserved: true, crossed: crossingsOf(others[0]) };
  if (verdict === 'KNOWN') return { isReserved: true, crossed: [] };
  if (verdict === 'SETTLED') return { isReserved: false, refusedBy: '', remaining: 0n, crossed: [] };
  const [refusedBy, dollars, nanos, crossed] = others;
  const remaining = joinAmount(dollars, nanos);
  return { isReserved: false, refusedBy: String(refusedBy), remaining, crossed: crossingsOf(crossed) };
}

function crossingsOf(answer: unknown): readonly BudgetCrossing[] {
  const flat = listOf(answer);
  return flat.flatMap((key, index) => {
    if (index % 2 === 1) return [];
    return [{ key: String(key), threshold: flat[index + 1] === '80' ? 80 : 100 } as const];
  });
}

function statesOf(numbers: readonly unknown[]) {
  return batchesOf(numbers, 4).map(([spentD, spentN, reservedD, reservedN]) => ({
    spent: joinAmount(spentD, spentN),
    reserved: joinAmount(reservedD, reservedN),
  }));
}

function listOf(answer: unknown): readonly unknown[] {
  return Array.isArray(answer) ? answer : [];
}

function batchesOf<Item>(items: readonly Item[], size = batchSize): readonly (readonly Item[])[] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}
