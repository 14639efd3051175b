import { describe, expect, test } from 'vitest';
import type { Price } from '../../src/model/catalog.ts';
import { closed, settled, usage } from '../../src/testing/ledger-entries.ts';
import { manualClock } from '../support/manual-clock.ts';
import { postgresBinaries, postgresTitle } from '../support/postgres-server.ts';
import { until } from '../support/until.ts';
import { entry, levels, start, write } from './support/journal-writing.ts';
import { useNodes } from './support/journaled-ledgers.ts';
import { usePostgres } from './support/postgres-databases.ts';

const price: Price = {
  input: 1_000_000_000n,
  output: 9_007_199_254_740_993n,
  tiers: [{ aboveInputTokens: 200_000, input: 2_000_000_000n, output: 3n }],
};

describe.skipIf(postgresBinaries === undefined)(postgresTitle, () => {
  const databases = usePostgres();
  const nodes = useNodes();

  test('ships all but what is held back, says so, and ships that when it is held back no more', async () => {
    const url = await databases.migrated();
    const node = await nodes.start({ url, batchSize: 3 });
    const heldBack = new Set([2, 5].map(serial => entry(serial).completion.id));
    const mayShip = node.ledger.holdBack?.(() => [...heldBack]);
    await write(node.ledger, 1, 10);
    const shipped = async () => {
      const rows = await databases.server.ask(url, 'select cost from attempt order by cost');
      return rows.map(({ cost }) => Number(cost));
    };
    await until('the others are shipped', async () => (await shipped()).length === 8);
    expect(await node.ledger.flush(50)).toBe(false);
    expect(await shipped()).toEqual([1, 3, 4, 6, 7, 8, 9, 10]);
    expect(node.ledger.backlog.waiting).toBe(2);
    // Counters that are rebuilt meanwhile are brought what is held back.
    expect((await node.ledger.unbooked('a')).map(({ cost }) => cost)).toEqual([2n, 5n]);
    heldBack.delete(entry(2).completion.id);
    mayShip?.();
    await until('one of them is shipped', async () => (await shipped()).length === 9);
    heldBack.clear();
    mayShip?.();
    await until('all is shipped', () => node.ledger.flush(1000));
    expect(await shipped()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(node.ledger.backlog.waiting).toBe(0);
  });

  test('reads out of its journal all that another node needs to book an attempt', async () => {
    const url = await databases.migrated();
    const node = await nodes.start({ url, isShipping: false });
    const full = entry(
      1,
      {
        apiKeyId: 'k-1',
        user: 'ann "ünï"',
        projectPath: ['a', 'b'],
        projectId: 'b',
        labels: [{ name: 'request', value: 'nano:7' }],
        redactions: [{ kind: 'EMAIL', action: 'REDACT', count: 2, enforced: true, direction: 'INPUT' }],
        factsUntil: start + 90_000,
        routing: {
          ...entry(1).completion.routing,
          only: ['p'],
          maxPrice: { input: 5n, request: 9_007_199_254_740_993n },
        },
      },
      { price, region: 'eu' },
    );
    const bare = entry(2, {}, { budgets: [] });
    for (const { completion, attempt } of [full, bare]) {
      await node.ledger.openCompletion(completion);
      await node.ledger.openAttempt(attempt);
      await node.ledger.settleAttempt(settled(attempt, { usage: usage(3, 11n) }));
      await node.ledger.closeCompletion(closed(completion, { redactions: completion.redactions }));
    }
    const found = await node.ledger.settledSince(start);
    expect(found.map(({ completionId }) => completionId)).toEqual([full.completion.id, bare.completion.id]);
    const [first, second] = found.map(one => one.opened());
    const assumedOnCrash = { ...usage(3, 11n), estimated: true };
    expect(first).toEqual({
      completion: full.completion,
      attempt: { ...full.attempt, budgets: levels.toReversed(), assumedOnCrash },
    });
    const { budgets: _none, ...unbound } = bare.attempt;
    expect(second).toEqual({ completion: bare.completion, attempt: { ...unbound, assumedOnCrash } });
  });

  test('holds booking for two minutes and no longer, where nobody lets go', async () => {
    const url = await databases.migrated();
    const clock = manualClock(start);
    let told = 0;
    const node = await nodes.start({ url, clock, events: { holdExpired: () => (told += 1) } });
    const other = entry(1);
    const adopt = () => node.ledger.adoptAttempt(other.completion, other.attempt, start);
    await node.ledger.holdBooking();
    clock.advance(119_999);
    await expect(adopt()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(told).toBe(0);
    clock.advance(1);
    expect([await adopt(), told]).toEqual([1000n, 1]);
  });
});
