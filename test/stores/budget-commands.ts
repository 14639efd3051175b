import fc from 'fast-check';
import type { BudgetLevel } from '../../src/model/budget.ts';
import type { Reservation, Settlement } from '../../src/stores/budget-store.ts';

export type BudgetCommand =
  | { readonly kind: 'reserve'; readonly reservation: Reservation }
  | { readonly kind: 'settle'; readonly settlement: Settlement }
  | { readonly kind: 'renew'; readonly of: Pick<Reservation, 'id' | 'tenantId' | 'levels'> }
  | { readonly kind: 'endLeases' }
  | { readonly kind: 'assume'; readonly pick: number; readonly cost: bigint; readonly isLate: boolean }
  | { readonly kind: 'states' }
  | { readonly kind: 'lose'; readonly tenantId: string | undefined }
  | {
      readonly kind: 'join';
      readonly tenantId: string | undefined;
      readonly held: readonly Reservation[];
      readonly settled: readonly Settlement[];
    }
  | { readonly kind: 'open'; readonly tenantId: string | undefined; readonly booked: ReadonlyMap<string, bigint> };

export const tenantIds = ['acme', 'globex'] as const;
export const sharedKeys = ['all.day', 'all.total'] as const;
export const ownKeys = ['day', 'project.month', 'total'] as const;

const giga = 1_000_000_000n;
const billion = giga * giga;

/** Small ones, those about a carry, and those about a billion dollars. */
const amounts = fc.oneof(
  fc.bigInt(0n, 20n),
  fc.tuple(fc.bigInt(1n, 3n), fc.bigInt(-2n, 2n)).map(([dollars, nanos]) => dollars * giga + nanos),
  fc.bigInt(0n, 3n).map(nanos => billion - nanos),
  fc.bigInt(0n, billion),
);
const limits = fc.oneof(
  { weight: 1, arbitrary: amounts },
  { weight: 2, arbitrary: fc.constantFrom(0n, 25n, 4n * giga, billion, 2n * billion, 3n * billion + 1n) },
  { weight: 3, arbitrary: fc.constant(9n * billion) },
);
const tenants = fc.constantFrom(...tenantIds);
const slots = fc.constantFrom(undefined, ...tenantIds);

/** An id is of one tenant, as a real one is. */
const reservations: fc.Arbitrary<Reservation> = fc
  .tuple(
    tenants,
    fc.integer({ min: 1, max: 3 }),
    fc.subarray([...ownKeys]),
    fc.subarray([...sharedKeys]),
    limits,
    amounts,
  )
  .map(([tenantId, number, own, shared, limit, amount]) => {
    const levels: readonly BudgetLevel[] = [
      ...own.map(key => ({ key, tenantId, limit })),
      ...shared.map(key => ({ key, limit: limit * 2n, resetsAt: 4_000_000_000_000 })),
    ];
    const id = `${tenantId}-attempt-${number}`;
    return { id, tenantId, levels, amount, facts: `{"of":"${id}"}\n` };
  });

const settlements: fc.Arbitrary<Settlement> = fc
  .tuple(reservations, amounts)
  .map(([{ id, tenantId, levels }, cost]) => ({ id, tenantId, levels, cost }));

const booked = fc
  .array(fc.tuple(fc.constantFrom(...ownKeys, ...sharedKeys), amounts), { maxLength: 3 })
  .map(pairs => new Map(pairs));

const opening = fc.record({ kind: fc.constant('open' as const), tenantId: slots, booked });

const commands: fc.Arbitrary<BudgetCommand> = fc.oneof(
  { weight: 9, arbitrary: reservations.map(reservation => ({ kind: 'reserve', reservation }) as const) },
  { weight: 5, arbitrary: settlements.map(settlement => ({ kind: 'settle', settlement }) as const) },
  { weight: 3, arbitrary: reservations.map(of => ({ kind: 'renew', of }) as const) },
  { weight: 3, arbitrary: fc.constant({ kind: 'endLeases' } as const) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('assume' as const),
      pick: fc.nat(5),
      cost: amounts,
      isLate: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'states' } as const) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lose' as const), tenantId: slots }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('join' as const),
      tenantId: slots,
      held: fc.array(reservations, { maxLength: 2 }),
      settled: fc.array(settlements, { maxLength: 2 }),
    }),
  },
  { weight: 2, arbitrary: opening },
);

/** Most begin with what is open, since little happens before. */
const beginnings = fc.oneof(
  { weight: 1, arbitrary: fc.constant([]) },
  {
    weight: 4,
    arbitrary: fc.constant(
      [undefined, ...tenantIds].flatMap((tenantId): readonly BudgetCommand[] => [
        { kind: 'states' },
        { kind: 'open', tenantId, booked: new Map() },
      ]),
    ),
  },
);

export const commandSequences = fc
  .tuple(beginnings, fc.array(commands, { minLength: 20, maxLength: 80 }))
  .map(([first, others]) => [...first, ...others]);
