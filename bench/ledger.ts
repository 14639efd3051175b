import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openStatement } from '../src/gateway/statement.ts';
import { verifyLedger } from '../src/gateway/verify-ledger.ts';
import type { LedgerStore, UsageDimension } from '../src/stores/ledger-store.ts';
import { openPostgresStores } from '../src/stores/postgres/open-postgres-stores.ts';
import type { Stores } from '../src/stores/sql/stores.ts';
import { openSqliteStores } from '../src/stores/sqlite/open-sqlite-stores.ts';
import { systemClock } from '../src/system-clock.ts';
import { attempted, closed, idAt, opened, settled } from '../src/testing/ledger-entries.ts';
import { startPostgres } from '../test/support/postgres-server.ts';
import { median } from './figures.ts';
import { fillPostgres, fillSqlite, tenants } from './ledger-fill.ts';

/*
 * `node bench/ledger.ts --millions 10`: fills a ledger in a folder of its own, asks it, verifies it, writes to it, and deletes it.
 * With `--database postgres` on a PostgreSQL server of its own, that ends with it.
 */

const {
  millions,
  'write-seconds': writeSeconds,
  database,
} = parseArgs({
  options: {
    millions: { type: 'string', default: '1' },
    'write-seconds': { type: 'string', default: '20' },
    database: { type: 'string', default: 'sqlite' },
  },
}).values;
const completions = Math.round(Number(millions) * 1_000_000);
const from = Date.UTC(2026, 9, 1);
const days = 31;
const to = from + days * 86_400_000;
const middle = (from + to) / 2;
const asks = 15;
const lanes = 256;

const rows: (readonly [string, string])[] = [];

function tell(what: string, figure: string): void {
  rows.push([what, figure]);
  console.log(`${what}: ${figure}`);
}

async function time(what: string, ask: () => Promise<unknown>): Promise<void> {
  const taken: number[] = [];
  for (let index = 0; index < asks; index++) {
    const startedMs = performance.now();
    await ask();
    taken.push(performance.now() - startedMs);
  }
  tell(what, `${median(taken).toFixed(1)} ms (${Math.min(...taken).toFixed(1)}–${Math.max(...taken).toFixed(1)})`);
}

const usageBy = (ledger: LedgerStore, groupBy: readonly UsageDimension[], projectIds?: readonly string[]) =>
  ledger.usage({
    filter: { from, to, ...(projectIds === undefined ? {} : { projectIds }) },
    groupBy,
    groupByLabels: [],
    orderBy: 'COST',
    first: 100,
  });

/** Opens, settles and closes completions of one attempt, in lanes, for so many seconds. */
async function write(ledger: LedgerStore, seconds: number): Promise<void> {
  const endMs = performance.now() + seconds * 1000;
  const startedMs = performance.now();
  const startedCpu = process.cpuUsage();
  let serial = 0;
  async function lane(): Promise<void> {
    while (performance.now() < endMs) {
      const number = serial++;
      const at = to + number;
      const completion = opened(idAt(at, number), at, {
        projectId: `t${number % tenants}`,
        projectPath: [`t${number % tenants}`],
      });
      const attempt = attempted(completion, 2 ** 40 + number);
      await Promise.all([ledger.openCompletion(completion), ledger.openAttempt(attempt)]);
      await Promise.all([
        ledger.settleAttempt(settled(attempt)),
        ledger.closeCompletion(closed(completion, { endpointId: attempt.endpointId })),
      ]);
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane));
  const perSecond = serial / ((performance.now() - startedMs) / 1000);
  const { user, system } = process.cpuUsage(startedCpu);
  tell(
    'completions with one attempt, opened, settled and closed',
    `${Math.round(perSecond)} /s, ${Math.round(2 * perSecond)} rows/s, ${((user + system) / serial).toFixed(0)} µs of CPU each`,
  );
}

async function writeAndVerify(ledger: LedgerStore): Promise<void> {
  await write(ledger, Number(writeSeconds));
  const again = await verifyLedger({
    checks: ledger.checks,
    clock: systemClock,
    span: { from: to, to: to + 86_400_000 },
  });
  tell('verified what was written', `${again.completions} completions, ${again.found} differences`);
}

interface Filled {
  open(): Promise<Stores>;
  sizeBytes(): Promise<number>;
  end(): Promise<void>;
}

async function fillInFolder(): Promise<Filled> {
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-ledger-bench-'));
  const file = join(folder, 'tollgate.db');
  await (await openSqliteStores({ file })).close();
  fillSqlite(file, { from, days, completions });
  return {
    open: () => openSqliteStores({ file }),
    sizeBytes: async () => (await stat(file)).size,
    end: () => rm(folder, { recursive: true }),
  };
}

async function fillOnServer(): Promise<Filled> {
  // A quarter of a small machine's memory, as is usual; no waiting for the disk while it is filled.
  const server = await startPostgres({ settings: ['shared_buffers=2GB', 'max_wal_size=8GB', 'jit=off'] });
  try {
    const url = await server.database();
    const open = () => openPostgresStores({ url, now: () => from });
    await (await open()).close();
    await fillPostgres(server, url, { from, days, completions });
    return {
      open,
      async sizeBytes() {
        const [row = {}] = await server.ask(url, 'select pg_database_size(current_database()) as size');
        return Number(row.size);
      },
      end: server.stop,
    };
  } catch (fault) {
    await server.stop();
    throw fault;
  }
}

const fillMs = performance.now();
const filled = database === 'postgres' ? await fillOnServer() : await fillInFolder();
try {
  tell(
    'filled',
    `${completions} completions in ${Math.round((performance.now() - fillMs) / 1000)} s, ${((await filled.sizeBytes()) / 2 ** 30).toFixed(1)} GiB`,
  );

  const { ledger, access, close } = await filled.open();
  try {
    await time('a month by model and project', () => usageBy(ledger, ['MODEL', 'PROJECT']));
    await time('a month by model, one tenant', () => usageBy(ledger, ['MODEL'], ['t1']));
    await time('a month day by day, by vendor', () =>
      ledger.usage({
        filter: { from, to },
        groupBy: ['VENDOR'],
        groupByLabels: [],
        interval: 'DAY',
        orderBy: 'COST',
        first: 10,
      }),
    );
    await time('a page of 50 completions, the newest', () => ledger.listCompletions({}, { first: 50 }));
    const deep = await ledger.listCompletions({ to: middle }, { first: 1 });
    const after = deep.entries[0]?.cursor ?? '';
    await time('a page of 50 completions, deep in the list', () => ledger.listCompletions({}, { first: 50, after }));
    await time('a page of 50 completions of a tenant, deep in the list', () =>
      ledger.listCompletions({ projectIds: ['t1'] }, { first: 50, after }),
    );
    const auditor = { tenantId: 't0', projectId: 't0', projectPath: ['t0'], roles: [{ role: 'AUDITOR' as const }] };
    const statement = await openStatement({ ledger, access, clock: systemClock }, auditor, '2026-10');
    await time('a statement, the first 100 lines', () => statement.lines({ first: 100 }));
    await time('a statement, whole as CSV', () => statement.csv());
    tell('lines of the statement', String((await statement.csv()).split('\r\n').length - 2));
    await time('a month by user (from hours)', () => usageBy(ledger, ['USER']));

    const verifyMs = performance.now();
    const { found, attempts } = await verifyLedger({ checks: ledger.checks, clock: systemClock });
    tell(
      'verified',
      `${attempts} attempts, ${found} differences, ${Math.round((performance.now() - verifyMs) / 1000)} s`,
    );
    // Nodes write to PostgreSQL in batches, out of their journals: `shipping.ts` measures that.
    if (database !== 'postgres') await writeAndVerify(ledger);
  } finally {
    await close();
  }
} finally {
  await filled.end();
}
console.log(
  `\n| | median (min–max) |\n|---|--:|\n${rows.map(([what, figure]) => `| ${what} | ${figure} |`).join('\n')}`,
);
