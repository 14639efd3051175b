import { sql } from 'kysely';
import type { CompletionStatus } from '../../model/completion.ts';
import type { LedgerStore, RecordedRequest, UsageFilter } from '../ledger-store.ts';
import { attemptSpan } from './attempt-window.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import type { SeenEndpoint } from './endpoint-version.ts';
import { fromJson } from './json.ts';
import { checkPageSize, pageOf } from './page-of.ts';
import { once } from './prepared.ts';
import { forgetLevels, noteAmounts } from './purged-amounts.ts';
import { readRoute } from './route-record.ts';
import { endpointsOf } from './seen-endpoints.ts';
import type { SqlCall, SqlDatabase, SqlRow } from './sql-database.ts';
import { subjectConditions, triedEndpoint } from './usage-filter.ts';

/** The last digits of a UUIDv7 are random: as many values as four hexadecimal digits have. */
const tailValues = 65_536;
const purgeBatch = 500;

type RecordReading = Pick<LedgerStore, 'countRequests' | 'recordedRequests' | 'purgeFacts'>;

/** Longer than a node may be away and come back with its journal. */
const tombstoneMs = 60 * 86_400_000;

/**
 * Reads the facts of completions to judge them anew, and deletes those whose time has passed.
 *
 * @param takesJournals Remembers for some weeks which completions were purged, by their ids alone, so that no journal brings
 * one back or books it again.
 */
export function recordedRequests(database: SqlDatabase, takesJournals = false): RecordReading {
  const { query, read, write } = database;

  async function rowsOf(call: SqlCall): Promise<readonly SqlRow[]> {
    return (await read([call], 'report'))[0] ?? [];
  }

  function matching(filter: UsageFilter) {
    return query
      .selectFrom('completion')
      .where('created_at', '>=', filter.from ?? 0)
      .where('created_at', '<', filter.to ?? Number.MAX_SAFE_INTEGER)
      .where('completion_status', '<>', sql.lit('RUNNING'))
      .where(({ and }) => and([...subjectConditions(query, 'completion', filter), ...triedEndpoint(query, filter)]));
  }

  function buried(rows: readonly SqlRow[], now: number) {
    const values = rows.map(({ created_at, id }) => ({
      created_at: Number(created_at),
      id: String(id),
      purged_at: now,
    }));
    return query
      .insertInto('purged_completion')
      .values(values)
      .onConflict(clash => clash.doNothing());
  }

  return {
    async countRequests(filter) {
      const [row] = await rowsOf(once(matching(filter).select(sql<bigint>`count(*)`.as('count'))));
      return Number(row?.count ?? 0);
    },
    async recordedRequests(filter, oneOf, page) {
      const first = checkPageSize(page);
      let select = matching(filter)
        .selectAll()
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(first + 1);
      if (oneOf > 1) {
        const bound = Math.max(1, Math.floor(tailValues / oneOf))
          .toString(16)
          .padStart(4, '0');
        select = select.where(sql<string>`substr(id, 33, 4)`, '<', bound);
      }
      if (page.after !== undefined) {
        const [at, id] = decodeCursor('recorded', ['number', 'string'], page.after);
        select = select.where(({ eb, refTuple, tuple }) =>
          eb(refTuple('created_at', 'id'), '<', tuple<number | bigint, string>(Number(at), String(id))),
        );
      }
      const rows = await rowsOf(once(select));
      const endpoints = await endpointsOf(database, rows);
      return pageOf(rows, first, row => {
        const node = recordOf(row, endpoints);
        return { cursor: encodeCursor('recorded', [node.createdAt, node.id]), node };
      });
    },
    async purgeFacts(now) {
      const due = query
        .selectFrom('completion')
        .select(['created_at', 'id'])
        .where('facts_until', '<=', now)
        .where('completion_status', '<>', sql.lit('RUNNING'))
        .orderBy('facts_until')
        .limit(purgeBatch);
      let purged = 0;
      await write(forgetLevels(database, now));
      if (takesJournals) {
        await write([once(query.deleteFrom('purged_completion').where('purged_at', '<', now - tombstoneMs))]);
      }
      for (;;) {
        const rows = await rowsOf(once(due));
        if (rows.length === 0) return purged;
        const ids = rows.map(({ id }) => String(id));
        const created = rows.map(({ created_at }) => Number(created_at));
        const { from, before } = attemptSpan(Math.min(...created), Math.max(...created));
        const attempts = query
          .selectFrom('attempt')
          .select(['started_at', 'id'])
          .where('completion_id', 'in', ids)
          .where('started_at', '>=', from)
          .where('started_at', '<', before);
        await write([
          ...noteAmounts(
            database,
            rows.map(row => ({ id: String(row.id), createdAt: Number(row.created_at) })),
          ),
          ...(takesJournals ? [once(buried(rows, now))] : []),
          once(query.deleteFrom('adopted_completion').where('created_at', 'in', created).where('id', 'in', ids)),
          once(
            query
              .deleteFrom('attempt_correction')
              .where(({ eb, refTuple }) =>
                eb(refTuple('attempt_started_at', 'attempt_id'), 'in', attempts.$asTuple('started_at', 'id')),
              ),
          ),
          once(
            query
              .deleteFrom('attempt')
              .where('completion_id', 'in', ids)
              .where('started_at', '>=', from)
              .where('started_at', '<', before),
          ),
          once(query.deleteFrom('completion').where('created_at', 'in', created).where('id', 'in', ids)),
        ]);
        purged += rows.length;
        if (rows.length < purgeBatch) return purged;
      }
    },
  };
}

function recordOf(row: SqlRow, endpoints: ReadonlyMap<string, SeenEndpoint>): RecordedRequest {
  return {
    id: String(row.id),
    createdAt: Number(row.created_at),
    tenantId: String(row.tenant_id),
    projectId: String(row.project_id),
    projectPath: fromJson<readonly string[]>(row.project_path),
    ...(row.api_key_id === '' ? {} : { apiKeyId: String(row.api_key_id) }),
    ...(row.user_name === '' ? {} : { user: String(row.user_name) }),
    workload: String(row.workload),
    inputModalities: fromJson<RecordedRequest['inputModalities']>(row.input_modalities),
    estimatedInputTokens: Number(row.estimated_input_tokens),
    maxOutputTokens: Number(row.max_output_tokens),
    ...(row.route === null ? {} : { route: readRoute(String(row.route), endpoints) }),
    status: String(row.completion_status) as CompletionStatus,
    ...(row.endpoint_id === null ? {} : { endpointId: String(row.endpoint_id) }),
  };
}
