import { readPostgresAddress } from '../../../src/stores/postgres/postgres-address.ts';
import { openPostgresDatabase } from '../../../src/stores/postgres/postgres-database.ts';
import { openJournaledLedger } from '../../../src/stores/sql/journal/open-journaled-ledger.ts';
import { openSqliteDatabase } from '../../../src/stores/sqlite/sqlite-database.ts';
import { systemClock } from '../../../src/system-clock.ts';
import { attempted, closed, idAt, opened, settled, usage } from '../../../src/testing/ledger-entries.ts';

/**
 * Writes into a journal and ships, until it is killed. On standard output it reports, each in a line, what was acknowledged:
 * `o` and an attempt's id once it is open; `s`, its id and its cost once it is settled.
 */
const [, , file = '', url = '', startText = '', firstText = '', lanesText = ''] = process.argv;
const [start, first, lanes] = [Number(startText), Number(firstText), Number(lanesText)];
const journal = await openSqliteDatabase({ file });
const shared = openPostgresDatabase({
  address: readPostgresAddress(url),
  lookupConnections: 2,
  reportConnections: 1,
  connectTimeoutMs: 2000,
  callTimeoutMs: 5000,
  reportTimeoutMs: 5000,
  maintenanceTimeoutMs: 5000,
});
const ledger = await openJournaledLedger({ journal, shared, clock: systemClock, batchSize: 40, gatherMs: 5 });
ledger.startShipping();
const levels = [{ key: 'ever', tenantId: 'a' }, { key: 'pot' }];

async function lane(number: number): Promise<never> {
  for (let serial = first + number; ; serial += lanes) {
    const completion = opened(idAt(start, serial), start, { labels: [{ name: 'lane', value: String(number) }] });
    const attempt = attempted(completion, 1_000_000_000 + serial, { budgets: levels });
    await Promise.all([ledger.openCompletion(completion), ledger.openAttempt(attempt)]);
    process.stdout.write(`o ${attempt.id}\n`);
    if (serial % 7 === 0) continue;
    if (serial % 5 === 0) {
      await ledger.closeCompletion(closed(completion, { status: 'CANCELLED' }));
    }
    await ledger.settleAttempt(settled(attempt, { usage: usage(serial, BigInt(serial)) }));
    process.stdout.write(`s ${attempt.id} ${serial}\n`);
    if (serial % 3 !== 0) await ledger.closeCompletion(closed(completion, { endpointId: attempt.endpointId }));
  }
}

await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)));
