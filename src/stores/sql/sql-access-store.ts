import { type SqlBool, sql } from 'kysely';
import { GatewayError } from '../../errors.ts';
import type { AccessRole } from '../../model/principal.ts';
import type { ApiKey, Project } from '../../model/project.ts';
import type { AccessStore, StoredApiKey } from '../access-store.ts';
import type { AuditChain } from './audit-chain.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { checkPageSize, pageOf } from './page-of.ts';
import { demand, once, prepare, program } from './prepared.ts';
import type { SqlCall, SqlDatabase, SqlRow } from './sql-database.ts';

/** Parents stand before their children and never change, so paths are finite; this only bounds a damaged database. */
const pathLimit = 100;
const idsPerStatement = 500;

/** Projects and API keys in a SQL database. */
export function sqlAccessStore({ query, write, read }: SqlDatabase, chain: AuditChain): AccessStore {
  const keyByHash = program(
    prepare<{ hash: Uint8Array }>(slot =>
      query.selectFrom('api_key').selectAll().where('secret_hash', '=', slot('hash')),
    ),
  );

  const version = query.selectFrom('access_version').select('version');
  const countChange = () =>
    once(query.updateTable('access_version').set({ version: sql<bigint>`version + 1` }).where('one', '=', 1));

  async function rowsOf(statement: SqlCall): Promise<readonly SqlRow[]> {
    const [rows = []] = await read([statement], 'lookup');
    return rows;
  }

  async function byIds<T extends { readonly id: string }>(
    table: 'project' | 'api_key',
    ids: readonly string[],
    readRow: (row: SqlRow) => T,
  ): Promise<readonly (T | undefined)[]> {
    const found = new Map<string, T>();
    for (let start = 0; start < ids.length; start += idsPerStatement) {
      const some = ids.slice(start, start + idsPerStatement);
      for (const row of await rowsOf(once(query.selectFrom(table).selectAll().where('id', 'in', some)))) {
        const entry = readRow(row);
        found.set(entry.id, entry);
      }
    }
    return ids.map(id => found.get(id));
  }

  async function projectPaths(ids: readonly string[]): Promise<readonly (readonly string[])[]> {
    const paths = new Map<string, string[]>();
    const asked = [...new Set(ids)];
    for (let start = 0; start < asked.length; start += idsPerStatement) {
      for (const { start_id, id } of await rowsOf(pathsUpwards(asked.slice(start, start + idsPerStatement)))) {
        const path = paths.get(String(start_id)) ?? [];
        path.push(String(id));
        paths.set(String(start_id), path);
      }
    }
    return ids.map(id => paths.get(id) ?? []);
  }

  /** A row for each project on the way from each of these up to its tenant, the lowest first. */
  function pathsUpwards(ids: readonly string[]): SqlCall {
    return once(
      query
        .withRecursive('above(start_id, id, parent_id, depth)', db =>
          db
            .selectFrom('project')
            .select(['id as start_id', 'id', 'parent_id', sql<number>`0`.as('depth')])
            .where('id', 'in', ids)
            .unionAll(
              db
                .selectFrom('project')
                .innerJoin('above', 'above.parent_id', 'project.id')
                .select(['above.start_id', 'project.id', 'project.parent_id', sql<number>`above.depth + 1`.as('depth')])
                .where(sql<SqlBool>`above.depth < ${sql.lit(pathLimit)}`),
            ),
        )
        .selectFrom('above')
        .select(['start_id', 'id'])
        .orderBy('depth'),
    );
  }

  return {
    async version() {
      const [row] = await rowsOf(once(version));
      return Number(row?.version ?? 0);
    },

    async changesSince(before) {
      const revoked = query.selectFrom('api_key').select('id').where('revoked_version', '>', before);
      const [versions = [], keys = []] = await read([once(version), once(revoked)], 'lookup');
      return { version: Number(versions[0]?.version ?? 0), revokedKeyIds: keys.map(({ id }) => String(id)) };
    },

    async createProject({ id, name, parentId, workloads, createdAt }, act) {
      const insert = query.insertInto('project').values({
        id,
        name,
        parent_id: parentId ?? null,
        workloads: workloads === undefined ? null : JSON.stringify(workloads),
        created_at: createdAt,
      });
      const calls = [once(insert), countChange()];
      await (act === undefined ? write(calls) : chain.write([act], calls));
    },

    projects: ids => byIds('project', ids, projectOf),

    async listProjects(within, page) {
      const first = checkPageSize(page);
      let select = query
        .selectFrom('project')
        .selectAll()
        .orderBy('id')
        .limit(first + 1);
      if (page.after !== undefined) {
        const [id] = decodeCursor('projects', ['string'], page.after);
        select = select.where('id', '>', String(id));
      }
      if (within !== undefined) {
        if (within.length === 0) return { entries: [], hasNextPage: false };
        const below = query
          .withRecursive('below(id)', db =>
            db
              .selectFrom('project')
              .select('id')
              .where('id', 'in', within)
              .union(db.selectFrom('project').innerJoin('below', 'below.id', 'project.parent_id').select('project.id')),
          )
          .selectFrom('below')
          .select('id');
        select = select.where('id', 'in', below);
      }
      const rows = await rowsOf(once(select));
      return pageOf(rows, first, row => {
        const node = projectOf(row);
        return { cursor: encodeCursor('projects', [node.id]), node };
      });
    },

    projectPath: async id => (await projectPaths([id]))[0] ?? [],

    projectPaths,

    createApiKey: ({ apiKey, secretHash }, act) =>
      chain.write(
        [act],
        [
          once(
            query.insertInto('api_key').values({
              id: apiKey.id,
              name: apiKey.name,
              prefix: apiKey.prefix,
              project_id: apiKey.projectId,
              role: apiKey.role,
              workloads: apiKey.workloads === undefined ? null : JSON.stringify(apiKey.workloads),
              created_at: apiKey.createdAt,
              expires_at: apiKey.expiresAt ?? null,
              revoked_at: apiKey.revokedAt ?? null,
              last_used_at: apiKey.lastUsedAt ?? null,
              secret_hash: secretHash,
            }),
          ),
          countChange(),
        ],
      ),

    apiKeys: ids => byIds('api_key', ids, apiKeyOf),

    async apiKeyByHash(secretHash): Promise<StoredApiKey | undefined> {
      const [row] = await rowsOf(keyByHash({ hash: secretHash }));
      if (row === undefined || !(row.secret_hash instanceof Uint8Array)) return undefined;
      return { apiKey: apiKeyOf(row), secretHash: row.secret_hash };
    },

    async listApiKeys(projectId, page) {
      const first = checkPageSize(page);
      let select = query
        .selectFrom('api_key')
        .selectAll()
        .where('project_id', '=', projectId)
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(first + 1);
      if (page.after !== undefined) {
        const [at, id] = decodeCursor('api-keys', ['number', 'string'], page.after);
        select = select.where(({ eb, refTuple, tuple }) =>
          eb(refTuple('created_at', 'id'), '<', tuple<number | bigint, string>(Number(at), String(id))),
        );
      }
      const rows = await rowsOf(once(select));
      return pageOf(rows, first, row => {
        const node = apiKeyOf(row);
        return { cursor: encodeCursor('api-keys', [node.createdAt, node.id]), node };
      });
    },

    async revokeApiKey(id, at, act) {
      const [before] = await byIds('api_key', [id], apiKeyOf);
      if (before === undefined || before.revokedAt !== undefined) return before;
      const stands = query.selectFrom('api_key').select('id').where('id', '=', id).where('revoked_at', 'is', null);
      const revoke = query
        .updateTable('api_key')
        .set({ revoked_at: at, revoked_version: version })
        .where('id', '=', id);
      try {
        await chain.write([act], [demand(stands), countChange(), once(revoke)]);
      } catch (fault) {
        // Somebody else revoked it meanwhile: that act has its entry, and this one did nothing.
        if (!(fault instanceof GatewayError && fault.code === 'CONFLICT')) throw fault;
      }
      const [found] = await byIds('api_key', [id], apiKeyOf);
      return found;
    },

    async touchApiKeys(uses) {
      const touches = [...uses].map(([id, at]) =>
        once(
          query
            .updateTable('api_key')
            .set({ last_used_at: at })
            .where('id', '=', id)
            .where(({ eb, or }) => or([eb('last_used_at', 'is', null), eb('last_used_at', '<', at)])),
        ),
      );
      if (touches.length > 0) await write(touches);
    },
  };
}

function projectOf(row: SqlRow): Project {
  return {
    id: String(row.id),
    name: String(row.name),
    ...(row.parent_id === null ? {} : { parentId: String(row.parent_id) }),
    ...workloadsOf(row),
    createdAt: Number(row.created_at),
  };
}

function apiKeyOf(row: SqlRow): ApiKey {
  return {
    id: String(row.id),
    name: String(row.name),
    prefix: String(row.prefix),
    projectId: String(row.project_id),
    role: String(row.role) as AccessRole,
    ...workloadsOf(row),
    createdAt: Number(row.created_at),
    ...(row.expires_at === null ? {} : { expiresAt: Number(row.expires_at) }),
    ...(row.revoked_at === null ? {} : { revokedAt: Number(row.revoked_at) }),
    ...(row.last_used_at === null ? {} : { lastUsedAt: Number(row.last_used_at) }),
  };
}

function workloadsOf(row: SqlRow): { readonly workloads?: readonly string[] } {
  return row.workloads === null ? {} : { workloads: JSON.parse(String(row.workloads)) as readonly string[] };
}
