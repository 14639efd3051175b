import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { UsageDimension, UsageInterval, UsageTotals } from '../../src/stores/ledger-store.ts';
import { openPostgresStores } from '../../src/stores/postgres/open-postgres-stores.ts';
import type { Stores } from '../../src/stores/sql/stores.ts';
import { openSqliteStores } from '../../src/stores/sqlite/open-sqlite-stores.ts';
import { attempted, closed, idAt, opened, settled, usage } from '../../src/testing/ledger-entries.ts';
import { postgresBinaries, postgresTitle } from '../support/postgres-server.ts';
import { usePostgres } from './support/postgres-databases.ts';

const start = Date.UTC(2026, 9, 30, 22, 30);
const statuses = ['FINISHED', 'REFUSED', 'FAILED', 'INCOMPLETE', 'CANCELLED'] as const;
const dimensions: readonly UsageDimension[] = ['PROJECT', 'MODEL', 'STATUS', 'WORKLOAD'];
const intervals: readonly UsageInterval[] = ['MINUTE', 'HOUR', 'DAY', 'WEEK', 'MONTH'];

const completionOf = fc.record({
  minute: fc.integer({ min: 0, max: 3 * 24 * 60 }),
  tenant: fc.constantFrom('a', 'b'),
  child: fc.boolean(),
  workload: fc.constantFrom('chat', 'search'),
  status: fc.constantFrom(...statuses),
  tries: fc.array(fc.record({ model: fc.constantFrom('m', 'n'), cost: fc.bigInt({ min: 0n, max: 10n ** 17n }) }), {
    maxLength: 3,
  }),
  answered: fc.boolean(),
});
const questionOf = fc.record({
  from: fc.option(fc.integer({ min: 0, max: 80 * 60 }), { nil: undefined }),
  to: fc.option(fc.integer({ min: 0, max: 80 * 60 }), { nil: undefined }),
  tenant: fc.option(fc.constantFrom('a', 'b', 'a1'), { nil: undefined }),
  model: fc.option(fc.constantFrom('m', 'n'), { nil: undefined }),
  groupBy: fc.subarray([...dimensions]),
  interval: fc.constantFrom(...intervals),
  first: fc.integer({ min: 1, max: 4 }),
});

interface Fact {
  readonly at: number;
  readonly path: readonly string[];
  readonly keys: Readonly<Partial<Record<UsageDimension, string>>>;
  readonly requests: number;
  readonly cost: bigint;
}

function factsOf({
  minute,
  tenant,
  child,
  workload,
  status,
  tries,
  answered,
}: ReturnType<typeof completionOf.generate>['value']): Fact[] {
  const path = child ? [`${tenant}1`, tenant] : [tenant];
  const at = start + minute * 60_000 + 17;
  const base = { PROJECT: path[0] ?? '', STATUS: status, WORKLOAD: workload };
  if (tries.length === 0) return [{ at, path, keys: base, requests: 1, cost: 0n }];
  const answering = answered ? (tries[0]?.model ?? '') : '';
  const counted = tries.findLastIndex(({ model }) => model === answering);
  return tries.map(({ model, cost }, index) => ({
    at,
    path,
    keys: { ...base, MODEL: model },
    requests: index === (counted === -1 ? tries.length - 1 : counted) ? 1 : 0,
    cost,
  }));
}

const sumOf = (totals: readonly UsageTotals[]) => [
  totals.reduce((sum, { requests }) => sum + requests, 0),
  totals.reduce((sum, { cost }) => sum + cost, 0n),
];

const promise = 'reports what a plain count over the same entries gives, and parts that add up to the whole';

test(`SQLite: ${promise}`, () => checkReports(() => openSqliteStores({ file: ':memory:' })), 60_000);

describe.skipIf(postgresBinaries === undefined)(postgresTitle, () => {
  const databases = usePostgres();
  test(promise, () => checkReports(async () => openPostgresStores({ url: await databases.migrated() })), 120_000);
});

async function checkReports(open: () => Promise<Stores>): Promise<void> {
  await fc.assert(
    fc.asyncProperty(
      fc.array(completionOf, { maxLength: 30 }),
      fc.array(questionOf, { minLength: 3, maxLength: 6 }),
      async (completions, questions) => {
        const { ledger, close } = await open();
        try {
          const facts: Fact[] = [];
          const writes: Promise<void>[] = [];
          for (const [serial, each] of completions.entries()) {
            const { minute, tenant, child, workload, status, tries, answered } = each;
            const at = start + minute * 60_000 + 17;
            const projectPath = child ? [`${tenant}1`, tenant] : [tenant];
            const where = { tenantId: tenant, projectId: projectPath[0] ?? '', projectPath, workload };
            const completion = opened(idAt(at, serial), at, where);
            writes.push(ledger.openCompletion(completion));
            for (const [index, { model, cost }] of tries.entries()) {
              const attempt = attempted(completion, 1000 + serial * 10 + index, {
                modelId: model,
                endpointId: `${model}@p`,
              });
              writes.push(
                ledger.openAttempt(attempt),
                ledger.settleAttempt(settled(attempt, { usage: usage(1, cost) })),
              );
            }
            const endpointId = answered && tries[0] !== undefined ? { endpointId: `${tries[0].model}@p` } : {};
            writes.push(ledger.closeCompletion(closed(completion, { status, ...endpointId })));
            facts.push(...factsOf(each));
          }
          await Promise.all(writes);
          for (const { from, to, tenant, model, groupBy, interval, first } of questions) {
            const filter = {
              ...(from === undefined ? {} : { from: start + from * 60_000 }),
              ...(to === undefined ? {} : { to: start + to * 60_000 }),
              ...(tenant === undefined ? {} : { projectIds: [tenant] }),
              ...(model === undefined ? {} : { modelIds: [model] }),
            };
            const report = await ledger.usage({ filter, groupBy, groupByLabels: [], interval, orderBy: 'COST', first });
            const expected = facts.filter(
              fact =>
                fact.at >= (filter.from ?? 0) &&
                fact.at < (filter.to ?? Number.POSITIVE_INFINITY) &&
                (tenant === undefined || fact.path.includes(tenant)) &&
                (model === undefined || fact.keys.MODEL === model),
            );
            const whole = [
              expected.reduce((sum, { requests }) => sum + requests, 0),
              expected.reduce((sum, { cost }) => sum + cost, 0n),
            ];
            expect(sumOf([report.total])).toEqual(whole);
            expect(sumOf(report.series.map(({ total }) => total))).toEqual(whole);
            if (groupBy.length === 0) continue;
            const others = report.others === undefined ? [] : [report.others];
            expect(sumOf([...report.groups.map(({ total }) => total), ...others])).toEqual(whole);
            const names = new Set(expected.map(({ keys }) => JSON.stringify(groupBy.map(name => keys[name]))));
            expect(report.groups).toHaveLength(Math.min(first, names.size));
            for (const group of report.groups) {
              const mine = expected.filter(({ keys }) =>
                group.keys.every(key => key.dimension !== undefined && keys[key.dimension] === key.value),
              );
              expect(sumOf([group.total])[1]).toBe(mine.reduce((sum, { cost }) => sum + cost, 0n));
              expect(sumOf(group.series.map(({ total }) => total))).toEqual(sumOf([group.total]));
            }
          }
        } finally {
          await close();
        }
      },
    ),
    { numRuns: 15 },
  );
}
