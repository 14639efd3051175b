import { openSqliteStores } from '../../../src/stores/sqlite/open-sqlite-stores.ts';
import { attempted, closed, idAt, opened, settled } from '../../../src/testing/ledger-entries.ts';

/** Writes until it is killed, and reports each completion whose attempt is open, on standard output. */
const [, , file = '', startText = ''] = process.argv;
const start = Number(startText);
const { ledger } = await openSqliteStores({ file });

async function lane(first: number): Promise<never> {
  for (let serial = first; ; serial += 8) {
    const completion = opened(idAt(start, serial), start);
    const attempt = attempted(completion, 1_000_000_000 + serial);
    await Promise.all([ledger.openCompletion(completion), ledger.openAttempt(attempt)]);
    process.stdout.write(`${completion.id}\n`);
    if (serial % 3 === 0) continue;
    await ledger.settleAttempt(settled(attempt));
    if (serial % 3 === 1) await ledger.closeCompletion(closed(completion));
  }
}

await Promise.all(Array.from({ length: 8 }, (_, first) => lane(first)));
