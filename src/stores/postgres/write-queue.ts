import type { WriteFailure } from '../sql/write-failure.ts';
import { failureError } from '../sql/write-failure.ts';
import { failureOf } from './postgres-failure.ts';
import type { MadeUnit, WriteUnit } from './write-batch.ts';

interface Waiting {
  readonly unit: WriteUnit | MadeUnit;
  readonly since: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export interface WriteQueueOptions {
  /** Writes units in one transaction. @returns Those that failed, by their place. */
  readonly writeBatch: (units: readonly WriteUnit[]) => Promise<ReadonlyMap<number, WriteFailure>>;
  /** Writes one unit that is made from what stands. @returns Why it failed. */
  readonly writeMade: (unit: MadeUnit) => Promise<WriteFailure | undefined>;
  /** Beyond so many the database is not keeping up, and further ones are refused. */
  readonly waitingLimit: number;
  /** How many share a transaction. */
  readonly batchSize: number;
  /** What has waited longer, in milliseconds, is refused, and was not written. */
  readonly waitMs: number;
}

/** Gathers what arrives while a batch is being written into the next one, in the order of arrival. */
export interface WriteQueue {
  write(unit: WriteUnit | MadeUnit): Promise<void>;
  /** Refuses what comes from now on, and resolves once the rest has been answered. */
  close(): Promise<void>;
}

/** Makes a queue before one database. */
export function writeQueue(options: WriteQueueOptions): WriteQueue {
  const { waitingLimit, waitMs } = options;
  let waiting: Waiting[] = [];
  let working: Promise<void> | undefined;
  let isClosed = false;

  async function work(): Promise<void> {
    // Whatever else arrives in this moment shares the transaction.
    await new Promise(resolve => setImmediate(resolve));
    while (waiting.length > 0) {
      const batch = waiting.slice(0, nextCount());
      waiting = waiting.slice(batch.length);
      const oldest = performance.now() - waitMs;
      const fresh = batch.filter(({ since }) => since >= oldest);
      for (const { since, reject } of batch) if (since < oldest) reject(refusal('it waited too long'));
      if (fresh.length > 0) await settle(fresh);
    }
    working = undefined;
  }

  /** What is made from what stands is written alone, in its turn. */
  function nextCount(): number {
    const made = waiting.slice(0, options.batchSize).findIndex(({ unit }) => !isPlain(unit));
    return made === -1 ? options.batchSize : Math.max(1, made);
  }

  async function settle(batch: readonly Waiting[]): Promise<void> {
    try {
      const failures = await write(batch.map(({ unit }) => unit));
      for (const [index, { resolve, reject }] of batch.entries()) {
        const failure = failures.get(index);
        if (failure === undefined) resolve();
        else reject(failureError(failure));
      }
    } catch (error) {
      for (const { reject } of batch) reject(failureError(failureOf(error)));
    }
  }

  async function write(units: readonly (WriteUnit | MadeUnit)[]): Promise<ReadonlyMap<number, WriteFailure>> {
    const [first] = units;
    if (first === undefined || isPlain(first)) return await options.writeBatch(units.filter(isPlain));
    const failure = await options.writeMade(first);
    return new Map(failure === undefined ? [] : [[0, failure]]);
  }

  return {
    write(unit) {
      if (isClosed) return Promise.reject(refusal('the store was closed'));
      if (waiting.length >= waitingLimit) return Promise.reject(refusal('too many writes are waiting'));
      return new Promise((resolve, reject) => {
        waiting.push({ unit, since: performance.now(), resolve, reject });
        working ??= work();
      });
    },
    async close() {
      isClosed = true;
      await working;
    },
  };
}

function isPlain(unit: WriteUnit | MadeUnit): unit is WriteUnit {
  return Array.isArray(unit);
}

function refusal(message: string): Error {
  return failureError({ kind: 'fault', message });
}
