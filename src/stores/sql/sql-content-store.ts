import { type ExpressionBuilder, type SqlBool, sql } from 'kysely';
import { GatewayError } from '../../errors.ts';
import type { ContentHold, ContentStore, KeptContent } from '../content-store.ts';
import type { AuditChain } from './audit-chain.ts';
import { fromJson } from './json.ts';
import { demand, once } from './prepared.ts';
import { sharedFactWrites } from './shared-facts.ts';
import type { SqlCall, SqlDatabase, SqlRow } from './sql-database.ts';
import type { Tables } from './tables.ts';

/** Deleted in one transaction: others may write between two. */
const batchSize = 500;
const idsPerStatement = 500;
const contentColumns = [
  'completion_id',
  'created_at',
  'tenant_id',
  'project_id',
  'project_path',
  'api_key_id',
  'user_name',
  'keep_until',
  'prompt',
  'answer',
] as const;

/** Prompts and answers in a SQL database. */
export function sqlContentStore({ query, read, write, scrub }: SqlDatabase, chain: AuditChain): ContentStore {
  const lineage = sharedFactWrites(query).lineage;
  /** A scrub that failed, or that a process before this one did not live to see, is made up for by the next. */
  let deletions = 1;
  let scrubbed = 0;
  const ancestors = query
    .selectFrom('project_lineage')
    .select('ancestor_id')
    .whereRef('project_lineage.project_path', '=', sql.ref('content.project_path'));

  async function rowsOf(call: SqlCall): Promise<readonly SqlRow[]> {
    return (await read([call], 'report'))[0] ?? [];
  }

  /** A hold for this row: of any project or one that holds its own, of any user or its own. */
  function isHeld({ exists }: ExpressionBuilder<Tables, 'content'>) {
    return exists(
      query
        .selectFrom('content_hold as hold')
        .select('hold.id')
        .where(
          sql<SqlBool>`(hold.user_name = '' or hold.user_name = content.user_name) and
            (hold.project_id = '' or exists ${ancestors.whereRef('ancestor_id', '=', sql.ref('hold.project_id'))})`,
        ),
    );
  }

  function isWithin(within: readonly string[]) {
    return sql<SqlBool>`exists ${ancestors.where('ancestor_id', 'in', within)}`;
  }

  /** Deletes what no hold names, those included that came since the ids were read. @returns How many. */
  async function remove(ids: readonly string[]): Promise<number> {
    if (ids.length === 0) return 0;
    deletions += 1;
    const named = query.deleteFrom('content').where('completion_id', 'in', ids);
    await write([once(named.where(eb => eb.not(isHeld(eb))))]);
    const left = await rowsOf(
      once(query.selectFrom('content').select('completion_id').where('completion_id', 'in', ids)),
    );
    return ids.length - left.length;
  }

  async function removeAll(next: () => Promise<readonly string[]>): Promise<number> {
    let removed = 0;
    for (;;) {
      const ids = await next();
      removed += await remove(ids);
      if (ids.length < batchSize) break;
    }
    if (scrubbed < deletions) {
      const upTo = deletions;
      await scrub();
      scrubbed = Math.max(scrubbed, upTo);
    }
    return removed;
  }

  const idsOf = (rows: readonly SqlRow[]) => rows.map(row => String(row.completion_id));

  return {
    async keep(content) {
      const row = rowOf(content);
      const path = new Set([...content.projectPath, content.projectId]);
      await write([
        ...[...path].map(ancestor => lineage({ project_path: row.project_path, ancestor_id: ancestor })),
        once(
          query
            .insertInto('content')
            .values(row)
            .onConflict(clash => clash.doNothing()),
        ),
      ]);
    },
    async contents(completionIds, now) {
      const found = new Map<string, KeptContent>();
      for (let start = 0; start < completionIds.length; start += idsPerStatement) {
        const some = completionIds.slice(start, start + idsPerStatement);
        const select = query
          .selectFrom('content')
          .select(contentColumns)
          .where('completion_id', 'in', some)
          .where('keep_until', '>', now);
        for (const row of await rowsOf(once(select))) found.set(String(row.completion_id), contentOf(row));
      }
      return completionIds.map(id => found.get(id));
    },
    purge(now) {
      const due = query
        .selectFrom('content')
        .select('completion_id')
        .where('keep_until', '<=', now)
        .where(eb => eb.not(isHeld(eb)))
        .orderBy('keep_until')
        .limit(batchSize);
      return removeAll(async () => idsOf(await rowsOf(once(due))));
    },
    async erase(user, within, act) {
      // Written first: that it was asked for is known, whatever happens then.
      await chain.write([act], []);
      let own = query.selectFrom('content').where('user_name', '=', user);
      if (within !== undefined) {
        if (within.length === 0) return { erased: 0, held: 0 };
        own = own.where(isWithin(within));
      }
      const free = own
        .select('completion_id')
        .where(eb => eb.not(isHeld(eb)))
        .limit(batchSize);
      const erased = await removeAll(async () => idsOf(await rowsOf(once(free))));
      const [held] = await rowsOf(once(own.select(sql<bigint>`count(*)`.as('count')).where(isHeld)));
      return { erased, held: Number(held?.count ?? 0) };
    },
    async addHold({ id, projectId = '', user = '', createdAt, createdBy }, act) {
      const row = { id, project_id: projectId, user_name: user, created_at: createdAt, created_by: createdBy };
      await chain.write([act], [once(query.insertInto('content_hold').values(row))]);
    },
    async removeHold(id, act) {
      const stands = query.selectFrom('content_hold').select('id').where('id', '=', id);
      try {
        await chain.write([act], [demand(stands), once(query.deleteFrom('content_hold').where('id', '=', id))]);
      } catch (fault) {
        if (!(fault instanceof GatewayError && fault.code === 'CONFLICT')) throw fault;
        throw new GatewayError('NOT_FOUND', 'There is no such hold.', { cause: fault });
      }
    },
    async holds() {
      const select = query.selectFrom('content_hold').selectAll().orderBy('created_at').orderBy('id');
      return (await rowsOf(once(select))).map(holdOf);
    },
  };
}

function rowOf(content: KeptContent) {
  return {
    completion_id: content.completionId,
    created_at: content.createdAt,
    tenant_id: content.tenantId,
    project_id: content.projectId,
    project_path: JSON.stringify(content.projectPath),
    api_key_id: content.apiKeyId ?? '',
    user_name: content.user ?? '',
    keep_until: content.keepUntil,
    prompt: content.prompt,
    answer: content.answer,
  };
}

function contentOf(row: SqlRow): KeptContent {
  return {
    completionId: String(row.completion_id),
    createdAt: Number(row.created_at),
    tenantId: String(row.tenant_id),
    projectId: String(row.project_id),
    projectPath: fromJson<readonly string[]>(row.project_path),
    ...(row.api_key_id === '' ? {} : { apiKeyId: String(row.api_key_id) }),
    ...(row.user_name === '' ? {} : { user: String(row.user_name) }),
    keepUntil: Number(row.keep_until),
    prompt: String(row.prompt),
    answer: String(row.answer),
  };
}

function holdOf(row: SqlRow): ContentHold {
  return {
    id: String(row.id),
    ...(row.project_id === '' ? {} : { projectId: String(row.project_id) }),
    ...(row.user_name === '' ? {} : { user: String(row.user_name) }),
    createdAt: Number(row.created_at),
    createdBy: String(row.created_by),
  };
}
