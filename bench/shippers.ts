import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPostgresStores } from '../src/stores/postgres/open-postgres-stores.ts';
import { readPostgresAddress } from '../src/stores/postgres/postgres-address.ts';
import { openPostgresDatabase } from '../src/stores/postgres/postgres-database.ts';
import { openJournaledLedger } from '../src/stores/sql/journal/open-journaled-ledger.ts';
import { openSqliteDatabase } from '../src/stores/sqlite/sqlite-database.ts';
import { systemClock } from '../src/system-clock.ts';
import { type PostgresServer, startPostgres } from '../test/support/postgres-server.ts';
import { median } from './figures.ts';
import { fillLedger } from './made-completions.ts';
import { readFamilyCpu } from './process-cpu.ts';

/*
 * `node bench/shippers.ts`: what the ledger in one PostgreSQL takes when one, two and three journals are shipped to it at once.
 * PostgreSQL waits for the disk. Ends within two minutes.
 */
const counts = [1, 2, 3] as const;
const rounds = 3;
/** For each journal. */
const completions = 8_000;

interface Figures {
  readonly perSecond: number;
  /** CPU time for each completion. */
  readonly postgresMicros: number;
  /** How busy PostgreSQL was: one core is 1. */
  readonly postgresCores: number;
  readonly clientMicros: number;
}

async function ship(server: PostgresServer, url: string, folder: string, count: number): Promise<Figures> {
  const nodes = await Promise.all(
    Array.from({ length: count }, async (_, place) => {
      const journal = await openSqliteDatabase({ file: join(folder, `journal-${count}-${place}.db`) });
      const shared = openPostgresDatabase({
        address: readPostgresAddress(url),
        lookupConnections: 4,
        reportConnections: 3,
        connectTimeoutMs: 5_000,
        callTimeoutMs: 10_000,
        reportTimeoutMs: 60_000,
        maintenanceTimeoutMs: 60_000,
      });
      return { journal, shared, ledger: await openJournaledLedger({ journal, shared, clock: systemClock }) };
    }),
  );
  for (const { ledger } of nodes) await fillLedger(ledger, completions);
  const own = process.cpuUsage();
  const before = readFamilyCpu(server.pid);
  const start = performance.now();
  await Promise.all(
    nodes.map(async ({ ledger }) => {
      ledger.startShipping();
      while (!(await ledger.flush(60_000)));
    }),
  );
  const seconds = (performance.now() - start) / 1_000;
  const postgres = readFamilyCpu(server.pid) - before;
  const { user, system } = process.cpuUsage(own);
  for (const { journal, shared, ledger } of nodes) {
    await ledger.close();
    await journal.close();
    await shared.close();
  }
  const shipped = count * completions;
  return {
    perSecond: shipped / seconds,
    postgresMicros: postgres / shipped,
    postgresCores: postgres / 1e6 / seconds,
    clientMicros: (user + system) / shipped,
  };
}

const folder = await mkdtemp(join(tmpdir(), 'tollgate-shippers-'));
const server = await startPostgres({ fsync: true });
try {
  const url = await server.database();
  await (await openPostgresStores({ url })).close();
  const measured = new Map<number, Figures[]>(counts.map(count => [count, []]));
  for (let round = 0; round <= rounds; round++) {
    // The first round is dropped: it lets code and tables warm up.
    for (const count of round % 2 === 0 ? counts : counts.toReversed()) {
      const figures = await ship(server, url, folder, count);
      if (round > 0) measured.get(count)?.push(figures);
    }
  }
  console.log(
    '| journals at once | completions a second | CPU µs each, PostgreSQL | cores, PostgreSQL | CPU µs each, nodes |',
  );
  console.log('|--:|--:|--:|--:|--:|');
  for (const [count, figures] of measured) {
    const shown = (value: (figures: Figures) => number, digits: number) => {
      const values = figures.map(value);
      const [low, high] = [Math.min(...values), Math.max(...values)];
      return `${median(values).toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
    };
    const cells = [
      shown(({ perSecond }) => perSecond, 0),
      shown(({ postgresMicros }) => postgresMicros, 0),
      shown(({ postgresCores }) => postgresCores, 2),
      shown(({ clientMicros }) => clientMicros, 0),
    ];
    console.log(`| ${count} | ${cells.join(' | ')} |`);
  }
} finally {
  await server.stop();
  await rm(folder, { recursive: true });
}
