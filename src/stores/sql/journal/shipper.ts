import { GatewayError } from '../../../errors.ts';
import type { Clock } from '../../../model/clock.ts';
import { outcomeColumns } from '../ledger-columns.ts';
import type { outcomeRow } from '../ledger-rows.ts';
import { ledgerSteps, ledgerWrites } from '../ledger-writes.ts';
import { monthStart } from '../months.ts';
import { once } from '../prepared.ts';
import type { SqlDatabase, SqlRow } from '../sql-database.ts';
import type { BookingGate } from './booking-gate.ts';
import type { JournalClearing } from './clear-journal.ts';
import { type CompletionKey, type SharedMarks, type Shipment, shipmentReader } from './read-shipment.ts';
import { replaceAdopted } from './replace-adopted.ts';
import { shipWrites } from './ship-writes.ts';

export interface ShipperOptions {
  /** The node's own, in SQLite. */
  readonly journal: SqlDatabase;
  /** What all nodes share, in PostgreSQL. */
  readonly shared: SqlDatabase;
  readonly clock: Clock;
  readonly clearing: JournalClearing;
  readonly gate: BookingGate;
  /** Told of a completion that the shared ledger refuses to take. */
  readonly onRefused: (completionId: string, reason: string) => void;
  /** Told of what is in the shared ledger now, and no longer in the journal. */
  readonly onShipped: (keys: readonly CompletionKey[]) => void;
}

/** Ships chosen completions from a journal to the shared ledger. */
export interface Shipper {
  /**
   * Ships them and deletes them from the journal. One that the shared ledger refuses is set aside, and the others shipped.
   *
   * @returns How many stay to be shipped again, because they were corrected meanwhile.
   * @throws {GatewayError} STORE_UNAVAILABLE where one of the databases is away; some of them may be shipped.
   */
  ship(keys: readonly CompletionKey[]): Promise<number>;
}

type OutcomeRow = ReturnType<typeof outcomeRow>;

/** Nothing of what completions share is known to be shipped at first. */
const nothing: SharedMarks = { lineage: 0n, budgets: 0n, endpoints: 0n };

/** Makes what ships chosen completions. Knows nothing of earlier shipments: facts that completions share are sent anew once. */
export function createShipper(options: ShipperOptions): Shipper {
  const { journal, shared, clock, clearing, gate, onRefused, onShipped } = options;
  const readShipment = shipmentReader(journal);
  const writesOf = shipWrites(shared.query);
  const replace = replaceAdopted(shared.query);
  const { settleAttempt } = ledgerWrites(ledgerSteps(shared.query));
  let marks = nothing;

  async function send(keys: readonly CompletionKey[]): Promise<number> {
    const shipment = await readShipment(keys, marks);
    await shared.write(writesOf(shipment));
    marks = shipment.marks;
    for (const row of shipment.corrections) await correct(row);
    await replaceAmong(shipment);
    return await clearing.shipped(shipment);
  }

  /** What was corrected after its end, and stands in the shared ledger as assumed; purged rows are not there any more. */
  async function correct(row: SqlRow): Promise<void> {
    const value = (name: keyof OutcomeRow) => row[name] ?? null;
    const settlement = {
      ...(Object.fromEntries(outcomeColumns.map(name => [name, value(name)])) as Pick<
        OutcomeRow,
        (typeof outcomeColumns)[number]
      >),
      started_at: Number(row.started_at),
      id: String(row.id),
      corrected_at: Number(row.corrected_at),
      completion_month: monthStart(Number(row.completion_created_at)),
    } satisfies OutcomeRow;
    await shared.write([settleAttempt(settlement)]).catch(fault => {
      if (!(fault instanceof GatewayError && fault.code === 'CONFLICT')) throw fault;
    });
  }

  /** Asked after the write: whoever adopts one later finds its attempts and changes nothing. */
  async function replaceAmong({ keys }: Shipment): Promise<void> {
    const ids = keys.map(([, id]) => id);
    const select = shared.query
      .selectFrom('adopted_completion')
      .select(['created_at', 'id'])
      .where(
        'created_at',
        'in',
        keys.map(([createdAt]) => createdAt),
      )
      .where('id', 'in', ids);
    const [rows = []] = await shared.read([once(select)], 'lookup');
    if (rows.length === 0) return;
    const adopted = rows.map((row): CompletionKey => [Number(row.created_at), String(row.id)]);
    const truth = await readShipment(adopted, nothing);
    await shared.write([replace({ ...truth, ids: JSON.stringify(adopted.map(([, id]) => id)) })]);
  }

  async function sendOrHalve(keys: readonly CompletionKey[]): Promise<number> {
    try {
      const left = await gate.pass(() => send(keys));
      onShipped(keys);
      return left;
    } catch (fault) {
      if (!isRefusal(fault)) throw fault;
      const [only, ...others] = keys;
      if (only !== undefined && others.length === 0) {
        await setAside(only, fault);
        return 0;
      }
      const half = Math.ceil(keys.length / 2);
      return (await sendOrHalve(keys.slice(0, half))) + (await sendOrHalve(keys.slice(half)));
    }
  }

  async function setAside(key: CompletionKey, { cause, message }: GatewayError): Promise<void> {
    const reason = cause instanceof Error ? cause.message : message;
    await clearing.refuse(key, clock.now(), reason);
    onRefused(key[1], reason);
  }

  return {
    ship: async keys => (keys.length === 0 ? 0 : await sendOrHalve(keys)),
  };
}

/** Whether the database has looked at the entry and will not have it, also not the next time. */
function isRefusal(fault: unknown): fault is GatewayError {
  if (!(fault instanceof GatewayError)) return false;
  return fault.code === 'CONFLICT' || (fault.code === 'STORE_UNAVAILABLE' && !fault.retryable);
}
