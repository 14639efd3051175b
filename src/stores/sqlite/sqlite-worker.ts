import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import type { Failure, Reply, Request, ThreadOptions, WireStep } from './sqlite-messages.ts';

const constraintClass = 19;
const uniqueCodes: ReadonlySet<number> = new Set([1555, 2067, 2579]);
const foreignKeyCode = 787;

const options = workerData as ThreadOptions;
const port = parentPort;
if (port === null) throw new TypeError('sqlite-worker: runs as a worker only');

const database = open();
const texts = new Map<number, string>();
const statements = new Map<number, StatementSync>();
const begin = database?.prepare('BEGIN IMMEDIATE');
const beginRead = database?.prepare('BEGIN');
const commit = database?.prepare('COMMIT');

function open(): DatabaseSync | undefined {
  try {
    const opened = new DatabaseSync(options.file, { readOnly: options.isReader });
    opened.exec(`PRAGMA busy_timeout = ${options.busyTimeoutMs}`);
    if (!options.isReader) {
      opened.exec('PRAGMA journal_mode = WAL');
      opened.exec(`PRAGMA synchronous = ${options.synchronous}`);
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

function failureOf(error: unknown): Failure {
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0;
  const isConstraint = (code & 0xff) === constraintClass;
  const message = error instanceof Error ? error.message : String(error);
  if (uniqueCodes.has(code)) return { kind: 'unique', message };
  if (code === foreignKeyCode) return { kind: 'reference', message };
  return { kind: isConstraint ? 'constraint' : 'fault', message };
}

function statement(id: number | string): StatementSync {
  const found = typeof id === 'number' ? statements.get(id) : undefined;
  if (found !== undefined) return found;
  const text = typeof id === 'number' ? texts.get(id) : id;
  if (database === undefined || text === undefined) throw new Error(`statement ${id} was never sent`);
  const prepared = database.prepare(text);
  prepared.setReadBigInts(true);
  if (typeof id === 'number') statements.set(id, prepared);
  return prepared;
}

class EmptyStep extends Error {
  readonly errcode = foreignKeyCode;
}

function runSteps(steps: readonly WireStep[]): void {
  for (const [id, after, parameters] of steps) {
    const prepared = statement(id);
    const values = parameters as SQLInputValue[];
    if (after === 'fail-if-empty') {
      if (prepared.get(...values) === undefined) throw new EmptyStep('what the write builds on is not there');
      continue;
    }
    const { changes } = prepared.run(...values);
    if (after === 'stop-if-changed' && changes > 0) return;
    if (after === 'stop-if-unchanged' && Number(changes) === 0) return;
  }
}

/** Together at first; only when one fails, once more with each guarded by itself. */
function runUnits(units: readonly (readonly WireStep[])[]): readonly (readonly [number, Failure])[] {
  begin?.run();
  try {
    for (const unit of units) runSteps(unit);
    commit?.run();
    return [];
  } catch (error) {
    rollback();
    if (failureOf(error).kind === 'fault') throw error;
  }
  const failures: (readonly [number, Failure])[] = [];
  begin?.run();
  try {
    for (const [index, unit] of units.entries()) {
      database?.exec('SAVEPOINT unit');
      try {
        runSteps(unit);
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

function readAll(steps: readonly WireStep[]): readonly unknown[][] {
  beginRead?.run();
  try {
    return steps.map(([id, , parameters]) => statement(id).all(...(parameters as SQLInputValue[])));
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

function answer(request: Request): Reply {
  const { id } = request;
  if (database === undefined) return { id, failure: { kind: 'fault', message: 'the database is not open' } };
  if (request.kind === 'execute') return { id, executed: execute(request.sql, request.parameters) };
  if (request.kind === 'close') {
    if (!options.isReader) database.exec('PRAGMA optimize');
    database.close();
    return { id };
  }
  for (const [statementId, sql] of request.statements) texts.set(statementId, sql);
  if (request.kind === 'read') return { id, rows: readAll(request.steps) };
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
