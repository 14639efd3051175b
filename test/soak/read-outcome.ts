import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { verifyLedger } from '../../src/gateway/verify-ledger.ts';
import { openPostgresStores } from '../../src/stores/postgres/open-postgres-stores.ts';
import { redisBudgetStore } from '../../src/stores/redis/redis-budget-store.ts';
import { openRedis } from '../../src/stores/redis/redis-client.ts';
import { systemClock } from '../../src/system-clock.ts';
import type { SeveralNodes } from '../support/several-nodes.ts';
import { nanosOf } from './counter-changes.ts';
import type { LedgerCompletion, LedgerRow, LevelTotals } from './history.ts';

export interface LedgerOutcome {
  readonly rows: readonly LedgerRow[];
  readonly completions: readonly LedgerCompletion[];
  readonly levels: readonly LevelTotals[];
  readonly verified: readonly string[];
}

const requestOf = `(select entry ->> 'value' from json_array_elements(cast(completion.labels as json)) as entry
  where entry ->> 'name' = 'request')`;

/** Whole milliseconds since the epoch, both inclusive. */
export interface BookedSpan {
  readonly from: number;
  readonly to: number;
}

/** Reads the completions and attempts that the ledger has; with a span only those that began in it. */
export async function readBooked(
  { postgres, databaseUrl }: Pick<SeveralNodes, 'postgres' | 'databaseUrl'>,
  span: BookedSpan = { from: 0, to: Number.MAX_SAFE_INTEGER },
): Promise<Pick<LedgerOutcome, 'rows' | 'completions'>> {
  const isIn = (column: string) => `${column} between ${span.from} and ${span.to}`;
  const completions = await postgres.ask(
    databaseUrl,
    `select id, completion_status as status, ${requestOf} as request from completion where ${isIn('created_at')}`,
  );
  const rows = await postgres.ask(
    databaseUrl,
    `select attempt.id, completion_id, provider_id, started_at, budgets_key, ${requestOf} as request,
      coalesce(correction.outcome, attempt.outcome) as outcome, coalesce(correction.cost, attempt.cost) as cost,
      coalesce(correction.is_estimated, attempt.is_estimated) as is_estimated
    from attempt
    left join completion on completion.id = attempt.completion_id and completion.created_at = attempt.completion_created_at
    left join attempt_correction as correction on correction.attempt_started_at = attempt.started_at
      and correction.attempt_id = attempt.id and correction.number = attempt.correction
    where ${isIn('attempt.started_at')}`,
  );
  const entries = await postgres.ask(databaseUrl, 'select budgets_key, budget_key from budget_entry');
  const keysOf = Map.groupBy(entries, entry => String(entry.budgets_key));
  return {
    completions: completions.map(row => ({
      id: String(row.id),
      status: String(row.status),
      request: String(row.request),
    })),
    rows: rows.map(row => ({
      id: String(row.id),
      completionId: String(row.completion_id),
      request: String(row.request),
      providerId: String(row.provider_id),
      startedAt: Number(row.started_at),
      ...(row.outcome === null ? {} : { outcome: String(row.outcome) }),
      costNanos: BigInt(String(row.cost)),
      isEstimated: Number(row.is_estimated) === 1,
      levelKeys: (keysOf.get(String(row.budgets_key)) ?? []).map(entry => String(entry.budget_key)),
    })),
  };
}

/** Reads what the ledger and the counters have in the end. */
export async function readOutcome({ postgres, redis, databaseUrl }: SeveralNodes): Promise<LedgerOutcome> {
  const { completions, rows } = await readBooked({ postgres, databaseUrl });
  const totals = await postgres.ask(databaseUrl, 'select tenant_id, budget_key, cost from budget_total');
  const levels: LevelTotals[] = [];
  for (const { tenant_id, budget_key, cost } of totals) {
    const slot = tenant_id === '' ? '*' : `t:${encodeURIComponent(String(tenant_id))}`;
    const name = `{tollgate:${slot}}:b:${budget_key}`;
    const [sd, sn, rd, rn] = await redis.admin.hmget(name, 'sd', 'sn', 'rd', 'rn');
    levels.push({
      key: String(budget_key),
      ledgerNanos: BigInt(String(cost)),
      counterSpentNanos: nanosOf(sd ?? 0, sn ?? 0),
      counterReservedNanos: nanosOf(rd ?? 0, rn ?? 0),
    });
  }
  return {
    levels,
    completions,
    rows,
    verified: await verify(databaseUrl, redis.url),
  };
}

async function verify(databaseUrl: string, redisUrl: string): Promise<readonly string[]> {
  const stores = await openPostgresStores({ url: databaseUrl, migrate: 'off' });
  const redis = await openRedis({ url: redisUrl });
  try {
    const { checks } = stores.ledger;
    const { differences } = await verifyLedger({ checks, clock: systemClock, counters: redisBudgetStore({ redis }) });
    return differences.map(difference =>
      JSON.stringify(difference, (_, member) => (typeof member === 'bigint' ? `${member}` : member)),
    );
  } finally {
    await redis.close();
    await stores.close();
  }
}

/** Completions that are in the journals of nodes. */
export function readJournals({ nodes }: SeveralNodes): readonly string[] {
  return nodes.flatMap(({ stateDir }) =>
    readdirSync(stateDir)
      .filter(name => name === 'journal.db')
      .flatMap(name => {
        const database = new DatabaseSync(join(stateDir, name), { readOnly: true });
        try {
          return database
            .prepare('select id from completion')
            .all()
            .map(({ id }) => String(id));
        } finally {
          database.close();
        }
      }),
  );
}

/** How many reservations are held in Redis. */
export async function countHeld({ redis }: SeveralNodes): Promise<number> {
  let held = 0;
  for (const key of await redis.admin.keys('*:leases')) held += await redis.admin.zcard(key);
  return held;
}
