import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { JournaledLedgerStore } from '../src/stores/journaled-ledger-store.ts';
import type { LedgerStore } from '../src/stores/ledger-store.ts';
import { openPostgresStores } from '../src/stores/postgres/open-postgres-stores.ts';
import { readPostgresAddress } from '../src/stores/postgres/postgres-address.ts';
import { openPostgresDatabase } from '../src/stores/postgres/postgres-database.ts';
import { openJournaledLedger } from '../src/stores/sql/journal/open-journaled-ledger.ts';
import { sqlLedgerStore } from '../src/stores/sql/sql-ledger-store.ts';
import { openSqliteDatabase } from '../src/stores/sqlite/sqlite-database.ts';
import { systemClock } from '../src/system-clock.ts';
import { startPostgres } from '../test/support/postgres-server.ts';
import { fillLedger, openMade } from './made-completions.ts';

/**
 * Measures the ledger of a node among several: how fast a backlog is shipped to PostgreSQL, and what journal and shipping add to
 * what a request waits for, which is `openCompletion` and `openAttempt`, beside a ledger in SQLite alone.
 */
const backlogSize = 40_000;
const perSecond = 400;
const seconds = 10;
const ticksPerSecond = 200;

interface Figures {
  readonly p50: number;
  readonly p99: number;
  readonly cpuMicros: number;
}

/** So many completions a second, started whether or not those before are through. */
async function measure(ledger: LedgerStore, forSeconds = seconds): Promise<Figures> {
  const waits: number[] = [];
  const running = new Set<Promise<void>>();
  const cpu = process.cpuUsage();
  const begin = performance.now();
  for (let tick = 0; tick < forSeconds * ticksPerSecond; tick += 1) {
    const due = begin + (tick * 1000) / ticksPerSecond;
    const early = due - performance.now();
    if (early > 0) await new Promise(resolve => setTimeout(resolve, early));
    for (let each = 0; each < perSecond / ticksPerSecond; each += 1) {
      const started = performance.now();
      const one = openMade(ledger).then(end => {
        waits.push(performance.now() - started);
        return end();
      });
      running.add(one);
      void one.finally(() => running.delete(one));
    }
  }
  await Promise.all(running);
  const { user, system } = process.cpuUsage(cpu);
  waits.sort((left, right) => left - right);
  const at = (share: number) => waits[Math.min(waits.length - 1, Math.floor(waits.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), cpuMicros: (user + system) / waits.length };
}

function print(name: string, { p50, p99, cpuMicros }: Figures): void {
  process.stdout.write(
    `${name}: p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, ${cpuMicros.toFixed(0)} µs of CPU a completion\n`,
  );
}

async function ship(ledger: JournaledLedgerStore, completions: number): Promise<void> {
  const cpu = process.cpuUsage();
  const loop = performance.eventLoopUtilization();
  const begin = performance.now();
  ledger.startShipping();
  while (!(await ledger.flush(60_000)));
  const rows = Math.round((2 * completions * 1000) / (performance.now() - begin));
  const { user, system } = process.cpuUsage(cpu);
  const micros = Math.round((user + system) / completions);
  const busy = Math.round(performance.eventLoopUtilization(loop).utilization * 100);
  process.stdout.write(
    `backlog of ${completions}: ${rows} rows a second, ${micros} µs of CPU a completion, main thread busy ${busy} %\n`,
  );
}

const folder = await mkdtemp(join(tmpdir(), 'tollgate-shipping-'));
const server = await startPostgres({ fsync: true });
try {
  const url = await server.database();
  await (await openPostgresStores({ url })).close();
  const alone = await openSqliteDatabase({ file: join(folder, 'alone.db') });
  const aloneLedger = sqlLedgerStore(alone);
  await measure(aloneLedger, 2);
  print('SQLite alone', await measure(aloneLedger));
  await alone.close();

  const journal = await openSqliteDatabase({ file: join(folder, 'journal.db') });
  const shared = openPostgresDatabase({
    address: readPostgresAddress(url),
    lookupConnections: 4,
    reportConnections: 3,
    connectTimeoutMs: 5000,
    callTimeoutMs: 10_000,
    reportTimeoutMs: 60_000,
    maintenanceTimeoutMs: 60_000,
  });
  const next = () => openJournaledLedger({ journal, shared, clock: systemClock });
  const ledger = await next();
  print('journal, nothing shipped', await measure(ledger));
  await ship(ledger, perSecond * seconds);
  print('journal and shipping', await measure(ledger));
  await ledger.flush(60_000);
  await ledger.close();

  const full = await next();
  await fillLedger(full, backlogSize);
  await ship(full, backlogSize);
  await full.close();

  const draining = await next();
  await fillLedger(draining, backlogSize);
  draining.startShipping();
  print(`journal while a backlog of ${backlogSize} is shipped`, await measure(draining, 5));
  process.stdout.write(`  of it left: ${draining.backlog.waiting}\n`);
  await draining.close();
  await journal.close();
  await shared.close();
} finally {
  await server.stop();
  await rm(folder, { recursive: true });
}
