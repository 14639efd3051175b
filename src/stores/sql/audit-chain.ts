import { randomUUID } from 'node:crypto';
import { GatewayError } from '../../errors.ts';
import type { AuditAct } from '../../model/audit.ts';
import { firstPreviousHash, hashAuditEntry } from '../audit-hash.ts';
import type { AuditHead } from '../audit-store.ts';
import { once } from './prepared.ts';
import type { SqlCall, SqlDatabase, SqlRow } from './sql-database.ts';

/** A command beside the server may write at the same moment: the slower one reads the head again. */
const mostTries = 20;

/** Writes acts together with what they did. */
export interface AuditChain {
  /**
   * Adds entries for the acts and applies the calls, all in one transaction or nothing.
   *
   * @throws {GatewayError} CONFLICT where a call met what it must not meet; STORE_UNAVAILABLE.
   */
  write(acts: readonly AuditAct[], calls: readonly SqlCall[]): Promise<void>;
  head(): Promise<AuditHead>;
}

/** @param now Milliseconds since the epoch. */
export function auditChain({ query, write, writeOn, read }: SqlDatabase, now: () => number): AuditChain {
  const newest = query.selectFrom('audit_entry').select(['number', 'hash']).orderBy('number', 'desc').limit(1);
  let last: Promise<unknown> = Promise.resolve();

  async function head(): Promise<AuditHead> {
    const [rows = []] = await read([once(newest)], 'lookup');
    return headOf(rows);
  }

  function entryCalls(acts: readonly KeptAct[], before: AuditHead): readonly SqlCall[] {
    let { number, hash: previousHash } = before;
    return acts.map(({ actor, action, target, tenantId, change }) => {
      const entry = { previousHash, id: randomUUID(), at: now(), actor, action, target, change };
      const hash = hashAuditEntry(entry);
      number += 1;
      const row = {
        number,
        id: entry.id,
        tenant_id: tenantId,
        occurred_at: entry.at,
        actor,
        action,
        target,
        change: JSON.stringify(change),
        previous_hash: previousHash,
        hash,
      };
      previousHash = hash;
      return once(query.insertInto('audit_entry').values(row));
    });
  }

  async function append(acts: readonly KeptAct[], calls: readonly SqlCall[]): Promise<void> {
    if (writeOn !== undefined) {
      return await writeOn(once(newest), rows => [...entryCalls(acts, headOf(rows)), ...calls]);
    }
    for (let tries = 1; ; tries += 1) {
      const before = await head();
      try {
        return await write([...entryCalls(acts, before), ...calls]);
      } catch (fault) {
        const isConflict = fault instanceof GatewayError && fault.code === 'CONFLICT';
        // Another node may have been faster; where the head still stands, the conflict is the act's own.
        if (!isConflict || tries === mostTries || (await head()).hash === before.hash) throw fault;
      }
    }
  }

  return {
    head,
    write(acts, calls) {
      // One after the other: acts are rare, and each builds on the one before.
      const written = last.then(() => append(acts.map(asKept), calls));
      last = written.catch(() => {});
      return written;
    },
  };
}

type KeptAct = Required<AuditAct>;

function headOf([row]: readonly SqlRow[]): AuditHead {
  return row === undefined
    ? { number: 0, hash: firstPreviousHash }
    : { number: Number(row.number), hash: String(row.hash) };
}

/**
 * As it will be read: a hash over anything else could not be verified. No database keeps halves of characters, and PostgreSQL
 * no NUL; in `change` both are written out.
 */
function asKept({ actor, action, target, tenantId = '', change }: AuditAct): KeptAct {
  const kept = (text: string) => text.toWellFormed().replaceAll('\0', '\ufffd');
  return {
    actor: kept(actor),
    action: kept(action),
    target: kept(target),
    tenantId: kept(tenantId),
    change: JSON.parse(JSON.stringify(change)) as AuditAct['change'],
  };
}
