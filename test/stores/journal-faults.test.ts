import { describe, expect, test } from 'vitest';
import { closed, idAt, settled, usage } from '../../src/testing/ledger-entries.ts';
import { startLossyProxy } from '../support/lossy-proxy.ts';
import { postgresBinaries, postgresTitle } from '../support/postgres-server.ts';
import { until } from '../support/until.ts';
import { costOf, countIn, deletes, entry, start, write } from './support/journal-writing.ts';
import { useNodes } from './support/journaled-ledgers.ts';
import { bookedAttempts, disagreements } from './support/ledger-agreement.ts';
import { usePostgres } from './support/postgres-databases.ts';

const report = { filter: {}, groupBy: [], groupByLabels: [], orderBy: 'COST', first: 1 } as const;

describe.skipIf(postgresBinaries === undefined)(postgresTitle, () => {
  const databases = usePostgres();
  const nodes = useNodes();

  const rowsIn = async (url: string) =>
    Number((await databases.server.ask(url, 'select count(*) as count from completion'))[0]?.count);

  async function expectBooked(url: string, count: number, cost: bigint): Promise<void> {
    expect(await disagreements(databases.server, url)).toEqual([]);
    const booked = [...(await bookedAttempts(databases.server, url)).values()];
    expect([booked.length, booked.reduce((sum, { cost: one }) => sum + one, 0n)]).toEqual([count, cost]);
  }

  test('goes on writing while PostgreSQL is killed, answers no question from memory, and ships all of it once afterwards', async () => {
    const url = await databases.migrated();
    const faults: unknown[] = [];
    let resumed = 0;
    const { ledger } = await nodes.start({
      url,
      batchSize: 50,
      events: {
        shippingFailed: cause => faults.push(cause),
        shippingResumed: () => {
          resumed += 1;
        },
      },
    });
    const writing = write(ledger, 1, 400);
    await until('some rows are shipped', async () => (await rowsIn(url)) > 0);
    await databases.server.kill('SIGKILL');
    await writing;
    await write(ledger, 401, 200);
    await expect(ledger.usage(report)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
    const last = idAt(start + 600, 600);
    expect((await ledger.completions([last]))[0]).toMatchObject({ status: 'FINISHED' });
    await expect(ledger.completions([idAt(start, 9999)])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(ledger.backlog.waiting).toBeGreaterThanOrEqual(200);
    expect(faults).toHaveLength(1);
    await databases.server.restart();
    await until('all is shipped', () => ledger.flush(1000));
    await expectBooked(url, 600, costOf(1, 600));
    expect(ledger.backlog).toEqual({ waiting: 0, refused: 0, isFull: false });
    expect(resumed).toBe(faults.length);
  }, 60_000);

  test('books once what was committed and never acknowledged', async () => {
    const url = await databases.migrated();
    const proxy = await startLossyProxy(databases.server.port);
    const through = new URL(url);
    through.port = String(proxy.port);
    const node = await nodes.start({ url: through.href, isShipping: false });
    try {
      for (const first of [1, 101, 201]) {
        const lost = proxy.loseNextCommit();
        await write(node.ledger, first, 100);
        node.ledger.startShipping();
        await lost;
        // The control: PostgreSQL has rows that the journal has as well, and will ship again.
        expect((await rowsIn(url)) + (await countIn(node.journal))).toBeGreaterThan(first + 99);
        await until('all is shipped', () => node.ledger.flush(1000));
      }
      await expectBooked(url, 300, costOf(1, 300));
      expect(await countIn(node.journal)).toBe(0);
    } finally {
      await node.stop();
      await proxy.close();
    }
  });

  test('books once what two shippers of one journal ship at the same time', async () => {
    const url = await databases.migrated();
    const one = await nodes.start({ url, isShipping: false, batchSize: 30 });
    await write(one.ledger, 1, 500);
    const other = await nodes.start({ url, file: one.file, isShipping: false, batchSize: 20 });
    for (const { ledger } of [one, other]) ledger.startShipping();
    await write(one.ledger, 501, 100);
    for (const { ledger } of [one, other]) await until('all is shipped', () => ledger.flush(1000));
    await expectBooked(url, 600, costOf(1, 600));
    expect(await countIn(one.journal)).toBe(0);
  });

  test('loses no correction that comes between shipping and deletion', async () => {
    const url = await databases.migrated();
    const { completion, attempt } = entry(1);
    let late: () => Promise<void> = () => Promise.resolve();
    const { ledger } = await nodes.start({
      url,
      around: journal => ({
        ...journal,
        write: async calls => {
          if (deletes(calls)) await late();
          await journal.write(calls);
        },
      }),
    });
    late = async () => {
      late = () => Promise.resolve();
      await ledger.settleAttempt(settled(attempt, { usage: usage(1, 77n) }));
    };
    await ledger.openCompletion(completion);
    await ledger.openAttempt(attempt);
    await ledger.closeCompletion(closed(completion, { status: 'CANCELLED' }));
    await until('the correction is booked', async () => (await ledger.usage(report)).total.cost === 77n);
    await until('all is shipped', () => ledger.flush(1000));
    await expectBooked(url, 1, 77n);
  });

  test('sets aside what PostgreSQL refuses, ships the rest, and tries it again at the next start', async () => {
    const url = await databases.migrated();
    const { server } = databases;
    const add = `alter table completion add constraint unwanted check (workload <> 'bad')`;
    await server.ask(url, add);
    const told: string[] = [];
    const events = { completionRefused: (id: string) => told.push(id) };
    const node = await nodes.start({ url, isShipping: false, events });
    await write(node.ledger, 1, 90);
    await write(node.ledger, 91, 3, { workload: 'bad' });
    await write(node.ledger, 94, 90);
    node.ledger.startShipping();
    await until('all is shipped', () => node.ledger.flush(1000));
    await expectBooked(url, 180, costOf(1, 90) + costOf(94, 90));
    expect(told.sort()).toEqual([91, 92, 93].map(serial => idAt(start + serial, serial)));
    expect(node.ledger.backlog).toMatchObject({ refused: 3, waiting: 0 });
    expect((await node.ledger.completions([idAt(start + 92, 92)]))[0]?.usage.cost).toBe(92n);
    await node.stop();
    await server.ask(url, 'alter table completion drop constraint unwanted');
    const again = await nodes.start({ url, file: node.file });
    await until('all is shipped', () => again.ledger.flush(1000));
    await expectBooked(url, 183, costOf(1, 183));
    expect(await countIn(again.journal)).toBe(0);
  });

  test('keeps text that PostgreSQL cannot hold from stopping the queue', async () => {
    const url = await databases.migrated();
    const { ledger } = await nodes.start({ url });
    const workload = 'a\0b\\u0000"\ud800é\\';
    await write(ledger, 1, 1, { workload });
    await until('all is shipped', () => ledger.flush(1000));
    expect(ledger.backlog.refused).toBe(0);
    const [row] = await databases.server.ask(url, 'select workload from completion');
    expect(row?.workload).toBe('a\ufffdb\\u0000"\ufffdé\\');
  });
});
