import { describe, expect, test } from 'vitest';
import { watchSignal } from '../../src/gateway/watch-signal.ts';
import { start } from '../support/called-provider.ts';
import { booked, embedded, endOf, openGate, principal, request } from '../support/open-gate.ts';
import { answerWith, chunk, streamHead } from '../support/openai-bytes.ts';
import { recordRuns } from '../support/run-record.ts';

const free = { inputTokens: 0, outputTokens: 0, cost: 0n, estimated: false };

describe('a caller that leaves between the journal and the call', () => {
  test.each(['leaves', 'cancels'] as const)('has sent nothing and pays nothing: it %s', async how => {
    const provider = await start(exchange => answerWith(exchange, 'Hi'));
    const runs = recordRuns();
    const opened = await openGate({
      providers: [{ id: 'acme', url: provider.url }],
      observers: [runs.observer],
      ledger: real => ({
        ...real,
        async openAttempt(attempt) {
          await real.openAttempt(attempt);
          if (how === 'leaves') run.events.cancel();
          else void opened.gate.cancel(principal(), run.id);
          await new Promise(resolve => setImmediate(resolve));
        },
      }),
    });
    const run = opened.gate.run(principal(), request(), embedded);
    await runs.over(run.id);
    expect(provider.connections).toBe(0);
    const completion = await booked(opened, run.id);
    expect(completion).toMatchObject({ status: 'CANCELLED', error: { code: 'CANCELLED' }, usage: free });
    expect(completion.attempts).toMatchObject([{ outcome: 'CANCELLED', usage: free }]);
    expect(runs.shown(run.id)).toEqual(['attemptOpened', 'attemptSettled', 'closed:CANCELLED']);
  });

  test('control: one that stays is answered and charged', async () => {
    const provider = await start(exchange => answerWith(exchange, 'Hi'));
    const opened = await openGate({ providers: [{ id: 'acme', url: provider.url }] });
    const run = opened.gate.run(principal(), request(), embedded);
    expect(await endOf(run)).toMatchObject({ type: 'finished', completion: { answer: { text: 'Hi' } } });
    expect(provider.requests).toHaveLength(1);
    expect(await booked(opened, run.id)).toMatchObject({
      status: 'FINISHED',
      usage: { inputTokens: 10, outputTokens: 5, cost: 15_000n },
    });
  });
});

describe('a caller that leaves in the middle', () => {
  test('hangs up on the provider, and pays for the input and what arrived, as an estimate', async () => {
    const hungUp = Promise.withResolvers<number>();
    const provider = await start(async exchange => {
      await exchange.write(streamHead + chunk({ role: 'assistant', content: 'One two three' }));
      hungUp.resolve(await exchange.hungUp);
    });
    const runs = recordRuns();
    const opened = await openGate({ providers: [{ id: 'acme', url: provider.url }], observers: [runs.observer] });
    const run = opened.gate.run(principal(), request(), embedded);
    for await (const batch of run.events) if (batch.some(({ type }) => type === 'text')) break;
    await hungUp.promise;
    await runs.over(run.id);
    const completion = await booked(opened, run.id);
    expect(completion).toMatchObject({ status: 'CANCELLED', usage: { estimated: true } });
    expect(completion.usage.inputTokens).toBeGreaterThan(0);
    expect(completion.usage.outputTokens).toBeGreaterThan(0);
  });
});

describe('a credential', () => {
  test('that is revoked midway ends the run and hangs up on the provider', async () => {
    const revocation = new AbortController();
    const hungUp = Promise.withResolvers<number>();
    const provider = await start(async exchange => {
      await exchange.write(streamHead + chunk({ role: 'assistant', content: 'One' }));
      hungUp.resolve(await exchange.hungUp);
    });
    const opened = await openGate({ providers: [{ id: 'acme', url: provider.url }] });
    const run = opened.gate.run(principal({ revoked: revocation.signal }), request(), embedded);
    const other = opened.gate.run(principal({ revoked: revocation.signal }), request(), embedded);
    const otherEnd = endOf(other);
    const types: string[] = [];
    for await (const batch of run.events) {
      for (const event of batch) {
        types.push(event.type);
        if (event.type === 'text') revocation.abort();
        if (event.type === 'incomplete') expect(event.error.code).toBe('UNAUTHENTICATED');
      }
    }
    await hungUp.promise;
    expect(types).toEqual(['accepted', 'started', 'text', 'incomplete']);
    expect((await otherEnd).completion.error?.code).toBe('UNAUTHENTICATED');
    expect(await booked(opened, run.id)).toMatchObject({ status: 'INCOMPLETE', error: { code: 'UNAUTHENTICATED' } });
    expect(opened.gate.activeRuns).toBe(0);
  });

  test('that is revoked between the journal and the call has sent nothing', async () => {
    const revocation = new AbortController();
    const provider = await start(exchange => answerWith(exchange, 'Hi'));
    const opened = await openGate({
      providers: [{ id: 'acme', url: provider.url }],
      ledger: real => ({
        ...real,
        async openAttempt(attempt) {
          await real.openAttempt(attempt);
          revocation.abort();
        },
      }),
    });
    const run = opened.gate.run(principal({ revoked: revocation.signal }), request(), embedded);
    expect(await endOf(run)).toMatchObject({ type: 'failed', error: { code: 'UNAUTHENTICATED' } });
    expect(provider.connections).toBe(0);
    expect(await booked(opened, run.id)).toMatchObject({ status: 'FAILED', usage: free });
  });

  test('is watched by one listener, however many runs it has, and forgotten by each that ends', () => {
    const revocation = new AbortController();
    const told: string[] = [];
    const forget = watchSignal(revocation.signal, () => told.push('first'));
    watchSignal(revocation.signal, () => told.push('second'));
    forget();
    revocation.abort();
    expect(told).toEqual(['second']);
  });
});
