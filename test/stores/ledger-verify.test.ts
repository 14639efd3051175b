import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { verifyLedger } from '../../src/gateway/verify-ledger.ts';
import type { LedgerChecks } from '../../src/stores/ledger-checks.ts';
import { openSqliteStores, type SqliteStores } from '../../src/stores/sqlite/open-sqlite-stores.ts';
import { attempted, book, idAt, opened, settled, usage } from '../../src/testing/ledger-entries.ts';
import { manualClock } from '../support/manual-clock.ts';

const start = Date.UTC(2026, 10, 4, 10, 20, 30);
const dayMs = 86_400_000;
const level = { key: 'a:ever', tenantId: 'a' };
const clock = manualClock(start + 3 * dayMs);
let folder: string;
let stores: SqliteStores;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tollgate-verify-'));
  stores = await openSqliteStores({ file: join(folder, 'tollgate.db') });
  const { ledger } = stores;
  for (let serial = 1; serial <= 5; serial++) {
    await book(ledger, serial, start + serial * 40 * 60_000, {}, { budgets: [level] });
  }
  const cut = opened(idAt(start, 50), start);
  const lost = attempted(cut, 51, { budgets: [level] });
  await ledger.openCompletion(cut);
  await ledger.openAttempt(lost);
  await ledger.recover(start + 1000);
  await ledger.settleAttempt(settled(lost, { usage: usage(9, 90n) }));
});
afterEach(async () => {
  await stores.close();
  await rm(folder, { recursive: true });
});

const verify = (checks: LedgerChecks = stores.ledger.checks) => verifyLedger({ checks, clock });

/** Behind the ledger's back, and past the database's own checks. */
function alter(sql: string): void {
  const database = new DatabaseSync(join(folder, 'tollgate.db'), { enableForeignKeyConstraints: false });
  database.exec('PRAGMA busy_timeout = 5000; PRAGMA ignore_check_constraints = ON');
  database.exec(sql);
  database.close();
}

test('finds no difference where nobody meddled', async () => {
  expect(await verify()).toEqual({
    span: { from: Date.UTC(2026, 10, 1), to: Date.UTC(2026, 10, 7, 12) },
    completions: 6,
    attempts: 6,
    differences: [],
    found: 0,
    isComplete: true,
  });
});

const one = `(select max(id) from attempt)`;

describe.each([
  [
    'attempt',
    `update attempt set cost = cost + 1 where id = ${one}`,
    { USAGE_HOUR: { cost: -1n }, BUDGET_TOTAL: { cost: -1n } },
  ],
  [
    'attempt',
    `update attempt set output_tokens = output_tokens + 3 where id = ${one}`,
    { USAGE_HOUR: { output_tokens: -3n } },
  ],
  ['attempt', `update attempt set outcome = null where id = ${one}`, { OPEN_ATTEMPT: {} }],
  ['attempt', `update attempt set budgets_key = '' where id = ${one}`, { BUDGET_TOTAL: {} }],
  ['attempt', `update attempt set is_counted = 0 where id = ${one}`, { USAGE_HOUR: { requests: 1n } }],
  [
    'attempt',
    `update attempt set cost = -5 where id = ${one}`,
    { NEGATIVE_AMOUNT: { cost: -5n }, USAGE_HOUR: {}, BUDGET_TOTAL: {} },
  ],
  ['attempt', `update attempt set model_id = 'x' where id = ${one}`, { USAGE_HOUR: {} }],
  ['attempt', `delete from attempt where id = ${one}`, { USAGE_HOUR: {}, BUDGET_TOTAL: {} }],
  [
    'attempt_correction',
    'update attempt_correction set cost = 89',
    { USAGE_HOUR: { cost: 1n }, BUDGET_TOTAL: { cost: 1n } },
  ],
  ['attempt_correction', 'delete from attempt_correction', { USAGE_HOUR: {}, BUDGET_TOTAL: { cost: -910n } }],
  [
    'completion',
    `delete from completion where id = (select min(completion_id) from attempt)`,
    { ATTEMPT_WITHOUT_COMPLETION: {}, USAGE_HOUR: {}, BUDGET_TOTAL: {} },
  ],
  [
    'completion',
    `update completion set completion_status = 'RUNNING' where id = (select min(id) from completion)`,
    { USAGE_HOUR: {}, BUDGET_TOTAL: {} },
  ],
  [
    'completion',
    `update completion set subject_key = 'x' where id = (select min(id) from completion)`,
    { USAGE_HOUR: {} },
  ],
  [
    'usage_hour',
    'update usage_hour set cost = cost - 1 where hour = (select min(hour) from usage_hour)',
    { USAGE_HOUR: { cost: -1n }, USAGE_DAY: { cost: 1n } },
  ],
  [
    'usage_hour',
    'delete from usage_hour where hour = (select max(hour) from usage_hour)',
    { USAGE_HOUR: {}, USAGE_DAY: {} },
  ],
  [
    'usage_hour',
    'update usage_hour set cost = -7 where hour = (select max(hour) from usage_hour)',
    { NEGATIVE_AMOUNT: { cost: -7n }, USAGE_HOUR: {}, USAGE_DAY: {} },
  ],
  [
    'usage_day',
    "update usage_day set requests = requests + 2 where completion_status = 'FINISHED'",
    { USAGE_DAY: { requests: 2n }, USAGE_MONTH: { requests: -2n } },
  ],
  ['usage_day', 'delete from usage_day', { USAGE_DAY: {}, USAGE_MONTH: {} }],
  [
    'usage_month',
    "update usage_month set cost = cost + 3 where completion_status = 'FINISHED'",
    { USAGE_MONTH: { cost: 3n } },
  ],
  [
    'usage_month',
    'update usage_month set cost = -1 where cost = 15',
    { USAGE_MONTH: {}, NEGATIVE_AMOUNT: { cost: -1n } },
  ],
  [
    'usage_month',
    'update usage_month set month = (select min(month) - 86400000 from usage_month)',
    { USAGE_MONTH: {} },
  ],
  [
    'usage_day',
    'update usage_day set cost = -1 where cost = 15',
    { USAGE_DAY: { cost: -16n }, USAGE_MONTH: { cost: 16n }, NEGATIVE_AMOUNT: { cost: -1n } },
  ],
  ['budget_total', 'update budget_total set cost = cost + 1', { BUDGET_TOTAL: { cost: 1n } }],
  ['budget_total', 'delete from budget_total', { BUDGET_TOTAL: { cost: -105n } }],
  ['budget_entry', "update budget_entry set budget_key = 'other'", { BUDGET_TOTAL: {} }],
  [
    'purged_hour',
    'insert into purged_hour select hour, 1, 0, 0, 0, 0, 0, 0 from usage_hour limit 1',
    { USAGE_HOUR: { requests: -1n } },
  ],
  ['purged_budget', "insert into purged_budget values ('a', 'a:ever', 3)", { BUDGET_TOTAL: { cost: -3n } }],
] as const)('a row of %s that was altered is found', (_, sql, expected) => {
  test(sql, async () => {
    alter(sql);
    const { differences, found } = await verify();
    expect(found).toBe(differences.length);
    expect([...new Set(differences.map(({ check }) => check))].sort()).toEqual(Object.keys(expected).sort());
    for (const [check, off] of Object.entries(expected)) {
      const of = differences.filter(difference => difference.check === check);
      expect(of.some(difference => Object.entries(off).every(([name, by]) => difference.off[name] === by))).toBe(true);
      for (const { key } of of) expect(Object.keys(key).length).toBeGreaterThan(0);
    }
  });
});

test('names the row that differs, by what people find it with', async () => {
  alter('update usage_hour set cost = cost + 5 where hour = (select max(hour) from usage_hour)');
  const { differences } = await verify();
  expect(differences[0]).toMatchObject({
    check: 'USAGE_HOUR',
    key: { hour: '2026-11-04T13:00:00.000Z', project_id: 'a', model_id: 'author/model', completion_status: 'FINISHED' },
    off: { cost: 5n },
  });
});

test('does not take for a difference what is booked while it looks', async () => {
  const { ledger } = stores;
  let serial = 100;
  const busy: LedgerChecks = {
    ...ledger.checks,
    async levels(span, withTotals) {
      // Corrected, and closed, in a slice that was looked at before.
      serial += 2;
      await book(ledger, serial, start, {}, { budgets: [level] });
      return await ledger.checks.levels(span, withTotals);
    },
  };
  expect((await verify(busy)).differences).toEqual([]);
  alter('update budget_total set cost = cost + 1');
  expect((await verify(busy)).found).toBeLessThanOrEqual(1);
  expect((await verify()).differences).toMatchObject([{ check: 'BUDGET_TOTAL', off: { cost: 1n } }]);
});

test('looks at the hours that it is asked for alone, and rests between slices', async () => {
  const spans: number[] = [];
  const timed = manualClock(start + 3 * dayMs);
  const slow: LedgerChecks = {
    ...stores.ledger.checks,
    async hours(span) {
      spans.push((span.to - span.from) / 3_600_000);
      timed.advance(300);
      return await stores.ledger.checks.hours(span);
    },
  };
  const from = Date.UTC(2026, 10, 4, 9);
  const rested: number[] = [];
  const done = verifyLedger({ checks: slow, clock: timed, span: { from, to: from + 4 * 3_600_000 }, restRatio: 4 });
  let isDone = false;
  void done.then(() => {
    isDone = true;
  });
  while (!isDone) {
    if (timed.pending() > 0) {
      rested.push(spans.length);
      timed.advance(1200);
    }
    await new Promise(resolve => setImmediate(resolve));
  }
  expect(spans).toEqual([1, 1, 1, 1]);
  expect(rested).toEqual([1, 2, 3, 4]);
  expect(await done).toMatchObject({ completions: 4, found: 0, isComplete: true });
});

test('ends after the slice that runs when it is told to, and says that it is not complete', async () => {
  const stop = new AbortController();
  const checks: LedgerChecks = {
    ...stores.ledger.checks,
    hours(span) {
      stop.abort();
      return stores.ledger.checks.hours(span);
    },
    days: () => Promise.reject(new Error('was asked for more')),
    months: () => Promise.reject(new Error('was asked for more')),
  };
  expect(await verifyLedger({ checks, clock, signal: stop.signal })).toMatchObject({ isComplete: false });
});

test('finds nothing to do in a ledger with nothing in it', async () => {
  const empty = await openSqliteStores({ file: ':memory:' });
  expect(await verify(empty.ledger.checks)).toEqual({
    completions: 0,
    attempts: 0,
    differences: [],
    found: 0,
    isComplete: true,
  });
  await empty.close();
});
