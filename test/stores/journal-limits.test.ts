import { open, readdir, stat, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { openSqliteJournal } from '../../src/stores/sqlite/open-sqlite-journal.ts';
import { closed, settled, usage } from '../../src/testing/ledger-entries.ts';
import { postgresBinaries, postgresTitle } from '../support/postgres-server.ts';
import { until } from '../support/until.ts';
import { costOf, countIn, entry, start, write } from './support/journal-writing.ts';
import { useNodes } from './support/journaled-ledgers.ts';
import { bookedAttempts, disagreements } from './support/ledger-agreement.ts';
import { usePostgres } from './support/postgres-databases.ts';

const unavailable = { code: 'STORE_UNAVAILABLE' };

describe.skipIf(postgresBinaries === undefined)(postgresTitle, () => {
  const databases = usePostgres();
  const nodes = useNodes();

  test('refuses new work once its journal is full, ends what runs, and takes work again when it is shipped', async () => {
    const url = await databases.migrated();
    const { ledger } = await nodes.start({ url, isShipping: false, mostWaiting: 20 });
    const running = entry(500);
    await ledger.openCompletion(running.completion);
    await ledger.openAttempt(running.attempt);
    await write(ledger, 1, 20);
    expect(ledger.backlog).toMatchObject({ waiting: 20, isFull: true });
    const next = entry(501);
    await expect(ledger.openCompletion(next.completion)).rejects.toMatchObject(unavailable);
    const retried = entry(500, {}, { endpointId: 'other@p' });
    await expect(ledger.openAttempt({ ...retried.attempt, id: entry(500).attempt.id })).rejects.toMatchObject(
      unavailable,
    );
    await ledger.settleAttempt(settled(running.attempt, { usage: usage(1, 500n) }));
    await ledger.closeCompletion(closed(running.completion));
    ledger.startShipping();
    await until('all is shipped', () => ledger.flush(1000));
    expect(ledger.backlog).toMatchObject({ waiting: 0, isFull: false });
    await ledger.openCompletion(next.completion);
    const booked = [...(await bookedAttempts(databases.server, url)).values()];
    expect(booked.reduce((sum, { cost }) => sum + cost, 0n)).toBe(costOf(1, 20) + 500n);
  });

  test('counts what waits from before the start', async () => {
    const url = await databases.migrated();
    const first = await nodes.start({ url, isShipping: false });
    await write(first.ledger, 1, 20);
    await first.stop();
    const { ledger } = await nodes.start({ url, file: first.file, isShipping: false, mostWaiting: 20 });
    await expect(ledger.openCompletion(entry(99).completion)).rejects.toMatchObject(unavailable);
  });

  test('refuses new work once its file is as large as it may be', async () => {
    const url = await databases.migrated();
    const node = await nodes.start({ url, isShipping: false, mostBytes: 700_000 });
    let written = 0;
    await until('the journal is full', async () => {
      const isTaken = await write(node.ledger, 1 + written, 50).then(
        () => true,
        () => false,
      );
      if (isTaken) written += 50;
      return node.ledger.backlog.isFull;
    });
    await expect(node.ledger.openCompletion(entry(90_000).completion)).rejects.toMatchObject(unavailable);
    node.ledger.startShipping();
    await until('there is room again', () => !node.ledger.backlog.isFull);
    await node.ledger.openCompletion(entry(90_000).completion);
  });

  test('refuses requests while the disk is full, and recovers by itself', async () => {
    const url = await databases.migrated();
    const { server } = databases;
    const node = await nodes.start({ url, isShipping: false, maxPages: 160 });
    let taken = 0;
    await until('the disk is full', async () => {
      taken += 1;
      return await write(node.ledger, taken, 1).then(
        () => false,
        fault => {
          expect(fault).toMatchObject(unavailable);
          return true;
        },
      );
    });
    const waiting = await countIn(node.journal);
    expect(waiting).toBeGreaterThan(20);
    node.ledger.startShipping();
    await until('all is shipped', () => node.ledger.flush(1000));
    await write(node.ledger, 10_000, 20);
    await until('all is shipped', () => node.ledger.flush(1000));
    expect(await disagreements(server, url)).toEqual([]);
    const booked = [...(await bookedAttempts(server, url)).values()];
    expect(booked.length).toBeGreaterThanOrEqual(taken - 1 + 20);
  }, 60_000);
});

describe('a journal that is damaged', () => {
  const nodes = useNodes();
  const page = 4096;

  async function written(): Promise<string> {
    const file = join(await nodes.folder(), 'journal.db');
    const database = await openSqliteJournal({ file, now: () => start, onQuarantined: () => {} });
    await database.close();
    return file;
  }

  async function reopened(file: string) {
    const told: string[] = [];
    const database = await openSqliteJournal({
      file,
      now: () => start,
      onQuarantined: (to, why) => told.push(to, why),
    });
    expect(await countIn(database)).toBe(0);
    await database.close();
    return told;
  }

  test('is moved aside and told of where it is no database, and the node begins a new one', async () => {
    const file = join(await nodes.folder(), 'journal.db');
    await writeFile(file, 'what a disk returns after a bad night'.repeat(200));
    const told = await reopened(file);
    expect(told).toEqual([`${file}.damaged-${start}`, 'file is not a database']);
    expect((await stat(`${file}.damaged-${start}`)).size).toBeGreaterThan(7000);
    expect(await reopened(file)).toEqual([]);
  });

  test('is moved aside where pages of it are not what they were', async () => {
    const file = await written();
    const handle = await open(file, 'r+');
    const { size } = await handle.stat();
    for (let at = 2 * page; at < size; at += page) await handle.write(Buffer.alloc(page, 0xa5), 0, page, at);
    await handle.close();
    const [to, why] = await reopened(file);
    expect(to).toBe(`${file}.damaged-${start}`);
    expect(why).toMatch(/malformed|btree|page/i);
  });

  test('is moved aside where it was cut short', async () => {
    const file = await written();
    await truncate(file, 5 * page + 100);
    expect((await reopened(file)).length).toBe(2);
    expect((await readdir(dirname(file))).filter(name => name.includes('damaged'))).not.toEqual([]);
  });

  test('stays where it is, and stops the start, where a newer version wrote it', async () => {
    const file = await written();
    const database = new DatabaseSync(file);
    database.exec("insert into kysely_migration values ('9999-later', '2030')");
    database.close();
    await expect(reopened(file)).rejects.toMatchObject({ ...unavailable, message: expect.stringContaining('newer') });
    expect((await readdir(dirname(file))).filter(name => name.includes('damaged'))).toEqual([]);
  });
});
