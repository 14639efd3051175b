import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openPostgresStores } from '../../src/stores/postgres/open-postgres-stores.ts';
import type { Stores } from '../../src/stores/sql/stores.ts';
import { attempted, closed, idAt, opened } from '../../src/testing/ledger-entries.ts';
import { type PostgresServer, postgresBinaries, postgresTitle, startPostgres } from '../support/postgres-server.ts';

const unavailable = { code: 'STORE_UNAVAILABLE', retryable: true };
const start = Date.UTC(2026, 10, 4);

describe.skipIf(postgresBinaries === undefined)(postgresTitle, () => {
  let server: PostgresServer;
  let url: string;
  let stores: Stores;

  beforeEach(async () => {
    server = await startPostgres({ fsync: true });
    url = await server.database();
    stores = await openPostgresStores({ url, connectTimeoutMs: 500, callTimeoutMs: 500, reportTimeoutMs: 500 });
  });
  afterEach(async () => {
    await stores.close();
    await server.stop();
  });

  function askEverything(): readonly Promise<unknown>[] {
    return [
      stores.access.projects(['p']),
      stores.policies.snapshot(),
      stores.audit.listEntries(undefined, { first: 1 }),
      stores.ledger.openCompletion(opened(idAt(start, 1), start)),
      stores.audit.append([{ actor: 'a', action: 'b', target: 'c', change: {} }]),
      stores.secrets.put('name', new Uint8Array(1)),
    ];
  }

  async function expectAllUnavailable(): Promise<void> {
    const since = performance.now();
    for (const outcome of await Promise.allSettled(askEverything())) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: unavailable });
    }
    expect(performance.now() - since).toBeLessThan(8000);
  }

  test('rejects every call while the server is away, and heals by itself once it is back', async () => {
    await Promise.all(askEverything());
    await server.kill('SIGKILL');
    await expectAllUnavailable();
    expect(stores.isUsable).toBe(true);
    await server.restart();
    await Promise.all(askEverything());
  });

  test('heals without a rejected lookup where the server was restarted between two calls', async () => {
    await Promise.all(askEverything());
    await server.restart();
    await Promise.all([stores.access.projects(['p']), stores.audit.head(), stores.policies.version()]);
  });

  test('rejects every call in time while the server answers nothing, and heals by itself', async () => {
    await Promise.all(askEverything());
    await server.kill('SIGSTOP');
    try {
      await expectAllUnavailable();
    } finally {
      await server.kill('SIGCONT');
    }
    await expect.poll(() => Promise.all(askEverything()), { timeout: 10_000 }).toHaveLength(6);
  });

  test('has everything that was acknowledged after the server was killed while it wrote', async () => {
    const acknowledged: string[] = [];
    let isKilled = false;
    const lane = async (first: number) => {
      for (let serial = first; !isKilled; serial += 8) {
        const completion = opened(idAt(start, serial), start);
        try {
          const writes = [
            stores.ledger.openCompletion(completion),
            stores.ledger.openAttempt(attempted(completion, 1_000_000 + serial)),
            stores.ledger.closeCompletion(closed(completion)),
          ];
          await Promise.all(writes);
          acknowledged.push(completion.id);
        } catch {
          return;
        }
        if (acknowledged.length >= 400 && !isKilled) {
          isKilled = true;
          await server.kill('SIGKILL');
        }
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, first) => lane(first + 1)));
    expect(acknowledged.length).toBeGreaterThanOrEqual(400);
    await server.restart();
    const found = await stores.ledger.completions(acknowledged);
    expect(found.map(completion => completion?.status)).toEqual(acknowledged.map(() => 'FINISHED'));
    const query = { filter: {}, groupBy: [], groupByLabels: [], orderBy: 'COST', first: 1 } as const;
    const [hours, minutes] = await Promise.all([
      stores.ledger.usage({ ...query, interval: 'HOUR' }),
      stores.ledger.usage({ ...query, interval: 'MINUTE' }),
    ]);
    expect(hours.total).toEqual(minutes.total);
    expect(hours.total.requests).toBeGreaterThanOrEqual(acknowledged.length);
  });

  test('says that the database is away, and shows neither its address nor its password', async () => {
    await server.kill('SIGKILL');
    const asked = openPostgresStores({ url: url.replace('postgres@', 'postgres:word4711@'), connectTimeoutMs: 500 });
    const fault = await asked.catch((error: Error) => error);
    expect(fault).toMatchObject({ ...unavailable, message: 'the store could not be reached' });
    expect(String((fault as Error).cause)).not.toContain('word4711');
  });
});
