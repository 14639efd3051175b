import { type RawBuilder, sql } from 'kysely';
import { prepare, program } from '../prepared.ts';
import type { SqlCall, SqlDatabase, SqlValue } from '../sql-database.ts';
import type { CompletionKey, Shipment } from './read-shipment.ts';

interface Shipped {
  readonly keys: string;
  /** Ids of attempts whose corrections were shipped as well. */
  readonly corrected: string;
}

type Nothing = Record<never, SqlValue>;

/** Deletes from a journal, in SQLite's SQL. */
export interface JournalClearing {
  /** What was shipped; what was corrected since it was read stays, to be shipped again. @returns How many stay. */
  shipped(shipment: Shipment): Promise<number>;
  /** Where nothing waits: what only shipped completions needed. What runs keeps what it shares with others. */
  leftovers(): Promise<void>;
  /** At the start: facts that no completion in the journal refers to. */
  unused(): Promise<void>;
  /** Sets one aside, so that it is not shipped again until the next start. */
  refuse(key: CompletionKey, at: number, reason: string): Promise<void>;
  /** Lets all be tried again that were set aside. */
  forgiveRefused(): Promise<void>;
}

/** @param journal A node's own database, in SQLite. */
export function clearJournal({ query, write, read }: SqlDatabase): JournalClearing {
  const compile = (raw: RawBuilder<unknown>) => ({ compile: () => raw.compile(query) });
  const chosen = (slot: (name: keyof Shipped) => unknown) => sql`select value ->> 1 from json_each(${slot('keys')})`;
  const isGone = sql`not exists (select 1 from completion
    where completion.created_at = attempt.completion_created_at and completion.id = attempt.completion_id)`;
  const shipped = program(
    prepare<Shipped>(slot =>
      compile(sql`
        delete from completion
        where (created_at, id) in (select value ->> 0, value ->> 1 from json_each(${slot('keys')}))
          and completion_status <> 'RUNNING'
          and not exists (
            select 1 from attempt where attempt.completion_id = completion.id and attempt.correction > 0
              and attempt.id not in (select value from json_each(${slot('corrected')})))`),
    ),
    prepare<Shipped>(slot =>
      compile(sql`
        delete from attempt_correction where (attempt_started_at, attempt_id) in (
          select started_at, id from attempt where completion_id in (${chosen(slot)}) and correction > 0 and ${isGone})`),
    ),
    prepare<Shipped>(slot => compile(sql`delete from attempt where completion_id in (${chosen(slot)}) and ${isGone}`)),
  );
  const standing = program(
    prepare<Shipped>(slot =>
      compile(sql`select count(*) as count from json_each(${slot('keys')}) as chosen inner join completion
        on completion.created_at = chosen.value ->> 0 and completion.id = chosen.value ->> 1`),
    ),
  );
  const fixed = (...statements: RawBuilder<unknown>[]): SqlCall =>
    program(...statements.map(statement => prepare<Nothing>(() => compile(statement))))({});
  const leftovers = fixed(
    ...['usage_hour', 'usage_day', 'usage_month', 'budget_total'].map(table => sql`delete from ${sql.table(table)}`),
    sql`delete from label_entry where labels_key not in (select labels_key from completion)`,
  );
  const unused = fixed(
    sql`delete from project_lineage where project_path not in (select project_path from completion)`,
    sql`delete from label_entry where labels_key not in (select labels_key from completion)`,
    sql`delete from budget_entry where budgets_key not in (select budgets_key from attempt)`,
    sql`delete from endpoint_version where not exists (select 1 from completion)`,
  );
  const forgive = fixed(sql`delete from refused_completion`);
  const refuse = program(
    prepare<{ readonly created_at: number; readonly id: string; readonly refused_at: number; readonly reason: string }>(
      slot =>
        query
          .insertInto('refused_completion')
          .values({
            created_at: slot('created_at'),
            id: slot('id'),
            refused_at: slot('refused_at'),
            reason: slot('reason'),
          })
          .onConflict(clash => clash.doNothing()),
    ),
  );

  return {
    async shipped({ keys, corrections }) {
      const corrected = JSON.stringify(corrections.map(({ id }) => id));
      await write([shipped({ keys: JSON.stringify(keys), corrected })]);
      const [[row] = []] = await read([standing({ keys: JSON.stringify(keys), corrected })], 'lookup');
      return Number(row?.count ?? 0);
    },
    leftovers: () => write([leftovers]),
    unused: () => write([unused]),
    refuse: ([createdAt, id], at, reason) => write([refuse({ created_at: createdAt, id, refused_at: at, reason })]),
    forgiveRefused: () => write([forgive]),
  };
}
