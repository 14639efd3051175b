import type { AuditEntry } from '../../model/audit.ts';
import type { AuditStore } from '../audit-store.ts';
import type { AuditChain } from './audit-chain.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { fromJson } from './json.ts';
import { checkPageSize, pageOf } from './page-of.ts';
import { once } from './prepared.ts';
import type { SqlDatabase, SqlRow } from './sql-database.ts';

/** The audit log in a SQL database. */
export function sqlAuditStore({ query, read }: SqlDatabase, chain: AuditChain): AuditStore {
  return {
    append: acts => (acts.length === 0 ? Promise.resolve() : chain.write(acts, [])),
    head: chain.head,
    async listEntries(tenantIds, page) {
      const first = checkPageSize(page);
      let select = query
        .selectFrom('audit_entry')
        .selectAll()
        .orderBy('number', 'desc')
        .limit(first + 1);
      if (page.after !== undefined) {
        const [number] = decodeCursor('audit', ['number'], page.after);
        select = select.where('number', '<', Number(number));
      }
      if (tenantIds !== undefined) {
        if (tenantIds.length === 0) return { entries: [], hasNextPage: false };
        select = select.where('tenant_id', 'in', tenantIds);
      }
      const [rows = []] = await read([once(select)], 'report');
      return pageOf(rows, first, row => {
        const node = entryOf(row);
        return { cursor: encodeCursor('audit', [node.number]), node };
      });
    },
  };
}

function entryOf(row: SqlRow): AuditEntry {
  return {
    number: Number(row.number),
    id: String(row.id),
    at: Number(row.occurred_at),
    actor: String(row.actor),
    action: String(row.action),
    target: String(row.target),
    ...(row.tenant_id === '' ? {} : { tenantId: String(row.tenant_id) }),
    change: fromJson<AuditEntry['change']>(row.change),
    previousHash: String(row.previous_hash),
    hash: String(row.hash),
  };
}
