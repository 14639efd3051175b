import { describe, expect, test } from 'vitest';
import type { LedgerStore } from '../../src/stores/ledger-store.ts';
import type { SqliteStores } from '../../src/stores/sqlite/open-sqlite-stores.ts';
import { start } from '../support/called-provider.ts';
import { embedded, eventsOf, openGate, principal, request } from '../support/open-gate.ts';
import { answerWith } from '../support/openai-bytes.ts';
import { recordRuns } from '../support/run-record.ts';

/** The real store, whose database is taken away just before this write. */
function losesDatabaseAt(write: 'openCompletion' | 'openAttempt' | 'settleAttempt' | 'closeCompletion') {
  return (real: LedgerStore, stores: SqliteStores): LedgerStore => ({
    ...real,
    async [write](entry: never) {
      await stores.close();
      await real[write](entry);
    },
  });
}

async function runWithout(write: Parameters<typeof losesDatabaseAt>[0], policiesRefuse = false) {
  const provider = await start(exchange => answerWith(exchange, 'Hi'));
  const runs = recordRuns();
  const { gate } = await openGate({
    providers: [{ id: 'acme', url: provider.url }],
    observers: [runs.observer],
    ledger: losesDatabaseAt(write),
  });
  const run = gate.run(principal(), request(policiesRefuse ? { routing: { regions: ['eu'] } } : {}), embedded);
  const events = await eventsOf(run);
  await runs.over(run.id);
  return { provider, events, last: events.at(-1), shown: runs.shown(run.id), gate };
}

describe('a store that fails', () => {
  test('before the attempt is journalled: nothing is sent to the provider', async () => {
    const { provider, events, last, gate } = await runWithout('openAttempt');
    expect(events.map(({ type }) => type)).toEqual(['accepted', 'failed']);
    expect(last).toMatchObject({ type: 'failed', error: { code: 'STORE_UNAVAILABLE', retryable: true } });
    expect(provider.connections).toBe(0);
    expect(gate.activeRuns).toBe(0);
  });

  test('as the completion is opened: nothing is sent to the provider', async () => {
    const { provider, last } = await runWithout('openCompletion');
    expect(last).toMatchObject({ type: 'failed', error: { code: 'STORE_UNAVAILABLE' } });
    expect(provider.connections).toBe(0);
  });

  test.each(['settleAttempt', 'closeCompletion'] as const)(
    'after a whole answer, at %s: the caller gets it, and the node says that it could not book it',
    async write => {
      const { provider, events, last, shown, gate } = await runWithout(write);
      expect(provider.requests).toHaveLength(1);
      expect(events.map(({ type }) => type)).toEqual(['accepted', 'started', 'text', 'finished']);
      expect(last).toMatchObject({ completion: { status: 'FINISHED' } });
      expect(gate.unbookedOutcomes).toBeGreaterThan(0);
      expect(shown.filter(name => name.startsWith('closed'))).toHaveLength(1);
      expect(gate.activeRuns).toBe(0);
    },
  );

  test('at the booking of a refusal: the caller is told', async () => {
    const { provider, last, shown } = await runWithout('closeCompletion', true);
    expect(last).toMatchObject({ type: 'failed' });
    expect(provider.connections).toBe(0);
    expect(shown.filter(name => name.startsWith('closed'))).toHaveLength(1);
  });
});

test('an observer that throws changes nothing for the caller', async () => {
  const provider = await start(exchange => answerWith(exchange, 'Hi'));
  const broken = () => {
    throw new Error('broken');
  };
  const { gate } = await openGate({
    providers: [{ id: 'acme', url: provider.url }],
    observers: [
      { opened: broken },
      { opened: () => ({ attemptOpened: broken, attemptSettled: broken, closed: broken, failed: broken }) },
    ],
  });
  const events = await eventsOf(gate.run(principal(), request(), embedded));
  expect(events.map(({ type }) => type)).toEqual(['accepted', 'started', 'text', 'finished']);
});
