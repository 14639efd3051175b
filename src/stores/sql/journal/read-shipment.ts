import { type RawBuilder, sql } from 'kysely';
import { namesOf } from '../column-lists.ts';
import { heldFact, isHeldCorrection, withHeldCorrection } from '../held-outcome.ts';
import { outcomeColumns } from '../ledger-columns.ts';
import { prepare, program } from '../prepared.ts';
import type { SqlCall, SqlDatabase, SqlRow } from '../sql-database.ts';
import { asDocument, endedColumns, knownColumns, triedColumns } from './shipped-columns.ts';

/** The key of a completion's row. */
export type CompletionKey = readonly [createdAt: number, id: string];

/** How far facts that many completions share have been shipped, by the numbers of their rows. */
export interface SharedMarks {
  readonly lineage: bigint;
  readonly budgets: bigint;
  readonly endpoints: bigint;
}

/** Completions that have ended, with all that belongs to them, as JSON documents of rows. */
export interface Shipment {
  readonly keys: readonly CompletionKey[];
  readonly completions: string;
  readonly attempts: string;
  /** What is known for certain of the attempts. */
  readonly known: string;
  readonly lineage: string;
  readonly labels: string;
  readonly budgets: string;
  readonly endpoints: string;
  /** Attempts that were corrected after their completion had ended, with the correction. */
  readonly corrections: readonly SqlRow[];
  /** What is shipped once this is. */
  readonly marks: SharedMarks;
}

interface Chosen {
  /** `[[created_at, id], …]` */
  readonly keys: string;
  readonly lineage: bigint;
  readonly budgets: bigint;
  readonly endpoints: bigint;
}

/** How SQLite writes a NUL in JSON. */
const nul = /(?<!\\)((?:\\\\)*)\\u0000/g;

/** Reads from a journal what is to be shipped. The documents are put together in the journal's own thread. */
export function shipmentReader({ query, read }: SqlDatabase) {
  const statement = (build: (slot: (name: keyof Chosen) => unknown) => RawBuilder<unknown>) =>
    program(prepare<Chosen>(slot => ({ compile: () => build(slot).compile(query) })));
  const chosen = (slot: (name: keyof Chosen) => unknown) => sql`json_each(${slot('keys')}) as chosen
    inner join completion on completion.created_at = chosen.value ->> 0 and completion.id = chosen.value ->> 1`;
  const tried = sql`inner join attempt on attempt.completion_id = completion.id`;
  const own = (table: string, names: readonly string[]) =>
    names.map(name => [name, sql.ref(`${table}.${name}`)] as const);
  const known = knownColumns.map(name => {
    if (name === 'started_at' || name === 'id') return [name, sql.ref(`attempt.${name}`)] as const;
    if (name !== 'corrected_at') return [name, heldFact(name)] as const;
    const settledAt = sql`attempt.started_at + cast(round(coalesce(attempt.duration_ms, 0)) as integer)`;
    return [name, sql`coalesce(correction.corrected_at, ${settledAt})`] as const;
  });

  const statements = [
    statement(
      slot => sql`select ${asDocument(own('completion', endedColumns))} as document from ${chosen(slot)}
        where completion.completion_status <> 'RUNNING'`,
    ),
    statement(
      slot => sql`select ${asDocument(own('attempt', triedColumns))} as document from ${chosen(slot)} ${tried}
        where completion.completion_status <> 'RUNNING'`,
    ),
    statement(
      slot => sql`select ${asDocument(known)} as document from ${chosen(slot)} ${tried} ${withHeldCorrection}
        where attempt.outcome is not null and (attempt.is_assumed = 0 or attempt.correction = 1)`,
    ),
    shared('project_lineage', ['project_path', 'ancestor_id'], 'lineage'),
    statement(
      slot => sql`select ${asDocument(own('entry', ['labels_key', 'name', 'value']))} as document
        from (select distinct completion.labels_key from ${chosen(slot)}) as used
        inner join label_entry as entry on entry.labels_key = used.labels_key`,
    ),
    shared('budget_entry', ['budgets_key', 'tenant_id', 'budget_key', 'resets_at'], 'budgets'),
    shared('endpoint_version', ['key', 'document'], 'endpoints'),
    statement(
      slot => sql`select attempt.started_at, attempt.id, attempt.completion_created_at, correction.corrected_at,
        ${namesOf(outcomeColumns, 'correction')}
        from ${chosen(slot)} ${tried} inner join attempt_correction as correction on ${isHeldCorrection}`,
    ),
  ];

  /** Rows of these tables are never deleted while the journal is open, so their numbers rise. */
  function shared(table: string, names: readonly string[], mark: Exclude<keyof Chosen, 'keys'>) {
    return statement(
      slot => sql`select ${asDocument(own(table, names))} as document, max(${sql.ref(`${table}.rowid`)}) as mark
        from ${sql.table(table)} where ${sql.ref(`${table}.rowid`)} > ${slot(mark)}`,
    );
  }

  return async (keys: readonly CompletionKey[], { lineage, budgets, endpoints }: SharedMarks): Promise<Shipment> => {
    const input: Chosen = { keys: JSON.stringify(keys), lineage, budgets, endpoints };
    const calls: SqlCall[] = statements.map(call => call(input));
    const answers = await read(calls, 'report');
    const document = (index: number) => String(answers[index]?.[0]?.document ?? '[]').replace(nul, '$1\ufffd');
    const mark = (index: number, before: bigint) => BigInt(String(answers[index]?.[0]?.mark ?? before));
    return {
      keys,
      completions: document(0),
      attempts: document(1),
      known: document(2),
      lineage: document(3),
      labels: document(4),
      budgets: document(5),
      endpoints: document(6),
      corrections: answers[7] ?? [],
      marks: { lineage: mark(3, lineage), budgets: mark(5, budgets), endpoints: mark(6, endpoints) },
    };
  };
}
