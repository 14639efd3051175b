import { GatewayError } from '../../errors.ts';
import { failureError } from '../sql/write-failure.ts';
import { failureOf } from './postgres-failure.ts';
import type { PostgresPool } from './postgres-pool.ts';

/** How often rows that somebody may still read are tried again, and after how long, in milliseconds. */
const mostTries = 20;
const pauseMs = 250;

/** Rows that were deleted and still stand, in the table and in the one beside it that holds long texts. */
const remaining = `select coalesce(sum(n_dead_tup), 0) as count from pg_stat_all_tables
  inner join pg_class as content on content.oid = 'content'::regclass
  where relid in (content.oid, content.reltoastrelid)`;

/**
 * Takes deleted text out of its table and indexes. Whoever began to read before it was deleted may still see it, and keeps it
 * there until he has finished.
 *
 * @throws {GatewayError} STORE_UNAVAILABLE where it still stands, because somebody reads on and on, or this user may not.
 */
export async function vacuumContent(maintenance: PostgresPool): Promise<void> {
  for (let tries = 1; tries <= mostTries; tries += 1) {
    const { warnings, count } = await vacuum(maintenance);
    if (warnings.length > 0) {
      const cause = new Error(warnings.join('; '));
      throw new GatewayError('STORE_UNAVAILABLE', 'the database did not clear what was deleted', { cause });
    }
    if (count === 0) return;
    await new Promise(resolve => setTimeout(resolve, pauseMs));
  }
  throw new GatewayError('STORE_UNAVAILABLE', 'what was deleted still stands in the database: somebody else reads it');
}

async function vacuum(
  maintenance: PostgresPool,
): Promise<{ readonly warnings: readonly string[]; readonly count: number }> {
  try {
    return await maintenance.use(async connection => {
      await connection.query({ text: 'vacuum content' });
      const { rows } = await connection.query({ text: remaining });
      return { warnings: connection.warnings, count: Number(rows[0]?.count ?? 0) };
    });
  } catch (error) {
    throw failureError(failureOf(error));
  }
}
