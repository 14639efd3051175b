import { type RawBuilder, sql } from 'kysely';
import { adoptedUsage } from './adopted-usage.ts';
import { startsInSpan } from './attempt-window.ts';
import { attemptColumns } from './ledger-columns.ts';
import type { attemptRow, closingRow, completionRow } from './ledger-rows.ts';
import type { ledgerSteps } from './ledger-writes.ts';
import { type Prefixed, prefixed, prepare, program, underPrefix } from './prepared.ts';
import { usageDay, usageHour, usageMonth } from './roll-ups.ts';
import type { SqlCall, SqlDatabase } from './sql-database.ts';

type CompletionRow = ReturnType<typeof completionRow>;
type ClosingRow = ReturnType<typeof closingRow>;
type AdoptedRow = ReturnType<typeof attemptRow> & { readonly duration_ms: number };
type Adoption = Prefixed<'completion:', CompletionRow> &
  Prefixed<'attempt:', AdoptedRow> &
  Prefixed<'end:', ClosingRow>;

const texts: ReadonlySet<string> = new Set<(typeof attemptColumns)[number]>([
  'id',
  'completion_id',
  'endpoint_id',
  'model_id',
  'provider_id',
  'vendor',
  'region',
  'price',
  'budgets_key',
]);

/** Values in a list of selected columns have no type of their own. */
function typeOf(name: string): RawBuilder<unknown> {
  return sql.raw(texts.has(name) ? 'text' : 'bigint');
}

/**
 * Compiles what books an attempt that nobody else will book. It is one program: it stops where the completion was purged or
 * the attempt stands already, and again where its completion had ended before, after booking the attempt by itself.
 */
export function adoptWrites(query: SqlDatabase['query'], steps: ReturnType<typeof ledgerSteps>) {
  const insertAdopted = prepare<AdoptedRow>(
    slot =>
      query
        .insertInto('attempt')
        .columns([...attemptColumns, 'outcome', 'duration_ms', 'is_assumed', 'is_counted', 'correction'])
        .expression(
          query
            .selectFrom('completion')
            .select([
              ...attemptColumns.map(name => sql<never>`cast(${slot(name)} as ${typeOf(name)})`.as(name)),
              sql<string>`cast('UNKNOWN' as text)`.as('outcome'),
              sql<number>`cast(${slot('duration_ms')} as double precision)`.as('duration_ms'),
              sql.lit(1).as('is_assumed'),
              sql.lit(0).as('is_counted'),
              sql.lit(0).as('correction'),
            ])
            .where('created_at', '=', slot('completion_created_at'))
            .where('id', '=', slot('completion_id')),
        )
        .onConflict(clash => clash.doNothing()),
    'stop-if-unchanged',
  );
  const countFirst = prepare<AdoptedRow>(slot =>
    query
      .updateTable('attempt')
      .set({ is_counted: 1 })
      .where('started_at', '=', slot('started_at'))
      .where('id', '=', slot('id'))
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('attempt as other')
              .select('other.id')
              .whereRef('other.completion_id', '=', 'attempt.completion_id')
              .whereRef('other.id', '<>', 'attempt.id')
              .where(startsInSpan(undefined, undefined, ['other.started_at', 'attempt.completion_created_at'])),
          ),
        ),
      ),
  );
  const leavePurged = prepare<CompletionRow>(
    slot =>
      query
        .updateTable('purged_completion')
        .set({ purged_at: sql.ref('purged_at') })
        .where('created_at', '=', slot('created_at'))
        .where('id', '=', slot('id')),
    'stop-if-changed',
  );
  const markAdopted = prepare<ClosingRow>(slot =>
    query
      .insertInto('adopted_completion')
      .values({ created_at: slot('created_at'), id: slot('id'), adopted_at: slot('finished_at') })
      .onConflict(clash => clash.doNothing()),
  );
  const usage = [
    ...adoptedUsage(query, usageHour, 'go-on'),
    ...adoptedUsage(query, usageDay, 'go-on'),
    ...adoptedUsage(query, usageMonth, 'stop-if-changed'),
  ];

  const adopt = program<Adoption>(
    underPrefix('completion:', leavePurged),
    underPrefix('completion:', steps.insertCompletion),
    underPrefix('attempt:', insertAdopted),
    underPrefix('attempt:', countFirst),
    underPrefix('attempt:', steps.budgets.bookAdopted),
    ...usage.map(step => underPrefix('attempt:', step)),
    ...[...steps.end, markAdopted].map(step => underPrefix('end:', step)),
  );
  return {
    adoptAttempt(completion: CompletionRow, attempt: AdoptedRow, end: ClosingRow): SqlCall {
      return adopt({
        ...prefixed('completion:', completion),
        ...prefixed('attempt:', attempt),
        ...prefixed('end:', end),
      });
    },
  };
}
