import { expect, test } from 'vitest';
import { startVerifying } from '../../src/gateway/verify-job.ts';
import type { LedgerVerification } from '../../src/gateway/verify-ledger.ts';
import type { LedgerChecks } from '../../src/stores/ledger-checks.ts';
import { openSqliteStores } from '../../src/stores/sqlite/open-sqlite-stores.ts';
import { book } from '../../src/testing/ledger-entries.ts';
import { type ManualClock, manualClock } from '../support/manual-clock.ts';
import { closeAfterTest } from '../support/open-gate.ts';

const now = Date.UTC(2026, 10, 22, 12, 30);
const hourMs = 3_600_000;

async function open() {
  const { ledger, close } = await openSqliteStores({ file: ':memory:' });
  closeAfterTest(close);
  await book(ledger, 1, now - 72 * hourMs);
  await book(ledger, 2, now - 25 * hourMs);
  return ledger.checks;
}

function start(checks: LedgerChecks, clock: ManualClock) {
  const told: (readonly [boolean, LedgerVerification['completions']])[] = [];
  const faults: unknown[] = [];
  const job = startVerifying({
    checks,
    clock,
    onVerified: ({ completions }, isWhole) => told.push([isWhole, completions]),
    onFault: cause => faults.push(cause),
  });
  closeAfterTest(job.close);
  return { job, told, faults };
}

/** An hour passes; then every rest, until something was told. */
async function hour(clock: ManualClock, told: readonly unknown[]): Promise<void> {
  const before = told.length;
  clock.advance(hourMs);
  while (told.length === before) {
    await new Promise(resolve => setImmediate(resolve));
    clock.advance(0);
  }
  while (clock.pending() === 0) await new Promise(resolve => setImmediate(resolve));
}

test('looks at all of the ledger after an hour and once a day, at the last day each hour', async () => {
  const clock = manualClock(now);
  const { told, faults } = start(await open(), clock);
  expect(told).toEqual([]);
  for (let time = 0; time < 26; time++) await hour(clock, told);
  expect(told.map(([isWhole]) => isWhole)).toEqual([true, ...Array.from({ length: 23 }, () => false), true, false]);
  expect(told[0]).toEqual([true, 2]);
  expect(told[1]).toEqual([false, 0]);
  expect(told[24]).toEqual([true, 2]);
  expect(faults).toEqual([]);
});

test('tells a failure, and tries all of it again the next time', async () => {
  const checks = await open();
  let isDown = true;
  const failing: LedgerChecks = {
    ...checks,
    span: () => (isDown ? Promise.reject(new Error('down')) : checks.span()),
  };
  const clock = manualClock(now);
  const { told, faults } = start(failing, clock);
  await hour(clock, faults);
  expect([faults.length, told.length]).toEqual([1, 0]);
  isDown = false;
  await hour(clock, told);
  expect(told).toEqual([[true, 2]]);
});

test('ends with the slice that runs, and tells nothing then', async () => {
  const checks = await open();
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  const { promise: answer, resolve: goOn } = Promise.withResolvers<void>();
  const held: LedgerChecks = {
    ...checks,
    async hours(span) {
      resolve();
      await answer;
      return await checks.hours(span);
    },
    days: () => Promise.reject(new Error('asked for more')),
  };
  const clock = manualClock(now);
  const { job, told, faults } = start(held, clock);
  clock.advance(hourMs);
  await asked;
  const closed = job.close();
  goOn();
  await closed;
  expect([told, faults, clock.pending()]).toEqual([[], [], 0]);
});
