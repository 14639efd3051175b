import type { Completion } from '../../model/completion.ts';
import type { LedgerStore } from '../ledger-store.ts';
import { attemptSpan } from './attempt-window.ts';
import { completionOf } from './completion-of.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { heldFact, isHeldCorrection } from './held-outcome.ts';
import { checkPageSize, pageOf } from './page-of.ts';
import { once } from './prepared.ts';
import { endpointsOf } from './seen-endpoints.ts';
import type { SqlCall, SqlDatabase, SqlRow } from './sql-database.ts';
import { subjectConditions, triedEndpoint } from './usage-filter.ts';
import { uuidInstant } from './uuid-instant.ts';

const chunkSize = 500;
/** What a correction replaces, as a whole. */
const corrected = [
  'outcome',
  'status',
  'error',
  'duration_ms',
  'first_token_ms',
  'input_tokens',
  'output_tokens',
  'reasoning_tokens',
  'cached_input_tokens',
  'cache_write_tokens',
  'cache_write_long_tokens',
  'cost',
  'is_estimated',
] as const;

/** Reads completions back from the ledger, without content. */
export function completionReader(database: SqlDatabase): Pick<LedgerStore, 'completions' | 'listCompletions'> {
  const { query, read } = database;

  async function rowsOf(statement: SqlCall): Promise<readonly SqlRow[]> {
    const [rows = []] = await read([statement], 'report');
    return rows;
  }

  /** Attempts are read after their completions, so that none is missing that a completion counts. */
  async function rebuild(rows: readonly SqlRow[]): Promise<readonly Completion[]> {
    if (rows.length === 0) return [];
    const created = rows.map(row => Number(row.created_at));
    const { from, before } = attemptSpan(Math.min(...created), Math.max(...created));
    const attempts = await rowsOf(
      once(
        query
          .selectFrom('attempt')
          .leftJoin('attempt_correction as correction', join => join.on(isHeldCorrection))
          .select(['attempt.id', 'attempt.completion_id', 'attempt.started_at', 'attempt.endpoint_id'])
          .select(corrected.map(name => heldFact(name).as(name)))
          .where(
            'attempt.completion_id',
            'in',
            rows.map(row => String(row.id)),
          )
          .where('attempt.started_at', '>=', from)
          .where('attempt.started_at', '<', before)
          .where('attempt.outcome', 'is not', null)
          .orderBy('attempt.started_at')
          .orderBy('attempt.id'),
      ),
    );
    const byCompletion = Map.groupBy(attempts, row => String(row.completion_id));
    const endpoints = await endpointsOf(database, rows);
    return rows.map(row => completionOf(row, byCompletion.get(String(row.id)) ?? [], endpoints));
  }

  return {
    async completions(ids) {
      const known = [...new Set(ids)].filter(id => uuidInstant(id) !== undefined);
      const found = new Map<string, Completion>();
      for (let start = 0; start < known.length; start += chunkSize) {
        const some = known.slice(start, start + chunkSize);
        const instants = some.map(id => uuidInstant(id) ?? 0);
        const rows = await rowsOf(
          once(query.selectFrom('completion').selectAll().where('created_at', 'in', instants).where('id', 'in', some)),
        );
        for (const completion of await rebuild(rows)) found.set(completion.id, completion);
      }
      return ids.map(id => found.get(id));
    },

    async listCompletions(filter, page) {
      const first = checkPageSize(page);
      let select = query
        .selectFrom('completion')
        .selectAll()
        .where(({ and }) => and([...subjectConditions(query, 'completion', filter), ...triedEndpoint(query, filter)]))
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(first + 1);
      if (filter.from !== undefined) select = select.where('created_at', '>=', filter.from);
      if (filter.to !== undefined) select = select.where('created_at', '<', filter.to);
      if (page.after !== undefined) {
        const [at, id] = decodeCursor('completions', ['number', 'string'], page.after);
        select = select.where(({ eb, refTuple, tuple }) =>
          eb(refTuple('created_at', 'id'), '<', tuple<number | bigint, string>(Number(at), String(id))),
        );
      }
      const rows = await rowsOf(once(select));
      const nodes = await rebuild(rows.slice(0, first));
      const { hasNextPage } = pageOf(rows, first, row => ({ cursor: '', node: row }));
      return {
        entries: nodes.map(node => ({ cursor: encodeCursor('completions', [node.createdAt, node.id]), node })),
        hasNextPage,
      };
    },
  };
}
