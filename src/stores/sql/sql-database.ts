import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

export type SqlValue = string | number | bigint | null | Uint8Array;

export type SqlRow = Readonly<Record<string, SqlValue>>;

/** One compiled statement with its values. */
export interface SqlStatement {
  readonly sql: string;
  /** Whether its text is one of a fixed set, worth keeping prepared; texts that depend on input are not. */
  readonly isKept: boolean;
  readonly parameters: readonly SqlValue[];
}

/** What one step of a write decides about those after it. */
export type AfterStep = 'go-on' | 'stop-if-changed' | 'stop-if-unchanged' | 'fail-if-empty';

export interface SqlStep extends SqlStatement {
  readonly after: AfterStep;
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
   * Applies the steps, all or none, in the order of the calls. What is written in one moment shares a transaction; the
   * failure of one write leaves the others of its moment whole. Durable when the promise resolves.
   */
  write(steps: readonly SqlStep[]): Promise<void>;
  /** Reads all of them from one snapshot. Integers come as `bigint`. */
  read(statements: readonly SqlStatement[], lane: ReadLane): Promise<readonly (readonly SqlRow[])[]>;
}
