import { type RawBuilder, sql } from 'kysely';
import type { BudgetLevel } from '../../../model/budget.ts';
import type { NanoDollars } from '../../../model/money.ts';
import type { LedgerSpan } from '../../ledger-checks.ts';
import type { UnbookedSettlement } from '../../ledger-store.ts';
import { namesOf } from '../column-lists.ts';
import { heldAmount, withHeldCorrection } from '../held-outcome.ts';
import { attemptColumns, completionColumns } from '../ledger-columns.ts';
import { openedAttemptOf, openedCompletionOf } from '../opened-rows.ts';
import { once } from '../prepared.ts';
import type { SqlDatabase, SqlRow } from '../sql-database.ts';
import type { CompletionKey } from './read-shipment.ts';

/** How an attempt stands in a journal. */
export interface JournalledAttempt {
  /** Undefined while it runs. */
  readonly outcome?: string;
  readonly cost: NanoDollars;
}

export interface JournalledSettlement {
  readonly settlement: UnbookedSettlement;
  /** Its process died before it could settle it: there is no truth to correct anything to. */
  readonly isAssumed: boolean;
  readonly startedAt: number;
  readonly completionCreatedAt: number;
}

export interface EndedCompletions {
  readonly keys: readonly CompletionKey[];
  /** When the first of them ended. */
  readonly oldestEndedAt?: number;
}

/** Looks into a node's journal. */
export interface JournalEntries {
  /** Those that wait to be shipped, in the order of their creation, but for those held back. */
  ended(most: number, heldBack: readonly string[]): Promise<EndedCompletions>;
  countEnded(): Promise<number>;
  /** How many completions were created, and attempts started, in a span. */
  count(span: LedgerSpan): Promise<{ readonly completions: number; readonly attempts: number }>;
  attempt(startedAt: number, id: string): Promise<JournalledAttempt | undefined>;
  completionStatus(createdAt: number, id: string): Promise<string | undefined>;
  /**
   * What settled attempts cost, with the levels that they are counted against.
   *
   * @param which `{ tenantId }`: those counted against levels of this tenant; `undefined` in it: across tenants. `{ since }`: those
   * that ended from then on, with or without levels, also where their process died before it could settle them.
   */
  settlements(
    which: { readonly tenantId: string | undefined } | { readonly since: number },
  ): Promise<readonly JournalledSettlement[]>;
}

/** A settlement lets nobody cross a limit, and the counters know the limit from their reservations. */
const unknownLimit: NanoDollars = 1_000_000_000n * 1_000_000_000n;

/** @param journal A node's own database, in SQLite. */
export function journalEntries({ query, read }: SqlDatabase): JournalEntries {
  const rowsOf = async (raw: RawBuilder<unknown>): Promise<readonly SqlRow[]> =>
    (await read([once({ compile: () => raw.compile(query) })], 'lookup'))[0] ?? [];
  const isWaiting = sql`completion.completion_status <> 'RUNNING' and not exists (
    select 1 from refused_completion as refused
    where refused.created_at = completion.created_at and refused.id = completion.id)`;
  const cost = sql`${heldAmount('cost')} as cost`;
  const heldCost = sql`${heldAmount('cost')} as held_cost`;
  const facts = sql.join(
    completionColumns.map(name => sql`${sql.ref(`completion.${name}`)} as ${sql.ref(`completion_${name}`)}`),
  );
  const corrected = sql`attempt ${withHeldCorrection}`;

  return {
    async ended(most, heldBack) {
      const others =
        heldBack.length === 0 ? sql`` : sql`and id not in (select value from json_each(${JSON.stringify(heldBack)}))`;
      const rows = await rowsOf(sql`
        select created_at, id, finished_at from completion where ${isWaiting} ${others}
        order by created_at, id limit ${most}`);
      const [first] = rows;
      return {
        keys: rows.map(({ created_at, id }): CompletionKey => [Number(created_at), String(id)]),
        ...(first === undefined ? {} : { oldestEndedAt: Number(first.finished_at) }),
      };
    },
    async countEnded() {
      const [row] = await rowsOf(sql`
        select (select count(*) from completion) - (select count(*) from completion where completion_status = 'RUNNING')
          - (select count(*) from refused_completion) as ended`);
      return Math.max(0, Number(row?.ended ?? 0));
    },
    async count({ from, to }) {
      const [row] = await rowsOf(sql`
        select (select count(*) from completion where created_at >= ${from} and created_at < ${to}) as completions,
          (select count(*) from attempt where started_at >= ${from} and started_at < ${to}) as attempts`);
      return { completions: Number(row?.completions ?? 0), attempts: Number(row?.attempts ?? 0) };
    },
    async attempt(startedAt, id) {
      const [row] = await rowsOf(sql`
        select attempt.outcome, ${cost} from ${corrected}
        where attempt.started_at = ${startedAt} and attempt.id = ${id}`);
      if (row === undefined) return undefined;
      const found = { cost: BigInt(String(row.cost)) };
      return row.outcome === null ? found : { ...found, outcome: String(row.outcome) };
    },
    async completionStatus(createdAt, id) {
      const [row] = await rowsOf(sql`
        select completion_status from completion where created_at = ${createdAt} and id = ${id}`);
      return row === undefined ? undefined : String(row.completion_status);
    },
    async settlements(which) {
      const condition =
        'since' in which
          ? sql`attempt.started_at + coalesce(correction.duration_ms, attempt.duration_ms) >= ${which.since}`
          : sql`exists (select 1 from budget_entry as own
              where own.budgets_key = attempt.budgets_key and own.tenant_id = ${which.tenantId ?? ''})`;
      const rows = await rowsOf(sql`
        select ${namesOf(attemptColumns, 'attempt')}, attempt.is_assumed, attempt.correction, ${facts}, ${heldCost}
        from ${corrected}
        inner join completion on completion.created_at = attempt.completion_created_at
          and completion.id = attempt.completion_id
        where attempt.outcome is not null and ${condition}`);
      const levels = Map.groupBy(await rowsOf(sql`select * from budget_entry`), row => String(row.budgets_key));
      return rows.map(row => settlementOf(row, (levels.get(String(row.budgets_key)) ?? []).map(levelOf)));
    },
  };
}

function settlementOf(row: SqlRow, levels: readonly BudgetLevel[]): JournalledSettlement {
  const completion = Object.fromEntries(completionColumns.map(name => [name, row[`completion_${name}`] ?? null]));
  const cost = BigInt(String(row.held_cost));
  const completionId = String(row.completion_id);
  return {
    isAssumed: Number(row.is_assumed) === 1 && Number(row.correction) === 0,
    startedAt: Number(row.started_at),
    completionCreatedAt: Number(row.completion_created_at),
    settlement: {
      id: String(row.id),
      tenantId: String(completion.tenant_id),
      completionId,
      cost,
      levels,
      opened: () => ({
        completion: openedCompletionOf(completion),
        attempt: openedAttemptOf(
          row,
          cost,
          levels.map(({ limit: _unknown, ...level }) => level),
        ),
      }),
    },
  };
}

function levelOf({ tenant_id, budget_key, resets_at }: SqlRow): BudgetLevel {
  return {
    key: String(budget_key),
    limit: unknownLimit,
    ...(tenant_id === '' ? {} : { tenantId: String(tenant_id) }),
    ...(resets_at === null ? {} : { resetsAt: Number(resets_at) }),
  };
}
