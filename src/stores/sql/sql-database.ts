import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

export type SqlValue = string | number | bigint | null | Uint8Array;

export type SqlRow = Readonly<Record<string, SqlValue>>;

/** What one step of a program decides about those after it. */
export type AfterStep = 'go-on' | 'stop-if-changed' | 'stop-if-unchanged' | 'fail-if-empty';

/** A place for one of the program's values, by its number, or a value of the statement's own. */
export type SqlBinding = number | { readonly constant: SqlValue };

export interface SqlStep {
  readonly sql: string;
  readonly after: AfterStep;
  readonly bindings: readonly SqlBinding[];
}

/** Compiled statements that run one after the other over the same values. */
export interface SqlProgram {
  readonly steps: readonly SqlStep[];
  /** Whether it is one of a fixed set, worth keeping prepared; programs whose text depends on input are not. */
  readonly isKept: boolean;
}

export interface SqlCall {
  readonly program: SqlProgram;
  readonly values: readonly SqlValue[];
}

/** A `report` may take long, and holds up nothing but other reports. */
export type ReadLane = 'lookup' | 'report';

/**
 * What the stores ask of a database.
 *
 * @throws {GatewayError} STORE_UNAVAILABLE, or CONFLICT where a key exists already.
 */
export interface SqlDatabase {
  /** Builds statements; it compiles, and is never asked to execute. */
  readonly query: Kysely<Tables>;
  /**
   * Applies the calls, all or none, in the order of the calls. What is written in one moment shares a transaction; the
   * failure of one write leaves the others of its moment whole. Durable when the promise resolves.
   */
  write(calls: readonly SqlCall[]): Promise<void>;
  /**
   * As `write`, of calls that are made from what stands: nobody writes between the question and the calls. Absent where no
   * other process writes to the database.
   *
   * @param make Gets the rows that answer the question; may be asked more than once.
   */
  writeOn?(question: SqlCall, make: (rows: readonly SqlRow[]) => readonly SqlCall[]): Promise<void>;
  /** Reads all of them, of one step each, from one snapshot. Integers come as `bigint`. */
  read(calls: readonly SqlCall[], lane: ReadLane): Promise<readonly (readonly SqlRow[])[]>;
  /** Makes sure that what was deleted before can be read no more, as far as the database can be made to. */
  scrub(): Promise<void>;
}
