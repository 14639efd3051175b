import { Worker } from 'node:worker_threads';
import type { GatewayError } from '../../errors.ts';
import type { SqlCall, SqlProgram, SqlRow } from '../sql/sql-database.ts';
import { failureError, type WriteFailure } from '../sql/write-failure.ts';
import type { Reply, Request, ThreadOptions, WireCalls } from './sqlite-messages.ts';

/** Batches that the worker may hold at once; while it is busy, what arrives is gathered into the next. */
const batchesInFlight = 2;
/** Beyond so many waiting writes the disk is not keeping up, and further ones are refused. */
const waitingLimit = 50_000;

interface Waiting {
  readonly calls: readonly SqlCall[];
  readonly resolve: () => void;
  readonly reject: (error: GatewayError) => void;
}

/** One database connection, in a thread of its own. A thread that dies is not started anew: its database may be at fault. */
export interface SqliteThread {
  /** False once it has died or was closed. */
  readonly isUsable: boolean;
  write(calls: readonly SqlCall[]): Promise<void>;
  read(calls: readonly SqlCall[]): Promise<readonly (readonly SqlRow[])[]>;
  /** Runs one statement by itself, outside of all batches. */
  execute(sql: string, parameters: readonly unknown[]): Promise<NonNullable<Reply['executed']>>;
  /** Empties the log file, and says whether it could: somebody who reads or writes holds it back. */
  truncateLog(): Promise<boolean>;
  /** Finishes what was asked before, closes the database and ends the thread. */
  close(): Promise<void>;
}

/**
 * Opens a database in a worker thread. It keeps the process alive only while something is waited for.
 *
 * @throws {GatewayError} STORE_UNAVAILABLE where it cannot be opened.
 */
export async function openSqliteThread(options: ThreadOptions): Promise<SqliteThread> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const worker = new Worker(new URL(`./sqlite-worker.${extension}`, import.meta.url), {
    workerData: options,
    name: options.isReader ? 'tollgate-reports' : 'tollgate-store',
    env: {},
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  const numbers = new Map<SqlProgram, number>();
  const pending = new Map<number, (reply: Reply) => void>();
  let waiting: Waiting[] = [];
  let lastId = 0;
  let inFlight = 0;
  let isScheduled = false;
  let closing: Promise<void> | undefined;
  let ended: WriteFailure | undefined;

  function expect(id: number, onReply: (reply: Reply) => void): void {
    if (ended !== undefined) {
      onReply({ id, failure: ended });
      return;
    }
    if (pending.size === 0) worker.ref();
    pending.set(id, onReply);
  }

  function onReply(reply: Reply): void {
    const settle = pending.get(reply.id);
    pending.delete(reply.id);
    if (pending.size === 0) worker.unref();
    settle?.(reply);
  }

  function onEnd(message: string): void {
    ended ??= { kind: 'fault', message };
    for (const id of [...pending.keys()]) onReply({ id, failure: ended });
    flush();
  }

  function wireCalls(calls: readonly SqlCall[], unseen: [number, SqlProgram][]): WireCalls {
    const wire: unknown[] = [];
    for (const { program, values } of calls) {
      let name: number | SqlProgram = program;
      if (program.isKept) {
        name = numbers.get(program) ?? numbers.size + 1;
        if (name > numbers.size) {
          numbers.set(program, name);
          unseen.push([name, program]);
        }
      }
      wire.push(name, values);
    }
    return wire;
  }

  function post(request: Request, settle: (reply: Reply) => void): void {
    expect(request.id, settle);
    if (ended === undefined) worker.postMessage(request);
  }

  function schedule(): void {
    if (isScheduled || waiting.length === 0 || inFlight >= batchesInFlight) return;
    isScheduled = true;
    setImmediate(flush);
  }

  function flush(): void {
    isScheduled = false;
    if (waiting.length === 0) return;
    const batch = waiting;
    waiting = [];
    const programs: [number, SqlProgram][] = [];
    const units = batch.map(({ calls }) => wireCalls(calls, programs));
    inFlight++;
    lastId++;
    post({ kind: 'write', id: lastId, programs, units }, reply => {
      inFlight--;
      settleBatch(batch, reply);
      schedule();
    });
  }

  function request(make: (id: number) => Request): Promise<Reply> {
    return new Promise((resolve, reject) => {
      lastId++;
      post(make(lastId), reply => (reply.failure === undefined ? resolve(reply) : reject(failureError(reply.failure))));
    });
  }

  const opened = new Promise<void>((resolve, reject) => {
    expect(0, reply => (reply.failure === undefined ? resolve() : reject(failureError(reply.failure))));
  });
  worker.on('message', onReply);
  worker.on('error', error => onEnd(error.message));
  worker.on('exit', () => onEnd('the store was closed'));

  const thread: SqliteThread = {
    get isUsable() {
      return ended === undefined && closing === undefined;
    },
    write(calls) {
      if (closing !== undefined || ended !== undefined || waiting.length >= waitingLimit) {
        const message = waiting.length >= waitingLimit ? 'too many writes are waiting' : 'the store was closed';
        return Promise.reject(failureError(ended ?? { kind: 'fault', message }));
      }
      return new Promise((resolve, reject) => {
        waiting.push({ calls, resolve, reject });
        schedule();
      });
    },
    async read(calls) {
      const programs: [number, SqlProgram][] = [];
      const wire = wireCalls(calls, programs);
      const reply = await request(id => ({ kind: 'read', id, programs, calls: wire }));
      return (reply.rows ?? []) as readonly (readonly SqlRow[])[];
    },
    async execute(sql, parameters) {
      const { executed } = await request(id => ({ kind: 'execute', id, sql, parameters }));
      return executed ?? { rows: [], changes: 0n };
    },
    async truncateLog() {
      return (await request(id => ({ kind: 'truncate-log', id }))).isTruncated === true;
    },
    close() {
      closing ??= (async () => {
        flush();
        const hasEnded = ended === undefined ? new Promise(resolve => worker.once('exit', resolve)) : undefined;
        if (ended === undefined) await request(id => ({ kind: 'close', id }));
        worker.ref();
        await hasEnded;
      })();
      return closing;
    },
  };

  try {
    await opened;
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  return thread;
}

function settleBatch(batch: readonly Waiting[], reply: Reply): void {
  if (reply.failure !== undefined) {
    for (const { reject } of batch) reject(failureError(reply.failure));
    return;
  }
  const failures = new Map(reply.failures);
  for (const [index, { resolve, reject }] of batch.entries()) {
    const failure = failures.get(index);
    if (failure === undefined) resolve();
    else reject(failureError(failure));
  }
}
