import { GatewayError } from '../../errors.ts';
import type { CompletionStatus } from '../../model/completion.ts';
import {
  type ClaimAnswer,
  type IdempotencyClaim,
  type IdempotencyStore,
  type IdempotencyTimes,
  usualIdempotencyTimes,
} from '../idempotency-store.ts';
import { prepare, program } from './prepared.ts';
import type { SqlDatabase, SqlRow } from './sql-database.ts';

export interface SqlIdempotencyStoreOptions extends IdempotencyTimes {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

interface Ending {
  readonly key: string;
  readonly holder: string;
  readonly completion_id: string;
  readonly status: string;
  readonly cost: bigint;
}

interface Claiming {
  readonly key: string;
  readonly input: string;
  readonly completion_id: string;
  readonly is_logged: number;
  readonly waits_for: string;
  readonly now: number;
  readonly lease_until: number;
  readonly attended_until: number;
  readonly kept_until: number;
}

const mostLooks = 5;

/** Idempotency keys in a SQL database, by the clock of the one machine that writes to it. */
export function sqlIdempotencyStore(database: SqlDatabase, options: SqlIdempotencyStoreOptions): IdempotencyStore {
  const { now, leaseMs, keptMs, attendedMs } = { ...usualIdempotencyTimes, ...options };
  const { claimIt, renewIt, endIt, releaseIt, lookUp } = statements(database);

  async function known(key: string): Promise<SqlRow | undefined> {
    return (await database.read([lookUp({ key })], 'lookup'))[0]?.[0];
  }

  function claiming({ key, input, completionId, isLogged, waitsFor = '' }: IdempotencyClaim): Claiming {
    const at = now();
    return {
      key,
      input,
      completion_id: completionId,
      is_logged: isLogged ? 1 : 0,
      waits_for: waitsFor,
      now: at,
      lease_until: at + leaseMs,
      attended_until: at + attendedMs,
      kept_until: at + keptMs,
    };
  }

  return {
    leaseMs,
    async claim(claim) {
      for (let look = 0; look < mostLooks; look++) {
        const before = await known(claim.key);
        const row = claiming(claim);
        await database.write([claimIt(row)]);
        const answer = answerOf(claim, await known(claim.key), row.now, leftOpen(claim, before));
        if (answer !== undefined) return answer;
      }
      throw new GatewayError('STORE_UNAVAILABLE', 'The idempotency key changes hands too fast.');
    },
    async renew(claim) {
      const row = claiming(claim);
      await database.write([renewIt(row)]);
      const after = await known(claim.key);
      return {
        isHeld: after?.completion_id === claim.completionId,
        isAttended: Number(after?.attended_until ?? 0) > row.now,
      };
    },
    end: ({ key, completionId: holder }, { completionId, status, cost }) =>
      database.write([endIt({ key, holder, completion_id: completionId, status, cost })]),
    release: ({ key, completionId: holder }) => database.write([releaseIt({ key, holder })]),
  };
}

/** Who held the key without having ended. */
function leftOpen({ completionId }: IdempotencyClaim, before: SqlRow | undefined): string | undefined {
  if (before === undefined || before.status !== '' || before.completion_id === completionId) return undefined;
  return String(before.completion_id);
}

/** Undefined where the key changed hands between the write and the look. */
function answerOf(
  claim: IdempotencyClaim,
  row: SqlRow | undefined,
  now: number,
  replaced: string | undefined,
): ClaimAnswer | undefined {
  if (row === undefined) return undefined;
  if (row.input !== claim.input) return { state: 'mismatch' };
  const completionId = String(row.completion_id);
  if (row.status !== '') {
    const status = String(row.status) as CompletionStatus;
    if (status !== 'FINISHED' && completionId !== claim.waitsFor) return undefined;
    return { state: 'ended', completionId, status, cost: BigInt(String(row.cost)) };
  }
  if (completionId === claim.completionId) return { state: 'claimed', ...(replaced === undefined ? {} : { replaced }) };
  if (Number(row.lease_until) <= now) return undefined;
  return { state: 'running', completionId, isLogged: Number(row.is_logged) === 1 };
}

function statements({ query }: SqlDatabase) {
  const row = (slot: <Name extends keyof Claiming & string>(name: Name) => Claiming[Name]) => ({
    key: slot('key'),
    input: slot('input'),
    completion_id: slot('completion_id'),
    is_logged: slot('is_logged'),
    lease_until: slot('lease_until'),
    attended_until: 0,
    status: '',
    cost: 0n,
    kept_until: slot('kept_until'),
  });
  const forget = prepare<Claiming>(slot =>
    query.deleteFrom('idempotency_key').where('kept_until', '<=', slot('now')).where('lease_until', '<=', slot('now')),
  );
  const take = prepare<Claiming>(slot =>
    query
      .insertInto('idempotency_key')
      .values(row(slot))
      .onConflict(clash =>
        clash
          .column('key')
          .doUpdateSet(row(slot))
          .where('idempotency_key.input', '=', slot('input'))
          .where('idempotency_key.lease_until', '<=', slot('now'))
          .where('idempotency_key.status', '!=', 'FINISHED')
          .where(({ eb, or }) =>
            or([eb('idempotency_key.status', '=', ''), eb('idempotency_key.completion_id', '!=', slot('waits_for'))]),
          ),
      ),
  );
  const attend = prepare<Claiming>(slot =>
    query
      .updateTable('idempotency_key')
      .set({ attended_until: slot('attended_until') })
      .where('key', '=', slot('key'))
      .where('input', '=', slot('input'))
      .where('status', '=', '')
      .where('completion_id', '!=', slot('completion_id')),
  );
  const renew = prepare<Claiming>(slot =>
    query
      .insertInto('idempotency_key')
      .values(row(slot))
      .onConflict(clash =>
        clash
          .column('key')
          .doUpdateSet({ lease_until: slot('lease_until') })
          .where('idempotency_key.completion_id', '=', slot('completion_id'))
          .where('idempotency_key.status', '=', ''),
      ),
  );
  const end = prepare<Ending>(slot =>
    query
      .updateTable('idempotency_key')
      .set({ completion_id: slot('completion_id'), status: slot('status'), cost: slot('cost'), lease_until: 0 })
      .where('key', '=', slot('key'))
      .where('completion_id', '=', slot('holder')),
  );
  const release = prepare<Pick<Ending, 'key' | 'holder'>>(slot =>
    query
      .deleteFrom('idempotency_key')
      .where('key', '=', slot('key'))
      .where('completion_id', '=', slot('holder'))
      .where('status', '=', ''),
  );
  const look = prepare<Pick<Ending, 'key'>>(slot =>
    query.selectFrom('idempotency_key').selectAll().where('key', '=', slot('key')),
  );
  return {
    claimIt: program(forget, take, attend),
    renewIt: program(renew),
    endIt: program(end),
    releaseIt: program(release),
    lookUp: program(look),
  };
}
