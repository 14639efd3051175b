import { sql } from 'kysely';
import { badInput } from '../../errors.ts';
import type { LedgerStore, StatementLine } from '../ledger-store.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { monthStart } from './months.ts';
import { pageOf } from './page-of.ts';
import { once } from './prepared.ts';
import { dayMs, usageDay, usageMonth } from './roll-ups.ts';
import type { SqlDatabase } from './sql-database.ts';
import { subjectConditions } from './usage-filter.ts';
import { usageSums } from './usage-report.ts';
import { totalsOf } from './usage-totals.ts';

const longestPage = 10_000;

/** Reads bills from the usage by month, or by day where not all of a month is asked for. */
export function statementLines({ query, read }: SqlDatabase): LedgerStore['statementLines'] {
  return async ({ from, to, projectIds }, { first, after }) => {
    if (!Number.isSafeInteger(first) || first < 1 || first > longestPage)
      throw badInput('first', `must be from 1 to ${longestPage}`);
    if (from % dayMs !== 0 || to % dayMs !== 0) throw new TypeError('from, to: must be midnights in UTC');
    const filter = projectIds === undefined ? {} : { projectIds };
    const isMonths = monthStart(from) === from && monthStart(to) === to;
    const { table, at } = isMonths ? usageMonth : usageDay;
    const conditions = [
      sql`${sql.ref(at)} >= ${from} and ${sql.ref(at)} < ${to} and provider_id <> ''`,
      ...subjectConditions(query, table, filter),
    ];
    if (after !== undefined) {
      const [project, provider, model] = decodeCursor('statement', ['string', 'string', 'string'], after);
      conditions.push(sql`(project_id, provider_id, model_id) > (${project}, ${provider}, ${model})`);
    }
    const lines = sql`
      select project_id, provider_id, model_id, ${usageSums} from ${sql.table(table)}
      where ${sql.join(conditions, sql` and `)}
      group by project_id, provider_id, model_id
      order by project_id, provider_id, model_id
      limit ${sql.lit(first + 1)}`;
    const [rows = []] = await read([once({ compile: () => lines.compile(query) })], 'report');
    return pageOf(rows, first, row => {
      const node: StatementLine = {
        projectId: String(row.project_id),
        providerId: String(row.provider_id),
        modelId: String(row.model_id),
        usage: totalsOf(row),
      };
      return { cursor: encodeCursor('statement', [node.projectId, node.providerId, node.modelId]), node };
    });
  };
}
