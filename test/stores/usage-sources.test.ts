import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LedgerStore, UsageDimension, UsageInterval, UsageReport } from '../../src/stores/ledger-store.ts';
import { openSqliteStores } from '../../src/stores/sqlite/open-sqlite-stores.ts';
import { attempted, closed, idAt, opened, settled, usage } from '../../src/testing/ledger-entries.ts';

const dayMs = 86_400_000;
const start = Date.UTC(2026, 9, 30);
/** Ends of days and of months, and anything between. */
const told: readonly UsageDimension[] = ['PROJECT', 'MODEL', 'PROVIDER', 'VENDOR', 'REGION', 'STATUS'];

const entry = fc.record({
  minute: fc.integer({ min: 0, max: 4 * 24 * 60 }),
  tenant: fc.constantFrom('a', 'b'),
  child: fc.boolean(),
  user: fc.constantFrom('u', 'v'),
  status: fc.constantFrom('FINISHED', 'REFUSED', 'FAILED'),
  tries: fc.array(
    fc.record({
      model: fc.constantFrom('m', 'n'),
      region: fc.constantFrom('eu', ''),
      cost: fc.bigInt({ min: 0n, max: 10n ** 17n }),
      ending: fc.constantFrom('settled', 'late', 'open', 'adopted'),
    }),
    { maxLength: 3 },
  ),
});
type Entry = ReturnType<typeof entry.generate>['value'];

const edge = fc.option(
  fc.oneof(
    fc.integer({ min: 0, max: 5 }).map(day => day * 1440),
    fc.constantFrom(...[9, 10, 11].map(month => (Date.UTC(2026, month, 1) - start) / 60_000)),
    fc.integer({ min: 0, max: 7000 }),
  ),
  {
    nil: undefined,
  },
);
const question = fc.record({
  from: edge,
  to: edge,
  tenant: fc.option(fc.constantFrom('a', 'b', 'a1'), { nil: undefined }),
  model: fc.option(fc.constantFrom('m', 'n'), { nil: undefined }),
  groupBy: fc.subarray([...told], { maxLength: 3 }),
});

async function write(ledger: LedgerStore, entries: readonly Entry[]): Promise<void> {
  for (const [serial, { minute, tenant, child, user, status, tries }] of entries.entries()) {
    const at = start + minute * 60_000 + 17;
    const projectPath = child ? [`${tenant}1`, tenant] : [tenant];
    const where = { tenantId: tenant, projectId: projectPath[0] ?? '', projectPath, user };
    const completion = opened(idAt(at, serial), at, where);
    const attempts = tries.map(({ model, region }, index) =>
      attempted(completion, 1000 + serial * 10 + index, { modelId: model, endpointId: `${model}@p`, region }),
    );
    const each = (ending: string) => attempts.filter((_, index) => tries[index]?.ending === ending);
    const settle = (list: typeof attempts) =>
      list.map(attempt => {
        const cost = tries[attempts.indexOf(attempt)]?.cost ?? 0n;
        return ledger.settleAttempt(settled(attempt, { usage: usage(1, cost) }));
      });
    await ledger.openCompletion(completion);
    for (const attempt of attempts.filter(other => !each('adopted').includes(other))) await ledger.openAttempt(attempt);
    await Promise.all(settle(each('settled')));
    await ledger.closeCompletion(closed(completion, { status }));
    await Promise.all(settle(each('late')));
    for (const attempt of each('adopted')) await ledger.adoptAttempt(completion, attempt, at + 1000);
  }
}

const shown = ({ total, groups }: UsageReport) => ({
  total,
  groups: groups.map(group => [group.keys, group.total]),
});

test('reads the same from months, days, hours and entries, whatever is asked of a span', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(entry, { maxLength: 25 }),
      fc.array(question, { minLength: 4, maxLength: 8 }),
      async (entries, questions) => {
        const { ledger, close } = await openSqliteStores({ file: ':memory:' });
        try {
          await write(ledger, entries);
          for (const { from, to, tenant, model, groupBy } of questions) {
            const filter = {
              ...(from === undefined ? {} : { from: start + from * 60_000 }),
              ...(to === undefined ? {} : { to: start + to * 60_000 }),
              ...(tenant === undefined ? {} : { projectIds: [tenant] }),
              ...(model === undefined ? {} : { modelIds: [model] }),
            };
            const ask = async (interval?: UsageInterval) =>
              ledger.usage({
                filter,
                groupBy,
                groupByLabels: [],
                ...(interval === undefined ? {} : { interval }),
                orderBy: 'COST',
                first: 1000,
              });
            const minutes = await ask('MINUTE');
            const days = await ask('DAY');
            expect(shown(await ask('HOUR'))).toEqual(shown(minutes));
            expect(shown(days)).toEqual(shown(minutes));
            expect(shown(await ask())).toEqual(shown(minutes));
            const months = await ask('MONTH');
            expect(shown(months)).toEqual(shown(minutes));
            const byDay = Map.groupBy(minutes.series, ({ at }) => at - (at % dayMs));
            const byMonth = Map.groupBy(minutes.series, ({ at }) => new Date(at).getUTCMonth());
            expect(months.series.map(({ total: { cost } }) => cost)).toEqual(
              [...byMonth.values()].map(points => points.reduce((sum, { total }) => sum + total.cost, 0n)),
            );
            expect(days.series.map(({ at, total: { cost } }) => [at, cost])).toEqual(
              [...byDay].map(([at, points]) => [at, points.reduce((sum, { total }) => sum + total.cost, 0n)]),
            );
          }
        } finally {
          await close();
        }
      },
    ),
    { numRuns: 15 },
  );
}, 60_000);

test('fills days and months of a database that was made before there were any, and reads each interval from its own', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-days-'));
  const file = join(folder, 'tollgate.db');
  const report = async (interval: UsageInterval) => {
    const { ledger, close } = await openSqliteStores({ file });
    const asked = { filter: {}, groupBy: ['MODEL', 'STATUS'], groupByLabels: [], orderBy: 'COST', first: 9 } as const;
    const answer = await ledger.usage({ ...asked, interval });
    await close();
    return shown(answer);
  };
  const alter = (sql: string) => {
    const database = new DatabaseSync(file);
    database.exec(sql);
    database.close();
  };
  try {
    const { ledger, close } = await openSqliteStores({ file });
    await write(ledger, fc.sample(entry, { numRuns: 40, seed: 7 }));
    await close();
    const before = await report('MONTH');
    expect(before).toEqual(await report('HOUR'));
    alter(`drop table usage_day; drop table usage_month; drop table purged_hour; drop table purged_budget;
      drop index budget_entry_by_end; drop index budget_total_ended; drop table node; drop table access_version;
      drop index api_key_by_revocation; alter table api_key drop column revoked_version;
      drop table adopted_completion; drop table purged_completion;
      drop table refused_completion; drop table idempotency_key; delete from kysely_migration where name >= '0006'`);
    expect(await report('MONTH')).toEqual(before);
    expect(await report('DAY')).toEqual(before);
    for (const [source, interval] of [
      ['usage_month', 'MONTH'],
      ['usage_day', 'DAY'],
      ['usage_hour', 'HOUR'],
    ] as const) {
      alter(`update ${source} set cost = cost + 1`);
      expect(await report(interval)).not.toEqual(before);
      if (source !== 'usage_hour') expect(await report('HOUR')).toEqual(before);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}, 60_000);
