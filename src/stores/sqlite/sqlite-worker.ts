import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import type { SqlProgram, SqlStep } from '../sql/sql-database.ts';
import type { WriteFailure } from '../sql/write-failure.ts';
import type { Reply, Request, ThreadOptions, WireCalls } from './sqlite-messages.ts';

const constraintClass = 19;
const uniqueCodes: ReadonlySet<number> = new Set([1555, 2067, 2579]);
const foreignKeyCode = 787;

const options = workerData as ThreadOptions;
const port = parentPort;
if (port === null) throw new TypeError('sqlite-worker: runs as a worker only');

const database = open();
const programs = new Map<number, SqlProgram>();
/** Of kept programs only. */
const statements = new Map<SqlStep, StatementSync>();
const begin = database?.prepare('BEGIN IMMEDIATE');
const beginRead = database?.prepare('BEGIN');
const commit = database?.prepare('COMMIT');

function open(): DatabaseSync | undefined {
  try {
    const opened = new DatabaseSync(options.file, { readOnly: options.isReader });
    opened.exec(`PRAGMA busy_timeout = ${options.busyTimeoutMs}`);
    if (!options.isReader) {
      // Of a new database: how text is kept, so that none is left behind, counts on it.
      opened.exec('PRAGMA page_size = 4096');
      opened.exec('PRAGMA journal_mode = WAL');
      opened.exec(`PRAGMA synchronous = ${options.synchronous}`);
      // What is deleted is overwritten: nothing of it stays in free pages.
      opened.exec('PRAGMA secure_delete = ON');
      if (options.maxPages > 0) opened.exec(`PRAGMA max_page_count = ${options.maxPages}`);
    }
    opened.exec('PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY');
    opened.exec('PRAGMA cache_size = -16000');
    reply({ id: 0 });
    return opened;
  } catch (error) {
    reply({ id: 0, failure: failureOf(error) });
    return undefined;
  }
}

function reply(message: Reply): void {
  port?.postMessage(message);
}

function failureOf(error: unknown): WriteFailure {
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0;
  const isConstraint = (code & 0xff) === constraintClass;
  const message = error instanceof Error ? error.message : String(error);
  if (uniqueCodes.has(code)) return { kind: 'unique', message };
  if (code === foreignKeyCode) return { kind: 'reference', message };
  return { kind: isConstraint ? 'constraint' : 'fault', message };
}

function statement(step: SqlStep, isKept: boolean): StatementSync {
  const found = statements.get(step);
  if (found !== undefined) return found;
  if (database === undefined) throw new Error('the database is not open');
  const prepared = database.prepare(step.sql);
  prepared.setReadBigInts(true);
  if (isKept) statements.set(step, prepared);
  return prepared;
}

function* callsOf(wire: WireCalls): Generator<readonly [SqlProgram, readonly SQLInputValue[]]> {
  for (let index = 0; index < wire.length; index += 2) {
    const named = wire[index];
    const program = typeof named === 'number' ? programs.get(named) : (named as SqlProgram);
    if (program === undefined) throw new Error(`program ${named} was never sent`);
    yield [program, wire[index + 1] as readonly SQLInputValue[]];
  }
}

function bind({ bindings }: SqlStep, values: readonly SQLInputValue[]): SQLInputValue[] {
  return bindings.map(binding => (typeof binding === 'number' ? (values[binding] ?? null) : binding.constant));
}

class EmptyStep extends Error {
  readonly errcode = foreignKeyCode;
}

function runProgram({ steps, isKept }: SqlProgram, values: readonly SQLInputValue[]): void {
  for (const step of steps) {
    const prepared = statement(step, isKept);
    const bound = bind(step, values);
    if (step.after === 'fail-if-empty') {
      if (prepared.get(...bound) === undefined) throw new EmptyStep('what the write builds on is not there');
      continue;
    }
    const changes = Number(prepared.run(...bound).changes);
    if (step.after === 'stop-if-changed' && changes > 0) return;
    if (step.after === 'stop-if-unchanged' && changes === 0) return;
  }
}

function runUnit(unit: WireCalls): void {
  for (const [program, values] of callsOf(unit)) runProgram(program, values);
}

/** Together at first; only when one fails, once more with each guarded by itself. */
function runUnits(units: readonly WireCalls[]): readonly (readonly [number, WriteFailure])[] {
  begin?.run();
  try {
    for (const unit of units) runUnit(unit);
    commit?.run();
    return [];
  } catch (error) {
    rollback();
    if (failureOf(error).kind === 'fault') throw error;
  }
  const failures: (readonly [number, WriteFailure])[] = [];
  begin?.run();
  try {
    for (const [index, unit] of units.entries()) {
      database?.exec('SAVEPOINT unit');
      try {
        runUnit(unit);
      } catch (error) {
        const failure = failureOf(error);
        if (failure.kind === 'fault') throw error;
        database?.exec('ROLLBACK TO unit');
        failures.push([index, failure]);
      }
      database?.exec('RELEASE unit');
    }
    commit?.run();
    return failures;
  } catch (error) {
    rollback();
    throw error;
  }
}

function rollback(): void {
  try {
    database?.exec('ROLLBACK');
  } catch {
    // SQLite has rolled back by itself, as it does when the disk is full.
  }
}

function readAll(calls: WireCalls): readonly unknown[][] {
  beginRead?.run();
  try {
    const rows: unknown[][] = [];
    for (const [{ steps, isKept }, values] of callsOf(calls)) {
      for (const step of steps) rows.push(statement(step, isKept).all(...bind(step, values)));
    }
    return rows;
  } finally {
    rollback();
  }
}

function execute(sql: string, parameters: readonly unknown[]): NonNullable<Reply['executed']> {
  const prepared = database?.prepare(sql);
  if (prepared === undefined) return { rows: [], changes: 0n };
  prepared.setReadBigInts(true);
  const rows = prepared.all(...(parameters as SQLInputValue[]));
  const changes = database?.prepare('SELECT changes() AS changes').get()?.changes;
  return { rows, changes: BigInt(Number(changes ?? 0)) };
}

/** Never waits: whatever else the store is asked waits behind this thread. */
function truncateLog(opened: DatabaseSync): boolean {
  opened.exec('PRAGMA busy_timeout = 0');
  try {
    return Number(opened.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.busy) === 0;
  } finally {
    opened.exec(`PRAGMA busy_timeout = ${options.busyTimeoutMs}`);
  }
}

function answer(request: Request): Reply {
  const { id } = request;
  if (database === undefined) return { id, failure: { kind: 'fault', message: 'the database is not open' } };
  if (request.kind === 'execute') return { id, executed: execute(request.sql, request.parameters) };
  if (request.kind === 'truncate-log') return { id, isTruncated: truncateLog(database) };
  if (request.kind === 'close') {
    if (!options.isReader) database.exec('PRAGMA optimize');
    database.close();
    return { id };
  }
  for (const [number, program] of request.programs) programs.set(number, program);
  if (request.kind === 'read') return { id, rows: readAll(request.calls) };
  const failures = runUnits(request.units);
  return failures.length === 0 ? { id } : { id, failures };
}

port.on('message', (request: Request) => {
  let message: Reply;
  try {
    message = answer(request);
  } catch (error) {
    message = { id: request.id, failure: failureOf(error) };
  }
  reply(message);
  if (request.kind === 'close') port.close();
});
