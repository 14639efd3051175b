import type { CompiledQuery } from 'kysely';
import type { AfterStep, SqlStep, SqlValue } from './sql-database.ts';

interface Slot {
  readonly slot: string;
}

/** Stands for a value while a statement is compiled. */
export type SlotOf<Input> = <Name extends keyof Input & string>(name: Name) => Input[Name];

function isSlot(value: unknown): value is Slot {
  return typeof value === 'object' && value !== null && 'slot' in value;
}

/**
 * Compiles a statement once, so that using it costs no more than filling in its values.
 *
 * @param build Makes the statement, with `slot('name')` wherever the member `name` of an input goes.
 */
export function prepare<Input extends Readonly<Record<keyof Input, SqlValue>>>(
  build: (slot: SlotOf<Input>) => { compile(): CompiledQuery },
  after: AfterStep = 'go-on',
): (input: Input) => SqlStep {
  const slot: SlotOf<Input> = name => ({ slot: name }) as unknown as Input[typeof name];
  const { sql, parameters } = build(slot).compile();
  return input => ({
    sql,
    after,
    isKept: true,
    parameters: parameters.map(value => (isSlot(value) ? input[value.slot as keyof Input] : (value as SqlValue))),
  });
}

/** A statement whose text depends on its input: compiled, and prepared, anew each time. */
export function step(query: { compile(): CompiledQuery }, after: AfterStep = 'go-on'): SqlStep {
  const { sql, parameters } = query.compile();
  return { sql, after, isKept: false, parameters: parameters as readonly SqlValue[] };
}
