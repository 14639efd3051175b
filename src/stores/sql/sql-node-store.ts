import { type Expression, type SqlBool, sql } from 'kysely';
import { GatewayError } from '../../errors.ts';
import type { NodeProcess, NodeState, NodeStore } from '../node-store.ts';
import { isPostgres } from './dialect.ts';
import { demand, once } from './prepared.ts';
import type { SqlDatabase, SqlRow } from './sql-database.ts';

/** The nodes of an installation in a SQL database. */
export function sqlNodeStore({ query, write, read }: SqlDatabase): NodeStore {
  // Of the moment, not of the transaction, which may have waited.
  const now = isPostgres(query)
    ? sql<bigint>`(extract(epoch from clock_timestamp()) * 1000)::bigint`
    : sql<bigint>`cast(unixepoch('subsec') * 1000 as integer)`;

  function enter({ id, bootId, address = '', policyVersion, accessVersion }: NodeProcess) {
    const shown = { address, policy_version: policyVersion, access_version: accessVersion, seen_at: now };
    return once(
      query
        .insertInto('node')
        .values({ boot_id: bootId, id, started_at: now, stopped_at: null, ...shown })
        .onConflict(clash => clash.column('boot_id').doUpdateSet(shown)),
    );
  }

  return {
    async join(node, silentMs) {
      const rival = query
        .selectFrom('node')
        .select('boot_id')
        .where('id', '=', node.id)
        .where('boot_id', '!=', node.bootId)
        .where('stopped_at', 'is', null)
        .where(isSilentFor(silentMs, '<='));
      const isFree = query.selectNoFrom(sql.lit(1).as('free')).where(({ not, exists }) => not(exists(rival)));
      try {
        await write([demand(isFree), enter(node)]);
      } catch (fault) {
        if (!(fault instanceof GatewayError) || fault.code !== 'CONFLICT') throw fault;
        throw new GatewayError('CONFLICT', 'another process of this id lives', { cause: fault });
      }
    },
    beat: node => write([enter(node)]),
    stop: bootId => write([once(query.updateTable('node').set({ stopped_at: now }).where('boot_id', '=', bootId))]),
    async list() {
      const select = query
        .selectFrom('node')
        .selectAll()
        .select(sql<bigint>`${now} - seen_at`.as('silent_ms'))
        .orderBy('started_at')
        .orderBy('boot_id');
      const [rows = []] = await read([once(select)], 'lookup');
      return rows.map(stateOf);
    },
    remove: silentMs => write([once(query.deleteFrom('node').where(isSilentFor(silentMs, '>')))]),
  };

  function isSilentFor(silentMs: number, how: '<=' | '>'): Expression<SqlBool> {
    return sql<SqlBool>`abs(${now} - seen_at) ${sql.raw(how)} ${BigInt(silentMs)}`;
  }
}

function stateOf(row: SqlRow): NodeState {
  return {
    id: String(row.id),
    bootId: String(row.boot_id),
    ...(row.address === '' ? {} : { address: String(row.address) }),
    policyVersion: Number(row.policy_version),
    accessVersion: Number(row.access_version),
    startedAt: Number(row.started_at),
    silentMs: Number(row.silent_ms),
    ...(row.stopped_at === null ? {} : { stoppedAt: Number(row.stopped_at) }),
  };
}
