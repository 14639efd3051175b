import { type RawBuilder, sql } from 'kysely';
import { addedTo, amounts, namesOf } from './column-lists.ts';
import { endpointColumns, usageColumns } from './ledger-columns.ts';
import type { closingRow, outcomeRow } from './ledger-rows.ts';
import { prepare } from './prepared.ts';
import type { RollUp } from './roll-ups.ts';
import type { SqlDatabase } from './sql-database.ts';

/** Compiles what books completions into a coarser roll-up, as into the usage by hour. */
export function rollUpWrites(query: SqlDatabase['query'], { table, at, instant, subject, key }: RollUp) {
  const of = (name: string) => sql.ref(`${table}.${name}`);
  const compile = (raw: RawBuilder<unknown>) => ({ compile: () => raw.compile(query) });
  const completion = sql.join([...subject, 'completion_status'].map(name => sql.ref(`completion.${name}`)));
  const endpoint = sql.join(endpointColumns.map(name => sql`coalesce(${sql.ref(`attempt.${name}`)}, '')`));
  const sums = sql.join(usageColumns.map(name => sql`cast(sum(coalesce(${sql.ref(`attempt.${name}`)}, 0)) as bigint)`));

  const book = prepare<ReturnType<typeof closingRow>>(slot =>
    compile(sql`
      insert into ${sql.table(table)}
        (${namesOf([at, ...subject, 'completion_status', ...endpointColumns, ...amounts])})
      select ${instant(slot('completion_month'))}, ${completion}, ${endpoint},
        cast(sum(coalesce(attempt.is_counted, 1)) as bigint), ${sums}
      from completion left join attempt on attempt.completion_id = completion.id
        and attempt.started_at >= ${slot('attempts_from')} and attempt.started_at < ${slot('attempts_before')}
      where completion.created_at = ${slot('created_at')} and completion.id = ${slot('id')}
      group by completion.created_at, completion.id, ${namesOf(endpointColumns, 'attempt')}
      on conflict (${namesOf(key)}) do update set ${addedTo(table)}`),
  );

  const bookDifference = prepare<ReturnType<typeof outcomeRow>>(slot => {
    const set = usageColumns.map(
      name => sql`${sql.ref(name)} = ${of(name)} + ${slot(name)} - ${sql.ref(`attempt.${name}`)}`,
    );
    const same = [
      sql`${of(at)} = ${instant(slot('completion_month'))}`,
      ...[...subject, 'completion_status'].map(name => sql`${of(name)} = ${sql.ref(`completion.${name}`)}`),
      ...endpointColumns.map(name => sql`${of(name)} = ${sql.ref(`attempt.${name}`)}`),
    ];
    return compile(sql`
      update ${sql.table(table)} set ${sql.join(set)}
      from attempt inner join completion
        on completion.created_at = attempt.completion_created_at and completion.id = attempt.completion_id
      where attempt.started_at = ${slot('started_at')} and attempt.id = ${slot('id')}
        and ${sql.join(same, sql` and `)}`);
  });
  return { book, bookDifference };
}
