import { type Expression, expressionBuilder, type SqlBool } from 'kysely';
import type { UsageFilter } from '../ledger-store.ts';
import { startsInSpan } from './attempt-window.ts';
import type { RollUp } from './roll-ups.ts';
import type { SqlDatabase } from './sql-database.ts';
import type { Tables } from './tables.ts';

const expression = expressionBuilder<Tables, 'completion'>();

function among(column: Expression<string>, values: readonly string[] | undefined): Expression<SqlBool>[] {
  if (values === undefined) return [];
  return [values.length === 0 ? expression.lit(false) : expression(column, 'in', values)];
}

/**
 * What a filter demands of a row's subject and status.
 *
 * @param table Has the columns that the filter is about: days and months are not asked about keys, users, workloads or labels.
 */
export function subjectConditions(
  query: SqlDatabase['query'],
  table: 'completion' | RollUp['table'],
  filter: UsageFilter,
): readonly Expression<SqlBool>[] {
  const column = (name: string) => expression.ref(`${table}.${name}` as 'completion.workload');
  const conditions = [
    ...among(column('api_key_id'), filter.apiKeyIds),
    ...among(column('user_name'), filter.users),
    ...among(column('workload'), filter.workloads),
    ...among(column('completion_status'), filter.statuses),
  ];
  if (filter.projectIds !== undefined) {
    const paths = query
      .selectFrom('project_lineage')
      .select('project_lineage.project_path')
      .where(
        expression.and(
          among(expression.ref('project_lineage.ancestor_id' as 'completion.workload'), filter.projectIds),
        ),
      );
    conditions.push(expression(column('project_path'), 'in', paths));
  }
  for (const { name, value } of filter.labels ?? []) {
    const keys = query
      .selectFrom('label_entry')
      .select('label_entry.labels_key')
      .where('label_entry.name', '=', name)
      .where('label_entry.value', '=', value);
    conditions.push(expression(column('labels_key'), 'in', keys));
  }
  return conditions;
}

/** What a filter demands of an endpoint, whichever table names it. */
export function endpointConditions(
  table: 'attempt' | RollUp['table'],
  filter: UsageFilter,
): readonly Expression<SqlBool>[] {
  const column = (name: string) => expression.ref(`${table}.${name}` as 'completion.workload');
  return [...among(column('model_id'), filter.modelIds), ...among(column('provider_id'), filter.providerIds)];
}

/** What a filter demands of the endpoints that a completion was tried at: one attempt that meets all of it. */
export function triedEndpoint(query: SqlDatabase['query'], filter: UsageFilter): readonly Expression<SqlBool>[] {
  const conditions = endpointConditions('attempt', filter);
  if (conditions.length === 0) return [];
  const tried = query
    .selectFrom('attempt')
    .select('attempt.id')
    .whereRef('attempt.completion_id', '=', 'completion.id' as 'attempt.completion_id')
    .where(startsInSpan(filter.from, filter.to))
    .where(({ and }) => and([...conditions]));
  return [expression.exists(tried)];
}
