import type { CompiledQuery } from 'kysely';
import type { AfterStep, SqlCall, SqlProgram, SqlStep, SqlValue } from './sql-database.ts';

type Compilable = { compile(): CompiledQuery };

interface Slot {
  readonly slot: string;
}

/** Stands for a value while a statement is compiled. */
export type SlotOf<Input> = <Name extends keyof Input & string>(name: Name) => Input[Name];

/** A compiled statement whose values are still to come, from an input's members. */
export interface Prepared<Input> {
  readonly sql: string;
  readonly after: AfterStep;
  readonly parameters: readonly unknown[];
  /** Only the type of the input: a statement goes with any input that has its members. */
  readonly input?: (input: Input) => void;
}

/** Members of one input under longer names. */
export type Prefixed<Prefix extends string, Input> = {
  readonly [Name in keyof Input & string as `${Prefix}${Name}`]: Input[Name];
};

function isSlot(value: unknown): value is Slot {
  return typeof value === 'object' && value !== null && 'slot' in value;
}

/**
 * Compiles a statement once.
 *
 * @param build Makes the statement, with `slot('name')` wherever the member `name` of an input goes.
 */
export function prepare<Input extends Readonly<Record<keyof Input, SqlValue>>>(
  build: (slot: SlotOf<Input>) => Compilable,
  after: AfterStep = 'go-on',
): Prepared<Input> {
  const slot: SlotOf<Input> = name => ({ slot: name }) as unknown as Input[typeof name];
  const { sql, parameters } = build(slot).compile();
  return { sql, after, parameters };
}

/** The same statement, whose values come from members with longer names: two inputs become one without a clash. */
export function underPrefix<Prefix extends string, Input>(
  prefix: Prefix,
  { sql, after, parameters }: Prepared<Input>,
): Prepared<Prefixed<Prefix, Input>> {
  return {
    sql,
    after,
    parameters: parameters.map(value => (isSlot(value) ? { slot: `${prefix}${value.slot}` } : value)),
  };
}

/** The members of an input under longer names. */
export function prefixed<Prefix extends string, Input extends object>(
  prefix: Prefix,
  input: Input,
): Prefixed<Prefix, Input> {
  const entries = Object.entries(input).map(([name, value]) => [`${prefix}${name}`, value]);
  return Object.fromEntries(entries) as Prefixed<Prefix, Input>;
}

/** Joins statements over one input, so that calling them costs no more than listing its values once. */
export function program<Input extends Readonly<Record<keyof Input, SqlValue>>>(
  ...prepared: readonly Prepared<Input>[]
): (input: Input) => SqlCall {
  const names: string[] = [];
  const steps = prepared.map(({ sql, after, parameters }): SqlStep => {
    const bindings = parameters.map(value => {
      if (!isSlot(value)) return { constant: value as SqlValue };
      if (!names.includes(value.slot)) names.push(value.slot);
      return names.indexOf(value.slot);
    });
    return { sql, after, bindings };
  });
  const built: SqlProgram = { steps, isKept: true };
  return input => ({ program: built, values: names.map(name => input[name as keyof Input]) });
}

/** Fails, and the whole write that it is part of, with CONFLICT where it finds no row. */
export function demand(query: Compilable): SqlCall {
  return once(query, 'fail-if-empty');
}

/** A statement whose text depends on its input: compiled, and prepared, anew each time. */
export function once(query: Compilable, after: AfterStep = 'go-on'): SqlCall {
  const { sql, parameters } = query.compile();
  const bindings = parameters.map((_, index) => index);
  return {
    program: { steps: [{ sql, after, bindings }], isKept: false },
    values: parameters as readonly SqlValue[],
  };
}
