import type { SqlStep } from '../sql/sql-database.ts';

const names = new WeakMap<SqlStep, string>();
let last = 0;

/** What a step is prepared as: the same name as long as this process lives, and no other step's. */
export function stepName(step: SqlStep): string {
  const known = names.get(step);
  if (known !== undefined) return known;
  last += 1;
  const name = `step_${last}`;
  names.set(step, name);
  return name;
}
