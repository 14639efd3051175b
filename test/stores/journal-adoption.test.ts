import { describe, expect, test } from 'vitest';
import type { OpenedAttempt, OpenedCompletion } from '../../src/stores/ledger-store.ts';
import { attempted, closed, idAt, opened, settled, usage } from '../../src/testing/ledger-entries.ts';
import { postgresBinaries, postgresTitle } from '../support/postgres-server.ts';
import { until } from '../support/until.ts';
import { deletes } from './support/journal-writing.ts';
import { useNodes } from './support/journaled-ledgers.ts';
import { bookedAttempts, disagreements } from './support/ledger-agreement.ts';
import { usePostgres } from './support/postgres-databases.ts';

const start = Date.UTC(2026, 10, 4, 10, 20, 30);
const later = start + 60_000;
const levels = [{ key: 'ever', tenantId: 'a' }];
const report = { filter: {}, groupBy: ['STATUS', 'MODEL'], groupByLabels: [], orderBy: 'COST', first: 9 } as const;

function entry(serial: number, facts: Partial<OpenedCompletion> = {}, tried: readonly Partial<OpenedAttempt>[] = [{}]) {
  const completion = opened(idAt(start, serial), start, { user: 'u', ...facts });
  const attempts = tried.map((each, index) =>
    attempted(completion, 1000 + serial * 10 + index, { budgets: levels, ...each }),
  );
  const [attempt = attempted(completion, 1000 + serial * 10)] = attempts;
  return { completion, attempts, attempt };
}

describe.skipIf(postgresBinaries === undefined)(postgresTitle, () => {
  const databases = usePostgres();
  const nodes = useNodes();
  const agree = async (url: string) => expect(await disagreements(databases.server, url)).toEqual([]);
  const total = async (url: string) =>
    (await databases.server.ask(url, 'select cast(sum(cost) as bigint) as cost from budget_total'))[0]?.cost;

  test('replaces how another node has ended a completion by what its own journal says, with all its attempts', async () => {
    const url = await databases.migrated();
    const [own, other] = [await nodes.start({ url, isShipping: false }), await nodes.start({ url })];
    const { completion, attempts } = entry(1, {}, [
      { modelId: 'first/model', endpointId: 'first/model@p' },
      { modelId: 'second/model', endpointId: 'second/model@p' },
    ]);
    const neighbour = entry(2, {}, [{ modelId: 'second/model' }]);
    await own.ledger.openCompletion(completion);
    for (const attempt of attempts) await own.ledger.openAttempt(attempt);
    const [failed, answering] = attempts;
    if (failed === undefined || answering === undefined) return;
    await own.ledger.settleAttempt(settled(failed, { outcome: 'FAILED', usage: usage(0, 0n) }));
    for (const { completion: of, attempt } of [{ completion, attempt: answering }, neighbour]) {
      expect(await other.ledger.adoptAttempt(of, attempt, later)).toBe(1000n);
    }
    expect((await other.ledger.usage(report)).total).toMatchObject({ requests: 2, cost: 2000n });
    await agree(url);

    await own.ledger.settleAttempt(settled(answering, { usage: usage(3, 30n) }));
    await own.ledger.closeCompletion(closed(completion, { endpointId: answering.endpointId, receipt: 'a.b.c' }));
    own.ledger.startShipping();
    await until('all is shipped', () => own.ledger.flush(1000));
    await agree(url);
    const [found] = await other.ledger.completions([completion.id]);
    expect(found).toMatchObject({ status: 'FINISHED', receipt: 'a.b.c', endpointId: answering.endpointId });
    expect(found?.error).toBeUndefined();
    expect(found?.attempts.map(({ outcome, usage: { cost } }) => [outcome, cost])).toEqual([
      ['FAILED', 0n],
      ['SUCCEEDED', 30n],
    ]);
    const { groups } = await other.ledger.usage(report);
    expect(
      groups.map(({ keys, total: { requests, cost } }) => [...keys.map(({ value }) => value), requests, cost]),
    ).toEqual([
      ['INCOMPLETE', 'second/model', 1, 1000n],
      ['FINISHED', 'second/model', 1, 30n],
      ['FINISHED', 'first/model', 0, 0n],
    ]);
    expect(await total(url)).toBe('1030');
    const corrections = await databases.server.ask(url, 'select attempt_id, outcome from attempt_correction');
    expect(corrections).toEqual([{ attempt_id: answering.id, outcome: 'SUCCEEDED' }]);
    expect(await databases.server.ask(url, 'select id from adopted_completion')).toEqual([
      { id: neighbour.completion.id },
    ]);
  }, 60_000);

  test('replaces it once, though the answer was lost and the journal ships it again', async () => {
    const url = await databases.migrated();
    const [own, other] = [await nodes.start({ url, isShipping: false }), await nodes.start({ url })];
    const entries = [1, 2, 3].map(serial => entry(serial));
    for (const { completion, attempt } of entries) {
      await own.ledger.openCompletion(completion);
      await own.ledger.openAttempt(attempt);
      await other.ledger.adoptAttempt(completion, attempt, later);
      await own.ledger.settleAttempt(settled(attempt, { usage: usage(1, 11n) }));
      await own.ledger.closeCompletion(closed(completion));
    }
    // Deleting what was shipped fails, as if the node had died before.
    const again = await nodes.start({
      url,
      file: own.file,
      around: journal => ({
        ...journal,
        write: calls => (deletes(calls) ? Promise.reject(new Error('disk full')) : journal.write(calls)),
      }),
    });
    for (let time = 0; time < 3; time += 1) {
      expect(await again.ledger.flush(300)).toBe(false);
      await agree(url);
      expect(await total(url)).toBe('33');
    }
    own.ledger.startShipping();
    await until('all is shipped', () => own.ledger.flush(1000));
    await agree(url);
    expect([...(await bookedAttempts(databases.server, url)).values()]).toEqual(
      entries.map(() => ({ outcome: 'SUCCEEDED', cost: 11n, status: 'FINISHED' })),
    );
  }, 60_000);

  test('keeps what was adopted of a node whose state folder is lost, and takes nothing twice from several nodes at once', async () => {
    const url = await databases.migrated();
    const lost = await nodes.start({ url, isShipping: false });
    const others = [await nodes.start({ url }), await nodes.start({ url }), await nodes.start({ url })];
    const entries = Array.from({ length: 40 }, (_, serial) => entry(serial));
    for (const { completion, attempt } of entries) {
      await lost.ledger.openCompletion(completion);
      await lost.ledger.openAttempt(attempt);
      await lost.ledger.settleAttempt(settled(attempt));
    }
    await lost.stop();
    const costs = await Promise.all(
      others.flatMap(({ ledger }) =>
        entries.map(({ completion, attempt }) => ledger.adoptAttempt(completion, attempt, later)),
      ),
    );
    expect(new Set(costs)).toEqual(new Set([1000n]));
    await agree(url);
    const booked = [...(await bookedAttempts(databases.server, url)).values()];
    expect(booked).toEqual(entries.map(() => ({ outcome: 'UNKNOWN', cost: 1000n, status: 'INCOMPLETE' })));

    await databases.server.ask(url, `update attempt set cost = cost + 1 where id = '${entries[0]?.attempt.id}'`);
    expect(await disagreements(databases.server, url)).not.toEqual([]);
  }, 60_000);

  test('brings nothing back that was purged, and books nothing of it again', async () => {
    const url = await databases.migrated();
    const [own, other] = [await nodes.start({ url, isShipping: false }), await nodes.start({ url })];
    const [adopted, shipped] = [1, 2].map(serial => entry(serial, { factsUntil: start + 1000 }));
    if (adopted === undefined || shipped === undefined) return;
    for (const { completion, attempt } of [adopted, shipped]) {
      await own.ledger.openCompletion(completion);
      await own.ledger.openAttempt(attempt);
      await own.ledger.settleAttempt(settled(attempt));
      await own.ledger.closeCompletion(closed(completion));
    }
    await other.ledger.adoptAttempt(adopted.completion, adopted.attempt, later);
    // As if the node had died between the commit and its own deletion.
    const { completion, attempt } = shipped;
    await other.ledger.openCompletion(completion);
    await other.ledger.openAttempt(attempt);
    await other.ledger.settleAttempt(settled(attempt));
    await other.ledger.closeCompletion(closed(completion));
    expect(await other.ledger.purgeFacts(later)).toBe(2);
    const usageBefore = await other.ledger.usage(report);
    expect(usageBefore.total).toMatchObject({ requests: 2, cost: 1007n });

    own.ledger.startShipping();
    await until('all is shipped', () => own.ledger.flush(1000));
    expect(await other.ledger.adoptAttempt(adopted.completion, adopted.attempt, later)).toBe(1000n);
    expect(await other.ledger.usage(report)).toEqual(usageBefore);
    expect(await other.ledger.completions([adopted.completion.id, completion.id])).toEqual([undefined, undefined]);
    expect(await total(url)).toBe('1007');
    expect(own.ledger.backlog).toMatchObject({ waiting: 0, refused: 0 });
  });

  test('adopts nothing that its own journal holds', async () => {
    const url = await databases.migrated();
    const { ledger } = await nodes.start({ url });
    const [running, ended] = [entry(1), entry(2)];
    for (const { completion, attempt } of [running, ended]) {
      await ledger.openCompletion(completion);
      await ledger.openAttempt(attempt);
    }
    await ledger.settleAttempt(settled(ended.attempt));
    await ledger.closeCompletion(closed(ended.completion));
    expect(await ledger.adoptAttempt(running.completion, running.attempt, later)).toBe(1000n);
    expect(await ledger.adoptAttempt(ended.completion, ended.attempt, later)).toBe(7n);
    await until('all is shipped', () => ledger.flush(1000));
    expect([...(await bookedAttempts(databases.server, url)).keys()]).toEqual([ended.attempt.id]);
    expect((await ledger.completions([running.completion.id]))[0]?.status).toBe('RUNNING');
  });
});
