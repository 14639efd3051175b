import { expect } from 'vitest';
import { ColdBudgetSlotError } from '../../src/errors.ts';
import type {
  BookedLevel,
  BudgetStore,
  ColdSlot,
  ExpiredReservation,
  Reservation,
} from '../../src/stores/budget-store.ts';
import { type BudgetCommand, ownKeys, sharedKeys, tenantIds } from './budget-commands.ts';
import { BudgetModel } from './budget-model.ts';

export interface ModelledStore {
  readonly store: BudgetStore;
  endLeases(): Promise<void>;
  /** Absent where a slot cannot be lost by itself. */
  lose?(tenantId: string | undefined): Promise<void>;
}

/** Does the same to the store and to the model, and expects the same of both after every step. */
export async function checkAgainstModel(subject: ModelledStore, commands: readonly BudgetCommand[]): Promise<void> {
  const { store } = subject;
  const model = new BudgetModel();
  /** Reservations that were seen expired: some are assumed late, when they have changed. */
  const seen: ExpiredReservation[] = [];

  async function coldSlot(tenantId: string | undefined): Promise<ColdSlot | undefined> {
    return (await store.coldSlots()).find(slot => slot.tenantId === tenantId);
  }

  async function act(command: BudgetCommand): Promise<void> {
    switch (command.kind) {
      case 'reserve':
        expect(await reserveOrCold(store, command.reservation)).toEqual(model.reserve(command.reservation));
        return;
      case 'settle':
        expect(await store.settle(command.settlement)).toEqual(model.settle(command.settlement));
        return;
      case 'renew': {
        const { id, tenantId, levels } = command.of;
        await store.renew([command.of]);
        model.renew(levels.some(level => level.tenantId === undefined) ? [undefined, tenantId] : [tenantId], id);
        return;
      }
      case 'endLeases':
        await subject.endLeases();
        return model.endLeases();
      case 'assume': {
        const expired = await store.expired(100);
        expect(expired.map(each => each.id).sort()).toEqual(model.expiredIds());
        const choice = command.isLate ? seen : expired;
        const each = choice[command.pick % Math.max(1, choice.length)];
        seen.push(...expired);
        if (each === undefined) return;
        const { id, tenantId, levelKeys, sharedLevelKeys } = each;
        const own = levelKeys.filter(key => !sharedLevelKeys.includes(key));
        const told = sharedLevelKeys.length === 0 ? [] : model.assume(undefined, id, sharedLevelKeys, command.cost);
        expect(await store.assume(each, command.cost)).toEqual([
          ...told,
          ...model.assume(tenantId, id, own, command.cost),
        ]);
        return;
      }
      case 'states':
        return expectStates(store, model);
      case 'lose':
        if (subject.lose === undefined) return;
        await subject.lose(command.tenantId);
        return model.lose(command.tenantId);
      case 'join': {
        const slot = await coldSlot(command.tenantId);
        if (slot === undefined) return;
        await store.join(slot, 'node-a', command.held, command.settled);
        expect(await store.joined(slot)).toEqual(['node-a']);
        return model.join(command.tenantId, command.held, command.settled);
      }
      case 'open': {
        const slot = await coldSlot(command.tenantId);
        if (slot === undefined) return;
        for (let count = 0; count < 2; count++) await store.open(slot, costsOf(command.booked));
        const opened = model.slot(command.tenantId);
        opened.isOpen = true;
        for (const [key, amount] of command.booked) opened.booked.set(key, amount);
        expect(await coldSlot(command.tenantId)).toBeUndefined();
      }
    }
  }

  for (const command of commands) await act(command);
  await expectStates(store, model);
  expect((await store.expired(100)).map(each => each.id).sort()).toEqual(model.expiredIds());
}

function costsOf(booked: ReadonlyMap<string, bigint>): ReadonlyMap<string, BookedLevel> {
  return new Map([...booked].map(([key, cost]) => [key, { cost }]));
}

/** Undefined: cold. */
async function reserveOrCold(store: BudgetStore, reservation: Reservation) {
  try {
    return await store.reserve(reservation);
  } catch (error) {
    if (error instanceof ColdBudgetSlotError) return undefined;
    throw error;
  }
}

async function expectStates(store: BudgetStore, model: BudgetModel): Promise<void> {
  for (const tenantId of [undefined, ...tenantIds]) {
    const keys = tenantId === undefined ? sharedKeys : ownKeys;
    const slot = model.slot(tenantId);
    const levels = keys.map(key => ({ key, limit: 0n, ...(tenantId === undefined ? {} : { tenantId }) }));
    expect(await store.states(levels)).toEqual(
      keys.map(key => ({ spent: model.spent(slot, key), reserved: model.reserved(slot, key) })),
    );
    const cold = (await store.coldSlots()).map(each => each.tenantId);
    expect(cold.includes(tenantId)).toBe(!slot.isOpen);
  }
}
