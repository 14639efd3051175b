import { deepEqual, equal } from 'node:assert/strict';
import type { LedgerStore } from '../stores/ledger-store.ts';
import type { ContractCase } from './contract.ts';
import { attempted, book, closed, idAt, opened, settled, usage } from './ledger-entries.ts';

const dayMs = 86_400_000;
const start = Date.UTC(2026, 10, 4, 10, 20, 30);
const hour = Date.UTC(2026, 10, 4, 10);
const day = Date.UTC(2026, 10, 4);
const month = Date.UTC(2026, 10, 1);
const ever = { key: 'a:ever', tenantId: 'a' };
const today = { key: 'a:day', tenantId: 'a', resetsAt: day + dayMs };

/** Every way in which entries come to be, on two days; the earlier ones past their time. */
async function fill(store: LedgerStore): Promise<void> {
  const budgets = [ever, today];
  for (const [serial, at] of [start, start + 3_600_000, start + dayMs].entries()) {
    await book(store, serial * 100 + 1, at, { factsUntil: start + 5 }, { budgets });
    await book(store, serial * 100 + 2, at, { user: 'u' }, { budgets: [ever] });
    const cut = opened(idAt(at, serial * 100 + 3), at, serial === 0 ? { factsUntil: start + 5 } : {});
    const [lost, done] = [4, 5].map(number => attempted(cut, serial * 100 + number, { budgets }));
    if (lost === undefined || done === undefined) return;
    await store.openCompletion(cut);
    for (const attempt of [lost, done]) await store.openAttempt(attempt);
    await store.settleAttempt(settled(done, { outcome: 'FAILED' }));
    await store.closeCompletion(closed(cut, { status: 'CANCELLED' }));
    await store.settleAttempt(settled(lost, { usage: usage(3, 2000n) }));
    const gone = opened(idAt(at, serial * 100 + 6), at);
    await store.adoptAttempt(gone, attempted(gone, serial * 100 + 7, { budgets }), at + 1);
    const refused = opened(idAt(at, serial * 100 + 8), at);
    await store.openCompletion(refused);
    await store.closeCompletion(closed(refused, { status: 'REFUSED' }));
    await store.adoptAttempt(refused, attempted(refused, serial * 100 + 9, { budgets }), at + 1);
    const running = opened(idAt(at, serial * 100 + 10), at);
    await store.openCompletion(running);
    await store.openAttempt(attempted(running, serial * 100 + 11, { budgets }));
  }
}

const costs = (levels: readonly { readonly key: string; readonly cost: bigint }[]) =>
  levels.map(({ key, cost }) => [key, cost]).sort();

/** How the parts of the ledger are compared with each other. */
export const ledgerChecksContract: readonly ContractCase<LedgerStore>[] = [
  {
    name: 'finds no difference in what it wrote itself: corrected, recovered, adopted, running and purged',
    async run(make) {
      const store = await make();
      equal(await store.checks.span(), undefined);
      await fill(store);
      const whole = { from: day, to: day + 2 * dayMs };
      for (let time = 0; time < 3; time++) {
        deepEqual(await store.checks.span(), { from: month, to: hour + dayMs + 3_600_000 });
        const check = await store.checks.hours(whole);
        deepEqual(check.differences, []);
        deepEqual(await store.checks.days(whole), []);
        deepEqual(await store.checks.months({ from: month, to: Date.UTC(2026, 11, 1) }), []);
        const levels = await store.checks.levels(whole, true);
        deepEqual(costs(levels.running), [
          [today.key, 3000n],
          [ever.key, 3000n],
        ]);
        const left = new Map(levels.booked.map(({ key, cost }) => [key, cost]));
        for (const { key, cost } of levels.purged) left.set(key, (left.get(key) ?? 0n) - cost);
        deepEqual([...left].sort(), costs(levels.attempts));
        await store.purgeFacts(start + 10);
      }
    },
  },
  {
    name: 'counts what a span holds, and nothing beside it',
    async run(make) {
      const store = await make();
      await fill(store);
      const counted = async (from: number, to: number) => {
        const { completions, attempts } = await store.checks.hours({ from, to });
        return [completions, attempts];
      };
      deepEqual(await counted(hour, hour + 3_600_000), [6, 7]);
      deepEqual(await counted(day, day + dayMs), [12, 14]);
      deepEqual(await counted(day - dayMs, hour), [0, 0]);
      deepEqual(costs((await store.checks.levels({ from: hour, to: hour + 3_600_000 }, false)).attempts), [
        [today.key, 4008n],
        [ever.key, 4010n],
      ]);
    },
  },
  {
    name: 'forgets budget levels 35 days after their window, and still agrees',
    async run(make) {
      const store = await make();
      await fill(store);
      const booked = async () =>
        costs((await store.checks.levels({ from: 0, to: 0 }, true)).booked).map(([key]) => key);
      await store.purgeFacts(today.resetsAt + 35 * dayMs);
      deepEqual(await booked(), [today.key, ever.key]);
      await store.purgeFacts(today.resetsAt + 35 * dayMs + 1);
      deepEqual(await booked(), [ever.key]);
      const { attempts } = await store.checks.levels({ from: day, to: day + 2 * dayMs }, false);
      deepEqual(
        attempts.map(({ key }) => key),
        [ever.key],
      );
    },
  },
];
