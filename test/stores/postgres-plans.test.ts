import { sql } from 'kysely';
import { beforeAll, describe, expect, test } from 'vitest';
import type { LedgerStore } from '../../src/stores/ledger-store.ts';
import { makePartitions, monthsBetween } from '../../src/stores/postgres/month-partitions.ts';
import { readPostgresAddress } from '../../src/stores/postgres/postgres-address.ts';
import { openPostgresDatabase, type PostgresDatabase } from '../../src/stores/postgres/postgres-database.ts';
import { bind } from '../../src/stores/postgres/write-batch.ts';
import type { SqlCall } from '../../src/stores/sql/sql-database.ts';
import { sqlLedgerStore } from '../../src/stores/sql/sql-ledger-store.ts';
import { attempted, closed, idAt, opened, settled } from '../../src/testing/ledger-entries.ts';
import { postgresBinaries, postgresTitle } from '../support/postgres-server.ts';
import { usePostgres } from './support/postgres-databases.ts';

const year = Date.UTC(2026, 0);
const may = Date.UTC(2026, 4, 20);
const months = monthsBetween(year, Date.UTC(2026, 11));
const rowsPerMonth = 2000;

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Loops': number;
  readonly Plans?: readonly Plan[];
}

describe.skipIf(postgresBinaries === undefined)(postgresTitle, () => {
  const databases = usePostgres();
  let database: PostgresDatabase;
  let ledger: LedgerStore;
  let asked: SqlCall[] = [];

  beforeAll(async () => {
    database = openPostgresDatabase({
      address: readPostgresAddress(await databases.migrated()),
      lookupConnections: 1,
      reportConnections: 1,
      connectTimeoutMs: 5000,
      callTimeoutMs: 10_000,
      reportTimeoutMs: 10_000,
      maintenanceTimeoutMs: 10_000,
    });
    const note =
      <T>(ask: (calls: readonly SqlCall[], lane: 'lookup' | 'report') => T) =>
      (calls: readonly SqlCall[], lane: 'lookup' | 'report' = 'lookup') => {
        asked.push(...calls);
        return ask(calls, lane);
      };
    ledger = sqlLedgerStore({ ...database, write: note(database.write), read: note(database.read) });
    await makePartitions(database.query, year, Date.UTC(2026, 11));
    await fill(database);
    return () => database.close();
  });

  /** The tables that hold months and were really read by what is asked meanwhile, and how. */
  async function monthsRead(ask: () => Promise<unknown>): Promise<readonly string[]> {
    asked = [];
    await ask();
    const read = new Set<string>();
    await database.maintenance.use(async connection => {
      for (const { program, values } of asked) {
        for (const step of program.steps) {
          await connection.query({ text: 'begin' });
          const { rows } = await connection.query({
            text: `explain (analyze, timing off, format json) ${step.sql}`,
            values: bind(step, values),
          });
          await connection.query({ text: 'rollback' });
          const [{ Plan: plan }] = JSON.parse(String(rows[0]?.['QUERY PLAN'])) as [{ readonly Plan: Plan }];
          for (const name of tablesOf(plan)) read.add(name);
        }
      }
    });
    return [...read].sort();
  }

  test('reads and writes entries of one month without a look at those of others', async () => {
    const completion = opened(idAt(may, 1), may, { factsUntil: may });
    const attempt = attempted(completion, 2);
    const mine = ['attempt_2026_05', 'completion_2026_05'];
    const around = ['attempt_2026_05', 'attempt_2026_06', 'completion_2026_05'];
    await ledger.openCompletion(completion);
    expect(await monthsRead(() => ledger.openAttempt(attempt))).toEqual(mine);
    expect(await monthsRead(() => ledger.settleAttempt(settled(attempt)))).toEqual(mine);
    expect(await monthsRead(() => ledger.closeCompletion(closed(completion)))).toEqual(around);
    expect(await monthsRead(() => ledger.completions([completion.id]))).toEqual(around);
    expect(await monthsRead(() => ledger.purgeFacts(may))).toEqual(expect.arrayContaining(around));
  });

  test('reports on a span of time from the months that it touches', async () => {
    const span = { from: may, to: may + 3_600_000 };
    const usage = { groupBy: [], groupByLabels: [], orderBy: 'COST', first: 1 } as const;
    const around = ['attempt_2026_05', 'attempt_2026_06', 'completion_2026_05'];
    expect(await monthsRead(() => ledger.usage({ ...usage, filter: span, interval: 'MINUTE' }))).toEqual(around);
    expect(await monthsRead(() => ledger.recordedRequests(span, 1, { first: 1 }))).toEqual(['completion_2026_05']);
    const tried = { ...span, providerIds: ['p'] };
    const read = await monthsRead(async () => {
      await ledger.recordedRequests(tried, 1, { first: 1 });
      await ledger.listCompletions(tried, { first: 1 });
    });
    expect(around).toEqual(expect.arrayContaining([...read]));
    expect(read).not.toEqual([]);
  });

  test('control: a question without an instant reads every month', async () => {
    const everywhere = sql`select count(*) from attempt where completion_id = 'x'`.compile(database.query);
    const step = { sql: everywhere.sql, after: 'go-on', bindings: [] } as const;
    const call: SqlCall = { program: { steps: [step], isKept: false }, values: [] };
    const read = await monthsRead(async () => asked.push(call));
    expect(read).toEqual(months.map(({ name }) => `attempt_${name}`));
  });
});

/** What was pruned while it ran is in the plan, and was never looped over. The default partitions are empty, and always looked at. */
function tablesOf({ 'Relation Name': name, 'Actual Loops': loops, Plans: below = [] }: Plan): readonly string[] {
  const own = name !== undefined && loops > 0 && /^(attempt|completion)_2026/.test(name) ? [name] : [];
  return loops === 0 ? [] : [...own, ...below.flatMap(tablesOf)];
}

/** Entries enough in each month that reading all of them is not the quickest way. */
async function fill({ query, maintenance }: PostgresDatabase): Promise<void> {
  const id = (
    at: string,
  ) => `substr(to_hex(${at} + (1::bigint << 48)), 2, 8) || '-' || substr(to_hex(${at} + (1::bigint << 48)), 10, 4)
    || '-7000-8000-' || lpad(to_hex(n), 12, '0')`;
  const texts =
    'subject_key tenant_id project_id project_path api_key_id user_name workload labels_key entrance requested_model fallback_models labels features input_modalities routing redactions'.split(
      ' ',
    );
  const counts =
    'input_tokens output_tokens reasoning_tokens cached_input_tokens cache_write_tokens cache_write_long_tokens is_estimated cost is_assumed is_counted correction'.split(
      ' ',
    );
  for (const { from } of months) {
    const at = `(${from} + n * 1000000)`;
    await sql
      .raw(
        `insert into completion (created_at, hour, id, completion_status, estimated_input_tokens, max_output_tokens, ${texts.join(', ')})
        select ${at}, ${at} - ${at} % 3600000, ${id(at)}, 'FINISHED', 1, 1, ${texts.map(() => "'[]'").join(', ')}
        from generate_series(1, ${rowsPerMonth}) as n`,
      )
      .execute(query);
    await sql
      .raw(
        `insert into attempt (started_at, id, completion_id, completion_created_at, endpoint_id, model_id, provider_id, vendor, region, ${counts.join(', ')})
        select ${at}, ${id(at)}, ${id(at)}, ${at}, 'm@p', 'm', 'p', 'v', '', ${counts.map(() => '0').join(', ')}
        from generate_series(1, ${rowsPerMonth}) as n`,
      )
      .execute(query);
  }
  await maintenance.use(connection => connection.query({ text: 'analyze' }));
}
