import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { Kysely } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditChain } from '../../src/stores/sql/audit-chain.ts';
import { migrate } from '../../src/stores/sql/migrate.ts';
import { sqlAuditStore } from '../../src/stores/sql/sql-audit-store.ts';
import { sqlContentStore } from '../../src/stores/sql/sql-content-store.ts';
import type { SqlCall, SqlDatabase } from '../../src/stores/sql/sql-database.ts';
import { sqlLedgerStore } from '../../src/stores/sql/sql-ledger-store.ts';
import { sqlPolicyStore } from '../../src/stores/sql/sql-policy-store.ts';
import type { Tables } from '../../src/stores/sql/tables.ts';
import { sqliteDialect } from '../../src/stores/sqlite/sqlite-dialect.ts';
import { openSqliteThread, type SqliteThread } from '../../src/stores/sqlite/sqlite-thread.ts';
import { closed, idAt, opened } from '../../src/testing/ledger-entries.ts';

const start = Date.UTC(2026, 10, 4);
let folder: string;
let thread: SqliteThread;
let explain: DatabaseSync;
let database: SqlDatabase;
const asked: SqlCall[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tollgate-plans-'));
  const file = join(folder, 'tollgate.db');
  thread = await openSqliteThread({ file, isReader: false, synchronous: 'NORMAL', busyTimeoutMs: 5000, maxPages: 0 });
  const query = new Kysely<Tables>({ dialect: sqliteDialect(thread) });
  await migrate(query);
  database = {
    query,
    write(calls) {
      asked.push(...calls);
      return thread.write(calls);
    },
    read(calls) {
      asked.push(...calls);
      return thread.read(calls);
    },
    async scrub() {},
  };
  explain = new DatabaseSync(file, { readOnly: true });
});

afterAll(async () => {
  explain.close();
  await thread.close();
  await rm(folder, { recursive: true });
});

/** Each step of how the database answers what is asked meanwhile, that scans a table or sorts. */
async function slowSteps(ask: () => Promise<unknown>): Promise<readonly string[]> {
  asked.length = 0;
  await ask();
  const plans = asked.flatMap(({ program, values }) =>
    program.steps.flatMap(({ sql, bindings }) => {
      const bound = bindings.map(binding => (typeof binding === 'number' ? values[binding] : binding.constant));
      return explain.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...(bound as SQLInputValue[]));
    }),
  );
  const steps = plans.map(({ detail }) => String(detail));
  return steps.filter(step => /^SCAN (?!hold|policy_version|CONSTANT)|USE TEMP B-TREE/.test(step));
}

const act = { actor: 'administrator', action: 'test', target: 'any', change: {} };

test('finds what it asks for by an index, in the order that it is wanted in', async () => {
  const chain = auditChain(database, () => 1);
  const audit = sqlAuditStore(database, chain);
  const policies = sqlPolicyStore(database, chain);
  const content = sqlContentStore(database, chain);
  const ledger = sqlLedgerStore(database);
  const completion = opened(idAt(start, 1), start, { factsUntil: start });
  await ledger.openCompletion(completion);
  await ledger.closeCompletion(closed(completion));
  await audit.append([act, { ...act, tenantId: 'bank' }]);
  const page = { first: 1 };
  const { entries } = await audit.listEntries(undefined, page);
  const after = entries[0]?.cursor ?? '';

  expect(await slowSteps(() => audit.listEntries(['bank'], page))).toEqual([]);
  expect(await slowSteps(() => audit.listEntries(['bank'], { first: 1, after }))).toEqual([]);
  expect(await slowSteps(() => audit.listEntries(undefined, { first: 1, after }))).toEqual([]);
  // The newest entry by its number, and no further.
  const newestEntry = ['SCAN audit_entry USING INDEX sqlite_autoindex_audit_entry_1'];
  expect(await slowSteps(() => audit.append([act]))).toEqual(newestEntry);
  expect(await slowSteps(() => policies.listRevisions('p', page))).toEqual([]);
  expect(await slowSteps(() => policies.revision('p', 1))).toEqual([]);
  const kept = {
    completionId: 'c',
    createdAt: 1,
    tenantId: 'bank',
    projectId: 'bank',
    projectPath: ['bank'],
    user: 'u',
  };
  await content.keep({ ...kept, keepUntil: 1, prompt: '{}', answer: '{}' });
  expect(await slowSteps(() => content.contents(['c'], 0))).toEqual([]);
  expect(await slowSteps(() => content.purge(1))).toEqual([]);
  expect(await slowSteps(() => content.erase('u', ['bank'], act))).toEqual(newestEntry);
  expect(await slowSteps(() => ledger.recordedRequests({ from: start }, 1, page))).toEqual([]);
  expect(await slowSteps(() => ledger.recordedRequests({ providerIds: ['x'], from: start }, 1, page))).toEqual([]);
  // Of the 500 at most that are purged at once.
  expect(await slowSteps(() => ledger.purgeFacts(start))).toEqual(['USE TEMP B-TREE FOR GROUP BY']);
});

test('control: tells a scan and a sort', async () => {
  const users = database.query.selectFrom('completion').select('id').where('user_name', '=', 'u').orderBy('workload');
  const { sql } = users.compile();
  const step = { sql, after: 'go-on', bindings: [{ constant: 'u' }] } as const;
  const steps = await slowSteps(() =>
    database.read([{ program: { steps: [step], isKept: false }, values: [] }], 'report'),
  );
  expect(steps).toEqual(['SCAN completion', 'USE TEMP B-TREE FOR ORDER BY']);
});
