import type { SqlProgram } from '../sql/sql-database.ts';
import type { WriteFailure } from '../sql/write-failure.ts';

/** What a worker opens. */
export interface ThreadOptions {
  /** A path, or `:memory:`. */
  readonly file: string;
  /** Opens for reading only. */
  readonly isReader: boolean;
  readonly synchronous: 'NORMAL' | 'FULL';
  /** How long to wait for another process's lock. */
  readonly busyTimeoutMs: number;
  /** 0: no limit of its own. */
  readonly maxPages: number;
}

/**
 * Calls, flat: a program's number, or itself where it is used once, and its values, in turn. Every array less is time
 * saved on the thread that serves requests.
 */
export type WireCalls = readonly unknown[];

/** Kept programs are sent once, with the first message that uses them, and named by number from then on. */
export type Request =
  | {
      readonly kind: 'write';
      readonly id: number;
      readonly programs: readonly (readonly [number, SqlProgram])[];
      readonly units: readonly WireCalls[];
    }
  | {
      readonly kind: 'read';
      readonly id: number;
      readonly programs: readonly (readonly [number, SqlProgram])[];
      readonly calls: WireCalls;
    }
  | { readonly kind: 'execute'; readonly id: number; readonly sql: string; readonly parameters: readonly unknown[] }
  /** Moves the log into the database and empties its file, if nobody reads or writes at this moment. */
  | { readonly kind: 'truncate-log'; readonly id: number }
  | { readonly kind: 'close'; readonly id: number };

/** The reply to number 0 says that the database is open. */
export interface Reply {
  readonly id: number;
  readonly failure?: WriteFailure;
  /** The writes of a batch that failed, by their place in it. */
  readonly failures?: readonly (readonly [number, WriteFailure])[];
  readonly rows?: readonly unknown[][];
  /** Whether the log is empty. */
  readonly isTruncated?: boolean;
  readonly executed?: { readonly rows: readonly unknown[]; readonly changes: bigint };
}
