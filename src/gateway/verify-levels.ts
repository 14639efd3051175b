import type { LedgerChecks, LedgerDifference, LedgerSpan, LevelCost } from '../stores/ledger-checks.ts';

/**
 * Compares what is booked on budget levels with the attempts that are counted against them, over all slices. What is written
 * between two slices looks like a difference; so a difference counts only if another pass finds the same.
 *
 * @param end Where the last slice ends.
 * @param rest Awaited after each slice, so that others get the database.
 */
export async function verifyLevels(
  checks: LedgerChecks,
  slices: () => Iterable<LedgerSpan>,
  end: number,
  rest: () => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<readonly LedgerDifference[]> {
  async function pass(): Promise<ReadonlyMap<string, LedgerDifference>> {
    const levels = new Map<string, { readonly level: LevelCost; attempts: bigint; booked: bigint }>();
    const of = (level: LevelCost) => {
      const id = JSON.stringify([level.tenantId ?? '', level.key]);
      const known = levels.get(id) ?? { level, attempts: 0n, booked: 0n };
      levels.set(id, known);
      return known;
    };
    for (const slice of slices()) {
      if (signal?.aborted === true) return new Map();
      // The last slice and the totals are of one instant.
      const found = await checks.levels(slice, slice.to === end);
      for (const level of found.attempts) of(level).attempts += level.cost;
      for (const level of found.booked) of(level).booked += level.cost;
      for (const level of found.purged) of(level).booked -= level.cost;
      await rest();
    }
    const differences = [...levels].flatMap(([id, { level, attempts, booked }]) => {
      if (booked === attempts) return [];
      return [[id, differenceOf('BUDGET_TOTAL', level, booked - attempts)] as const];
    });
    return new Map(differences);
  }

  const first = await pass();
  if (first.size === 0) return [];
  const second = await pass();
  return [...second].flatMap(([id, difference]) =>
    first.get(id)?.off.cost === difference.off.cost ? [difference] : [],
  );
}

/** @param cost What is there less what ought to be. */
export function differenceOf(
  check: 'BUDGET_TOTAL' | 'BUDGET_COUNTER',
  { tenantId = '', key }: Pick<LevelCost, 'tenantId' | 'key'>,
  cost: bigint,
): LedgerDifference {
  return { check, key: { tenant_id: tenantId, budget_key: key }, off: { cost } };
}
