import { expect, test } from 'vitest';
import { start } from '../support/called-provider.ts';
import { booked, embedded, endOf, eventsOf, model, openGate, principal, request } from '../support/open-gate.ts';
import { answerWith, chunk, done, failWith, streamHead } from '../support/openai-bytes.ts';
import { recordRuns } from '../support/run-record.ts';

test('output that arrived is counted as it is, without separators of channels that were empty', async () => {
  const provider = await start(async exchange => {
    await exchange.write(
      streamHead + chunk({ role: 'assistant', content: 'One two three' }) + chunk({}, 'stop') + done,
    );
    exchange.end();
  });
  const opened = await openGate({ providers: [{ id: 'acme', url: provider.url }] });
  const { completion } = await endOf(opened.gate.run(principal(), request(), embedded));
  expect(completion.usage).toMatchObject({ outputTokens: 3, estimated: true });
});

test('an attempt that was cut before anything came is booked without output', async () => {
  const provider = await start(async exchange => {
    await exchange.write(streamHead);
    exchange.end();
  });
  const opened = await openGate({ providers: [{ id: 'acme', url: provider.url }] });
  const { completion } = await endOf(opened.gate.run(principal(), request(), embedded));
  expect(completion.usage.outputTokens).toBe(0);
});

test('a model that both serve is never answered by the sandbox beside a real provider', async () => {
  const real = await start(exchange => failWith(exchange, 500));
  const sandbox = await start(exchange => answerWith(exchange, 'simulated'));
  const { gate } = await openGate({
    providers: [
      { id: 'acme', url: real.url, models: [model('acme/one', '5')] },
      { id: 'sandbox', url: sandbox.url, models: [model('acme/one', '0')], isSandbox: true },
    ],
  });
  expect(await endOf(gate.run(principal(), request(), embedded))).toMatchObject({ type: 'failed' });
  expect(sandbox.connections).toBe(0);
});

test('a store that was busy for a moment costs the caller nothing, and books the true figures', async () => {
  for (const write of ['settleAttempt', 'closeCompletion'] as const) {
    const provider = await start(exchange => answerWith(exchange, 'Hi'));
    const runs = recordRuns();
    let failures = 1;
    const opened = await openGate({
      providers: [{ id: 'acme', url: provider.url }],
      observers: [runs.observer],
      ledger: real => ({
        ...real,
        async [write](entry: never) {
          if (failures-- > 0) throw new Error('busy');
          await real[write](entry);
        },
      }),
    });
    const run = opened.gate.run(principal(), request(), embedded);
    expect((await eventsOf(run)).at(-1)?.type).toBe('finished');
    await expect
      .poll(() => booked(opened, run.id), { timeout: 5000 })
      .toMatchObject({ status: 'FINISHED', usage: { cost: 15_000n, estimated: false } });
    expect(opened.gate.unbookedOutcomes).toBe(0);
    expect(runs.shown(run.id)).toContain('closed:FINISHED');
  }
});
