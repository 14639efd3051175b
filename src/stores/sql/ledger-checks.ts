import { type RawBuilder, sql } from 'kysely';
import type { LedgerCheckName, LedgerChecks, LedgerDifference, LedgerSpan, LevelCost } from '../ledger-checks.ts';
import { startsInSpan } from './attempt-window.ts';
import { amounts, namesOf } from './column-lists.ts';
import { completionsWithAttempts, heldAmount } from './held-outcome.ts';
import { endpointColumns, usageColumns } from './ledger-columns.ts';
import { hourMs } from './ledger-rows.ts';
import { once } from './prepared.ts';
import { dayMs, type RollUp, usageDay, usageHour, usageMonth } from './roll-ups.ts';
import type { SqlDatabase, SqlRow } from './sql-database.ts';

const mostDifferences = 20;

const sums = sql.join(amounts.map(name => sql`cast(sum(${sql.ref(name)}) as bigint) as ${sql.ref(name)}`));
const differs = sql.join(
  amounts.map(name => sql`sum(${sql.ref(name)}) <> 0`),
  sql` or `,
);
const negated = sql.join(amounts.map(name => sql`-${sql.ref(name)}`));
const limit = sql.lit(mostDifferences);
const isNegative = (table: string, names: readonly string[]) =>
  sql.join(
    names.map(name => sql`${sql.ref(`${table}.${name}`)} < 0`),
    sql` or `,
  );
/** What people find a row by; `subject_key` stands for more, and is said too. */
const shownKey = ['project_id', ...usageHour.key];

/** Compares the tables of the ledger in SQL. */
export function ledgerChecks({ query, read }: SqlDatabase): LedgerChecks {
  async function ask(...questions: readonly RawBuilder<unknown>[]): Promise<readonly (readonly SqlRow[])[]> {
    return await read(
      questions.map(raw => once({ compile: () => raw.compile(query) })),
      'report',
    );
  }

  /** A roll-up against the next finer one; `instant` is what the finer one's rows belong to. */
  async function coarse(
    check: 'USAGE_DAY' | 'USAGE_MONTH',
    { table, at, key }: RollUp,
    { from, to }: LedgerSpan,
    instant: RawBuilder<unknown>,
    finer: RollUp,
  ): Promise<readonly LedgerDifference[]> {
    const told = namesOf(key.filter(name => name !== at));
    const within = (column: string) => sql`${sql.ref(column)} >= ${from} and ${sql.ref(column)} < ${to}`;
    const [byKey, negative] = await ask(
      sql`with rest as (
          select ${namesOf(key)}, ${namesOf(amounts)} from ${sql.table(table)} where ${within(at)}
          union all select ${instant}, ${told}, ${negated} from ${sql.table(finer.table)} where ${within(finer.at)})
        select ${namesOf(key)}, ${sums} from rest
        group by ${namesOf(key)} having ${differs} order by ${namesOf(key)} limit ${limit}`,
      sql`select ${sql.lit(table)} as "table", ${namesOf(key)}, cost from ${sql.table(table)}
        where ${within(at)} and (${isNegative(table, amounts)}) order by ${namesOf(key)} limit ${limit}`,
    );
    return [
      ...differences(check, byKey, key, amounts),
      ...differences('NEGATIVE_AMOUNT', negative, ['table', ...key], ['cost']),
    ];
  }

  return {
    async span() {
      const [rows = []] = await ask(sql`
        select min(at) as first, max(at) as last from (
          select min(created_at) as at from completion union all select max(created_at) from completion
          union all select min(started_at) from attempt union all select max(started_at) from attempt
          union all select min(hour) from usage_hour union all select max(hour) from usage_hour
          union all select min(day) from usage_day union all select max(day) from usage_day
          union all select min(month) from usage_month union all select max(month) from usage_month
        ) as edge`);
      const { first = null, last = null } = rows[0] ?? {};
      if (first === null || last === null) return undefined;
      const floor = (at: number) => at - (at % hourMs);
      return { from: floor(Number(first)), to: floor(Number(last)) + hourMs };
    },

    async hours({ from, to }) {
      const created = sql`completion.created_at >= ${from} and completion.created_at < ${to}`;
      const started = (column: string) => sql`${sql.ref(column)} >= ${from} and ${sql.ref(column)} < ${to}`;
      const entries = sql`
        select completion.hour, completion.subject_key, completion.project_id,
          ${sql.join(endpointColumns.map(name => sql`coalesce(${sql.ref(`attempt.${name}`)}, '') as ${sql.ref(name)}`))},
          completion.completion_status, coalesce(attempt.is_counted, 1) as requests,
          ${sql.join(usageColumns.map(name => sql`${heldAmount(name)} as ${sql.ref(name)}`))}
        from ${completionsWithAttempts}
        where ${created} and completion.completion_status <> 'RUNNING'`;
      const both = sql`
        with entry as (${entries}), rest as (
          select ${namesOf([...shownKey, ...amounts])} from usage_hour where ${started('hour')}
          union all select ${namesOf(shownKey)}, ${negated} from entry)`;
      const purgedHours = sql`select hour from purged_hour where ${started('hour')}`;
      const [counts, byKey, byHour, orphans, open, ...negative] = await ask(
        sql`select (select count(*) from completion where ${created}) as completions,
          (select count(*) from attempt where ${started('started_at')}) as attempts`,
        sql`${both} select ${namesOf(shownKey)}, ${sums} from rest where hour not in (${purgedHours})
          group by ${namesOf(shownKey)} having ${differs} order by ${namesOf(shownKey)} limit ${limit}`,
        // Where rows were purged, an hour can be checked as a whole only.
        sql`${both}, whole as (
            select hour, ${namesOf(amounts)} from rest where hour in (${purgedHours})
            union all select hour, ${negated} from purged_hour where ${started('hour')})
          select hour, ${sums} from whole group by hour having ${differs} order by hour limit ${limit}`,
        sql`select attempt.id, attempt.completion_id from attempt
          left join completion on completion.created_at = attempt.completion_created_at
            and completion.id = attempt.completion_id
          where ${started('attempt.started_at')} and completion.id is null
          order by attempt.started_at limit ${limit}`,
        sql`select attempt.id, attempt.completion_id from completion inner join attempt
            on attempt.completion_id = completion.id and ${startsInSpan()}
          where ${created} and completion.completion_status <> 'RUNNING' and attempt.outcome is null
          order by attempt.started_at limit ${limit}`,
        sql`select 'attempt' as "table", id, cost from attempt
          where ${started('started_at')} and (${isNegative('attempt', usageColumns)}) order by id limit ${limit}`,
        sql`select 'attempt_correction' as "table", attempt_id as id, cost from attempt_correction
          where ${started('attempt_started_at')} and (${isNegative('attempt_correction', usageColumns)})
          order by attempt_id limit ${limit}`,
        sql`select 'usage_hour' as "table", ${namesOf(shownKey)}, cost from usage_hour
          where ${started('hour')} and (${isNegative('usage_hour', amounts)}) order by ${namesOf(shownKey)} limit ${limit}`,
      );
      return {
        completions: Number(counts?.[0]?.completions ?? 0),
        attempts: Number(counts?.[0]?.attempts ?? 0),
        differences: [
          ...differences('USAGE_HOUR', byKey, shownKey, amounts),
          ...differences('USAGE_HOUR', byHour, ['hour'], amounts),
          ...differences('ATTEMPT_WITHOUT_COMPLETION', orphans, ['id', 'completion_id'], []),
          ...differences('OPEN_ATTEMPT', open, ['id', 'completion_id'], []),
          ...negative.flatMap(rows => differences('NEGATIVE_AMOUNT', rows, ['table', 'id', ...shownKey], ['cost'])),
        ],
      };
    },

    days: span => coarse('USAGE_DAY', usageDay, span, sql`hour - hour % ${sql.lit(dayMs)}`, usageHour),
    months: span => coarse('USAGE_MONTH', usageMonth, span, sql`cast(${span.from} as bigint)`, usageDay),

    async levels({ from, to }, withTotals) {
      const level = ['tenant_id', 'budget_key'].map(name => `budget_entry.${name}`);
      const costs = (where: RawBuilder<unknown>) => sql`
        select ${namesOf(level)}, max(budget_entry.resets_at) as resets_at,
          cast(sum(${heldAmount('cost')}) as bigint) as cost
        from ${completionsWithAttempts} inner join budget_entry on budget_entry.budgets_key = attempt.budgets_key
        where ${where} and attempt.budgets_key <> '' group by ${namesOf(level)}`;
      const totals = [
        sql`select tenant_id, budget_key, resets_at, cost from budget_total`,
        sql`select tenant_id, budget_key, null as resets_at, cost from purged_budget`,
        costs(sql`completion.completion_status = 'RUNNING'`),
      ];
      const [attempts, booked, purged, running] = await ask(
        costs(sql`completion.created_at >= ${from} and completion.created_at < ${to}
          and completion.completion_status <> 'RUNNING'`),
        ...(withTotals ? totals : []),
      );
      return {
        attempts: levelsOf(attempts),
        booked: levelsOf(booked),
        purged: levelsOf(purged),
        running: levelsOf(running),
      };
    },
  };
}

function differences(
  check: LedgerCheckName,
  rows: readonly SqlRow[] | undefined,
  key: readonly string[],
  named: readonly string[],
): readonly LedgerDifference[] {
  return (rows ?? []).map(row => ({
    check,
    key: Object.fromEntries(
      key.flatMap(name => (row[name] === undefined ? [] : [[name, keyText(name, row[name])] as const])),
    ),
    off: Object.fromEntries(
      named.map(name => [name, BigInt(String(row[name] ?? 0))] as const).filter(([, off]) => off !== 0n),
    ),
  }));
}

function keyText(name: string, value: SqlRow[string]): string {
  return name === 'hour' || name === 'day' || name === 'month' ? new Date(Number(value)).toISOString() : String(value);
}

function levelsOf(rows: readonly SqlRow[] = []): readonly LevelCost[] {
  return rows.map(row => ({
    ...(row.tenant_id === '' ? {} : { tenantId: String(row.tenant_id) }),
    key: String(row.budget_key),
    ...(row.resets_at === null ? {} : { resetsAt: Number(row.resets_at) }),
    cost: BigInt(String(row.cost)),
  }));
}
