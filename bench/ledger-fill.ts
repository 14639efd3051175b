import { DatabaseSync } from 'node:sqlite';
import type { PostgresServer } from '../test/support/postgres-server.ts';

/*
 * Fills a ledger with made-up completions of one month, one attempt each, as fast as the database takes them: in SQL, hour by
 * hour, with the roll-ups that the ledger itself would have booked.
 */

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export interface FillShape {
  /** The start of a month in UTC; milliseconds since the epoch. */
  readonly from: number;
  /** All in that month. */
  readonly days: number;
  readonly completions: number;
}

export const tenants = 20;
const projectsInTenant = 10;
const subjects = 8_000;
const models = 12;
const providers = 3;
const budgetLevels = 20;

/** What the two databases write differently. */
interface FillDialect {
  /** A number as so many hexadecimal digits. */
  hex(number: string, digits: number): string;
  /** The numbers `i` from one to another, both inclusive, as the first of some common table expressions. */
  numbers(first: number, last: number): string;
}

const dialects: { readonly [Name in 'sqlite' | 'postgres']: FillDialect } = {
  sqlite: {
    hex: (number, digits) => `printf('%0${digits}x', ${number})`,
    numbers: (first, last) =>
      `with recursive counted(i) as (select ${first} union all select i + 1 from counted where i < ${last})`,
  },
  postgres: {
    hex: (number, digits) => `lpad(to_hex(${number}), ${digits}, '0')`,
    numbers: (first, last) =>
      `with counted(i) as (select generate_series(cast(${first} as bigint), cast(${last} as bigint)))`,
  },
};

const usage = [
  'input_tokens',
  'output_tokens',
  'reasoning_tokens',
  'cached_input_tokens',
  'cache_write_tokens',
  'cost',
];
const subjectNames = [
  'subject_key',
  'tenant_id',
  'project_id',
  'project_path',
  'api_key_id',
  'user_name',
  'workload',
  'labels_key',
];
const endpoint = ['model_id', 'provider_id', 'vendor', 'region'];
const sums = usage.map(name => `cast(sum(${name}) as bigint)`).join(', ');

/** Statements to be run once, before the hours. */
export function setUpStatements(): readonly string[] {
  const statements: string[] = [];
  for (let tenant = 0; tenant < tenants; tenant++) {
    for (let project = 0; project < projectsInTenant; project++) {
      const path = `["t${tenant}p${project}","t${tenant}"]`;
      for (const ancestor of [`t${tenant}p${project}`, `t${tenant}`]) {
        statements.push(`insert into project_lineage (project_path, ancestor_id) values ('${path}', '${ancestor}')`);
      }
    }
  }
  for (let level = 0; level < budgetLevels; level++) {
    statements.push(
      `insert into budget_entry (budgets_key, tenant_id, budget_key) values ('b${level}', 't${level}', 't${level}:ever')`,
    );
  }
  return statements;
}

/**
 * Statements for one hour: `count` completions from number `first` on, spread evenly. Some subjects ask far more often than
 * others; one in fifty fails and one in a hundred is refused without an attempt.
 */
export function hourStatements(
  { hex, numbers }: FillDialect,
  hour: number,
  first: number,
  count: number,
): readonly string[] {
  const id = (at: string, serial: string) =>
    `${hex(`(${at}) / 65536`, 8)} || '-' || ${hex(`(${at}) % 65536`, 4)} || '-7000-8000-' || ${hex(serial, 12)}`;
  const made = `
    ${numbers(first, first + count - 1)},
    drawn as (select i, (i * 2654435761 % 4294967296) / 4096 as r, ${hour} + (i - ${first}) * ${hourMs} / ${count} as at from counted),
    skewed as (select i, r, at, r * r * r / 1099511627776 * ${subjects} / 1048576 as s from drawn),
    made as (select i, at, s, s % ${tenants} as t, s / ${tenants} % ${projectsInTenant} as p,
      (s + r % 3) % ${models} as m, r / 7 % ${providers} as v, r % 100 as luck from skewed)`;
  return [
    `create temporary table made as ${made} select * from made`,
    `insert into completion (created_at, id, hour, subject_key, tenant_id, project_id, project_path, api_key_id, user_name,
      workload, labels_key, entrance, requested_model, fallback_models, labels, features, input_modalities,
      estimated_input_tokens, max_output_tokens, routing, redactions, completion_status, endpoint_id, finished_at, overhead_ms)
    select at, ${id('at', 'i')}, ${hour}, 's' || s, 't' || t, 't' || t || 'p' || p,
      '["t' || t || 'p' || p || '","t' || t || '"]', 'k' || s, 'u' || s, 'chat', '', 'OPENAI', 'auto', '[]', '[]',
      '["STREAMING"]', '["TEXT"]', 500, 1000, '{}', '[]',
      case when luck = 0 then 'REFUSED' when luck < 3 then 'FAILED' else 'FINISHED' end,
      case when luck < 3 then null else 'author/m' || m || '@p' || v end, at + 900, 0.4
    from made`,
    `insert into attempt (started_at, id, completion_id, completion_created_at, endpoint_id, model_id, provider_id, vendor,
      region, price, budgets_key, input_tokens, output_tokens, reasoning_tokens, cached_input_tokens, cache_write_tokens,
      cache_write_long_tokens, cost, is_estimated, outcome, status, duration_ms, is_assumed, is_counted, correction)
    select at, ${id('at', `i + 34359738368`)}, ${id('at', 'i')}, at, 'author/m' || m || '@p' || v, 'author/m' || m, 'p' || v,
      'v' || v, 'eu', '{"input":"1000000000","output":"2000000000","tiers":[]}', 'b' || t, 400 + i % 200, 100 + i % 50, 0, 0, 0,
      0, 600000 + i % 100000, 0, case when luck < 3 then 'FAILED' else 'SUCCEEDED' end, 200, 880, 0, 1, 0
    from made where luck > 0`,
    `insert into usage_hour (hour, ${[...subjectNames, ...endpoint].join(', ')}, completion_status, requests, ${usage.join(', ')})
    select hour, ${subjectNames.join(', ')}, ${endpoint.map(name => `coalesce(${name}, '')`).join(', ')}, completion_status,
      count(*), ${usage.map(name => `cast(coalesce(sum(${name}), 0) as bigint)`).join(', ')}
    from completion left join attempt on completion_id = completion.id
      and started_at >= ${hour} and started_at < ${hour + hourMs}
    where created_at >= ${hour} and created_at < ${hour + hourMs}
    group by hour, ${subjectNames.join(', ')}, ${endpoint.join(', ')}, completion_status`,
    `insert into budget_total (tenant_id, budget_key, cost)
    select 't' || t, 't' || t || ':ever', cast(sum(600000 + i % 100000) as bigint) from made where luck > 0 group by t
    on conflict (tenant_id, budget_key) do update set cost = budget_total.cost + excluded.cost`,
    'drop table made',
  ];
}

/** Statements for one day, and the last for the month, once their hours are booked. */
function coarseStatements({ from, days }: FillShape): readonly string[] {
  const owner = ['tenant_id', 'project_id', 'project_path', ...endpoint, 'completion_status'].join(', ');
  const book = (table: string, at: string, instant: number, source: string, span: string) => `
    insert into ${table} (${at}, ${owner}, requests, ${usage.join(', ')})
    select ${instant}, ${owner}, cast(sum(requests) as bigint), ${sums} from ${source} where ${span} group by ${owner}`;
  const start = (day: number) => from + day * dayMs;
  return [
    ...Array.from({ length: days }, (_, day) =>
      book('usage_day', 'day', start(day), 'usage_hour', `hour >= ${start(day)} and hour < ${start(day + 1)}`),
    ),
    book('usage_month', 'month', from, 'usage_day', `day >= ${from} and day < ${start(days)}`),
  ];
}

/** Statements of each hour of the whole span. */
function* hoursOf(dialect: FillDialect, { from, days, completions }: FillShape): Generator<readonly string[]> {
  const hours = days * 24;
  let done = 0;
  for (let index = 0; index < hours; index++) {
    const upTo = Math.floor((completions * (index + 1)) / hours);
    if (upTo === done) continue;
    yield hourStatements(dialect, from + index * hourMs, done, upTo - done);
    done = upTo;
  }
}

const filledTables = ['completion', 'attempt', 'usage_hour'];

/**
 * Fills a PostgreSQL ledger that is at this version and has the month, and clears up as the server would in time. Indexes that
 * no key needs are made anew at the end, all at once.
 */
export async function fillPostgres(server: PostgresServer, url: string, shape: FillShape): Promise<void> {
  const inOne = (statements: readonly string[]) =>
    server.ask(url, ['begin', 'set local enable_nestloop = off', ...statements, 'commit'].join(';\n'));
  const indexes = await server.ask(
    url,
    `select indexrelid::regclass as name, pg_get_indexdef(indexrelid) as definition from pg_index
    where indrelid in (${filledTables.map(name => `'${name}'::regclass`).join(', ')}) and not indisprimary`,
  );
  await inOne([...setUpStatements(), ...indexes.map(({ name }) => `drop index ${name}`)]);
  for (const statements of hoursOf(dialects.postgres, shape)) await inOne(statements);
  for (const statement of coarseStatements(shape)) await inOne([statement]);
  // Of a partitioned table alone: its partitions are to have theirs, too.
  await inOne(indexes.map(({ definition }) => String(definition).replace(' ON ONLY ', ' ON ')));
  await server.ask(url, 'vacuum analyze');
}

/** Fills a SQLite ledger that nobody else has open. */
export function fillSqlite(file: string, { from, days, completions }: FillShape): void {
  const database = new DatabaseSync(file);
  try {
    database.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -400000; PRAGMA temp_store = MEMORY');
    for (const statement of setUpStatements()) database.exec(statement);
    for (const statements of hoursOf(dialects.sqlite, { from, days, completions })) {
      database.exec('BEGIN');
      for (const statement of statements) database.exec(statement);
      database.exec('COMMIT');
    }
    for (const statement of coarseStatements({ from, days, completions })) database.exec(statement);
    database.exec('PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE)');
  } finally {
    database.close();
  }
}
