import { describe, expect, test } from 'vitest';
import { region } from '../../src/policy/rules/region.ts';
import { start } from '../support/called-provider.ts';
import { manualClock } from '../support/manual-clock.ts';
import { booked, embedded, endOf, openGate, principal, request } from '../support/open-gate.ts';
import { chunk, done, streamHead, usageChunk } from '../support/openai-bytes.ts';

/** Two runs under way: one that ends when it is let, and one whose provider falls silent. */
async function twoUnderWay() {
  const release = Promise.withResolvers<void>();
  const begun: PromiseWithResolvers<void>[] = [Promise.withResolvers(), Promise.withResolvers()];
  const clock = manualClock();
  const silent = await start(async exchange => {
    await exchange.write(streamHead + chunk({ role: 'assistant', content: 'One two' }));
    begun[0]?.resolve();
  });
  const ending = await start(async exchange => {
    await exchange.write(streamHead + chunk({ role: 'assistant', content: 'One two' }));
    begun[1]?.resolve();
    await release.promise;
    await exchange.write(chunk({}, 'stop') + usageChunk(10, 5) + done);
    exchange.end();
  });
  const limits = { idleMs: 3_000_000 };
  const opened = await openGate({
    clock,
    providers: [
      { id: 'silent', url: silent.url, limits },
      { id: 'ending', url: ending.url, limits },
    ],
  });
  const begin = (model: string) => opened.gate.run(principal(), request({ model, deadlineMs: 3_000_000 }), embedded);
  const runs = { silent: begin('acme/one@silent'), ending: begin('acme/one@ending') };
  const ends = { silent: endOf(runs.silent), ending: endOf(runs.ending) };
  await Promise.all(begun.map(({ promise }) => promise));
  return { opened, gate: opened.gate, clock, runs, ends, letEnd: release.resolve };
}

describe('drain', () => {
  test('refuses new runs at once, and says when to come back', async () => {
    const { gate, clock, ends } = await twoUnderWay();
    const drained = gate.drain(60_000);
    expect(() => gate.run(principal(), request(), embedded)).toThrow(
      expect.objectContaining({ code: 'SHUTTING_DOWN', retryable: true, retryAfterMs: 1_000 }),
    );
    expect(() => gate.with(region()).run(principal(), request(), embedded)).toThrow(
      expect.objectContaining({ code: 'SHUTTING_DOWN' }),
    );
    clock.advance(60_000);
    await drained;
    await Promise.all([ends.silent, ends.ending]);
  });

  test('waits for the running ones, then ends the rest as incomplete, all booked', async () => {
    const { opened, gate, clock, runs, ends, letEnd } = await twoUnderWay();
    let isDrained = false;
    const drained = gate.drain(60_000).then(() => {
      isDrained = true;
    });
    letEnd();
    expect(await ends.ending).toMatchObject({ type: 'finished' });
    expect(gate.activeRuns).toBe(1);
    clock.advance(59_999);
    expect(isDrained).toBe(false);
    clock.advance(1);
    await drained;
    expect(await ends.silent).toMatchObject({ type: 'incomplete', error: { code: 'SHUTTING_DOWN', retryable: true } });
    expect(gate.activeRuns).toBe(0);
    expect(opened.leases).toBe(0);
    expect(await booked(opened, runs.ending.id)).toMatchObject({ status: 'FINISHED', usage: { estimated: false } });
    const cut = await booked(opened, runs.silent.id);
    expect(cut).toMatchObject({ status: 'INCOMPLETE', error: { code: 'SHUTTING_DOWN' }, usage: { estimated: true } });
    expect(cut.usage.cost).toBeGreaterThan(0n);
    expect(await opened.stores.ledger.recover(clock.now())).toBe(0);
  });

  test('is over as soon as the last run is, whatever time is left', async () => {
    const { gate, runs, ends, letEnd, clock } = await twoUnderWay();
    const drained = gate.drain(60_000);
    letEnd();
    await gate.cancel(principal(), runs.silent.id);
    await drained;
    expect(await ends.silent).toMatchObject({ completion: { status: 'CANCELLED' } });
    expect(await ends.ending).toMatchObject({ type: 'finished' });
    expect(gate.activeRuns).toBe(0);
    expect(clock.pending()).toBe(0);
  });
});
