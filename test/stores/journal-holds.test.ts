import { describe, expect, test } from 'vitest';
import { closed, settled, usage } from '../../src/testing/ledger-entries.ts';
import { startLossyProxy } from '../support/lossy-proxy.ts';
import { postgresBinaries, postgresTitle } from '../support/postgres-server.ts';
import { until } from '../support/until.ts';
import { costOf, countIn, entry, start, write } from './support/journal-writing.ts';
import { type Node, useNodes } from './support/journaled-ledgers.ts';
import { disagreements } from './support/ledger-agreement.ts';
import { usePostgres } from './support/postgres-databases.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1000));

describe.skipIf(postgresBinaries === undefined)(postgresTitle, () => {
  const databases = usePostgres();
  const nodes = useNodes();

  /** What is booked on the tenant's level, and what these nodes know of it beside. */
  async function counted(all: readonly Node[], tenantId: string | undefined = 'a'): Promise<readonly [bigint, bigint]> {
    const key = tenantId === undefined ? 'pot' : 'ever';
    const [reader] = all;
    const totals = await reader?.ledger.budgetTotals(tenantId, start);
    const unbooked = await Promise.all(all.map(({ ledger }) => ledger.unbooked(tenantId)));
    const costs = unbooked.flat().map(({ levels, cost }) => {
      expect(levels.some(level => level.key === key && level.tenantId === tenantId)).toBe(true);
      return cost;
    });
    return [totals?.get(key)?.cost ?? 0n, costs.reduce((sum, cost) => sum + cost, 0n)];
  }

  test(`counts each settled attempt once, booked or unbooked, while booking is held amid the shipping of two nodes, seed ${seed}`, async () => {
    const url = await databases.migrated();
    const all = [await nodes.start({ url, batchSize: 7 }), await nodes.start({ url, batchSize: 11 })];
    let first = 1;
    let wasSplit = false;
    for (let turn = 0; turn < 6 || (!wasSplit && turn < 40); turn += 1) {
      const from = first;
      const writing = all.flatMap(({ ledger }, index) =>
        Array.from({ length: 60 }, (_, serial) => write(ledger, from + index * 60 + serial, 1)),
      );
      await writing[(seed * 7 + turn * 13) % writing.length];
      const releases = await Promise.all(all.map(({ ledger }) => ledger.holdBooking()));
      const second = await Promise.all(all.map(({ ledger }) => ledger.holdBooking()));
      await Promise.all(writing);
      first += 120;
      for (const tenantId of ['a', undefined]) {
        const [booked, unbooked] = await counted(all, tenantId);
        wasSplit ||= booked > 0n && unbooked > 0n;
        expect(booked + unbooked).toBe(costOf(1, first - 1));
        // The control: booked alone, and with what is left out of either node, it would not be.
        if (unbooked > 0n) expect(booked).not.toBe(costOf(1, first - 1));
      }
      for (const release of second) release();
      expect(await all[0]?.ledger.flush(50)).toBe((await countIn(all[0]?.journal ?? never())) === 0);
      for (const release of releases) release();
      for (const { ledger } of all) await until('all is shipped', () => ledger.flush(1000));
      expect(await counted(all)).toEqual([costOf(1, first - 1), 0n]);
    }
    expect(wasSplit).toBe(true);
  }, 60_000);

  test('counts once what was committed and never acknowledged before booking was held', async () => {
    const url = new URL(await databases.migrated());
    const proxy = await startLossyProxy(databases.server.port);
    url.port = String(proxy.port);
    const node = await nodes.start({ url: url.href, isShipping: false });
    try {
      const lost = proxy.loseNextCommit();
      await write(node.ledger, 1, 50);
      node.ledger.startShipping();
      await lost;
      const release = await node.ledger.holdBooking();
      // The control: the journal still holds what is booked.
      expect(await countIn(node.journal)).toBe(50);
      expect(await counted([node])).toEqual([costOf(1, 50), 0n]);
      release();
    } finally {
      await node.stop();
      await proxy.close();
    }
  });

  test('is not held before what is being read for shipping is booked', async () => {
    const url = await databases.migrated();
    const reading = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const node = await nodes.start({
      url,
      isShipping: false,
      around: journal => ({
        ...journal,
        read: async (calls, lane) => {
          const rows = await journal.read(calls, lane);
          if (calls.length > 5) {
            reading.resolve();
            await goOn.promise;
          }
          return rows;
        },
      }),
    });
    await write(node.ledger, 1, 50);
    node.ledger.startShipping();
    await reading.promise;
    let isHeld = false;
    const held = node.ledger.holdBooking().then(release => {
      isHeld = true;
      return release;
    });
    expect(await counted([node])).toEqual([0n, costOf(1, 50)]);
    expect(isHeld).toBe(false);
    goOn.resolve();
    const release = await held;
    expect(await counted([node])).toEqual([costOf(1, 50), 0n]);
    release();
  });

  test('counts once what PostgreSQL commits only after the node has given up waiting for it', async () => {
    const url = await databases.migrated();
    const failed = Promise.withResolvers<void>();
    const events = { shippingFailed: () => failed.resolve() };
    const node = await nodes.start({ url, isShipping: false, callTimeoutMs: 500, events });
    await write(node.ledger, 1, 50);
    // Connected, and known to work.
    (await node.ledger.holdBooking())();
    await databases.server.kill('SIGSTOP');
    try {
      node.ledger.startShipping();
      await failed.promise;
    } finally {
      await databases.server.kill('SIGCONT');
    }
    const release = await node.ledger.holdBooking();
    expect((await counted([node])).reduce((sum, cost) => sum + cost)).toBe(costOf(1, 50));
    release();
    await until('all is shipped', () => node.ledger.flush(1000));
    expect(await counted([node])).toEqual([costOf(1, 50), 0n]);
    expect(await disagreements(databases.server, url)).toEqual([]);
  }, 60_000);

  test('tells what is settled of completions that still run, and what a node had settled before it died', async () => {
    const url = await databases.migrated();
    const node = await nodes.start({ url });
    const [running, open, recovered] = [entry(1), entry(2), entry(3)];
    for (const { completion, attempt } of [running, open, recovered]) {
      await node.ledger.openCompletion(completion);
      await node.ledger.openAttempt(attempt);
    }
    for (const { attempt } of [running, recovered]) {
      await node.ledger.settleAttempt(settled(attempt, { usage: usage(1, 5n), durationMs: 100 }));
    }
    expect(await counted([node])).toEqual([0n, 10n]);
    expect((await node.ledger.unbooked('b')).length).toBe(0);
    await node.stop();

    const again = await nodes.start({ url, file: node.file, isShipping: false });
    await again.ledger.recover(start + 60_000);
    expect(await counted([again])).toEqual([0n, 1010n]);
    const settledLately = async (at: number) => (await again.ledger.settledSince(at)).map(({ id }) => id).sort();
    expect(await settledLately(start)).toEqual([running.attempt.id, open.attempt.id, recovered.attempt.id].sort());
    expect(await settledLately(start + 102)).toEqual([open.attempt.id, recovered.attempt.id].sort());
    again.ledger.startShipping();
    await until('all is shipped', () => again.ledger.flush(1000));
    expect([await settledLately(start), await counted([again])]).toEqual([[], [1010n, 0n]]);
  });

  test('books nothing late either while it is held, and goes on by itself when nobody lets go', async () => {
    const url = await databases.migrated();
    let told = 0;
    const node = await nodes.start({ url, mostHoldMs: 300, events: { holdExpired: () => (told += 1) } });
    const { completion, attempt } = entry(1);
    await node.ledger.openCompletion(completion);
    await node.ledger.openAttempt(attempt);
    await node.ledger.closeCompletion(closed(completion));
    await until('all is shipped', () => node.ledger.flush(1000));
    const release = await node.ledger.holdBooking();
    await expect(node.ledger.settleAttempt(settled(attempt))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    const other = entry(2);
    await expect(node.ledger.adoptAttempt(other.completion, other.attempt, start)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
    await write(node.ledger, 3, 1);
    expect(await counted([node])).toEqual([1000n, 3n]);
    await until('booking goes on', async () => (await counted([node]))[0] === 1003n);
    expect(told).toBe(1);
    release();
    await node.ledger.settleAttempt(settled(attempt));
    expect(await counted([node])).toEqual([10n, 0n]);
  });

  test('cannot be held where PostgreSQL does not say what is booked', async () => {
    const url = await databases.migrated();
    const node = await nodes.start({ url });
    await databases.server.kill('SIGKILL');
    try {
      await expect(node.ledger.holdBooking()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      await expect(node.ledger.budgetTotals('a', start)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    } finally {
      await databases.server.restart();
    }
    await write(node.ledger, 1, 10);
    await until('all is shipped', () => node.ledger.flush(1000));
    (await node.ledger.holdBooking())();
    expect(await counted([node])).toEqual([costOf(1, 10), 0n]);
  });
});

function never(): never {
  throw new Error('there are two nodes');
}
