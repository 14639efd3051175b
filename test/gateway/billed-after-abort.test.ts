import { describe, expect, test } from 'vitest';
import { start } from '../support/called-provider.ts';
import { booked, embedded, type GateProvider, model, openGate, principal, request } from '../support/open-gate.ts';
import { answerWith, chunk, streamHead } from '../support/openai-bytes.ts';
import type { RawExchange } from '../support/raw-provider.ts';

type Script = (exchange: RawExchange) => void | Promise<void>;

const silent: Script = () => {};
const beginning: Script = exchange => exchange.write(streamHead + chunk({ role: 'assistant', content: 'One two' }));

/** What is booked of a request with an output limit of 64 tokens, whose caller hangs up once its provider has it. */
async function bookedAfterLeaving(script: Script, facts: Partial<GateProvider>, stream = false) {
  const called = Promise.withResolvers<void>();
  const provider = await start(async exchange => {
    await script(exchange);
    called.resolve();
  });
  const opened = await openGate({ providers: [{ id: 'acme', url: provider.url, ...facts }] });
  const run = opened.gate.run(principal(), request({ stream }), embedded);
  await called.promise;
  if (script === silent) run.events.cancel();
  else for await (const batch of run.events) if (batch.some(({ type }) => type === 'text')) break;
  return (await booked(opened, run.id)).usage;
}

describe('a request that was given up at a provider which goes on billing', () => {
  test('is booked at its whole output limit, as an estimate', async () => {
    const usage = await bookedAfterLeaving(silent, { billsAfterAbort: true });
    expect(usage).toMatchObject({ outputTokens: 64, estimated: true });
    expect(usage.cost).toBe(BigInt(usage.inputTokens + 64) * 1_000n);
  });

  test('is booked so where some of its stream had come', async () => {
    expect(await bookedAfterLeaving(beginning, { billsAfterAbort: true }, true)).toMatchObject({
      outputTokens: 64,
      estimated: true,
    });
  });

  test('is booked at the endpoint’s own limit where that is lower', async () => {
    const models = [{ ...model('acme/one'), maxOutputTokens: 20 }];
    expect((await bookedAfterLeaving(silent, { billsAfterAbort: true, models })).outputTokens).toBe(20);
  });

  test('is booked at the dearer of text and reasoning', async () => {
    const models = [{ ...model('acme/one'), price: { input: '1', output: '1', reasoning: '5' } }];
    const usage = await bookedAfterLeaving(silent, { billsAfterAbort: true, models });
    expect(usage.cost).toBe(BigInt(usage.inputTokens + 5 * 64) * 1_000n);
  });

  test('that timed out is booked so too', async () => {
    const provider = await start(silent);
    const facts = { id: 'acme', url: provider.url, billsAfterAbort: true };
    const opened = await openGate({ providers: [facts] });
    const run = opened.gate.run(principal(), request({ deadlineMs: 100 }), embedded);
    for await (const _ of run.events);
    expect(await booked(opened, run.id)).toMatchObject({
      error: { code: 'DEADLINE_EXCEEDED' },
      usage: { outputTokens: 64, estimated: true },
    });
  });

  test.each([
    ['stops', false],
    ['does nobody knows what', undefined],
  ] as const)('control: where the provider %s, the input and what arrived are booked', async (_, bills) => {
    const facts = bills === undefined ? {} : { billsAfterAbort: bills };
    expect(await bookedAfterLeaving(silent, facts)).toMatchObject({ outputTokens: 0, estimated: true });
    expect((await bookedAfterLeaving(beginning, facts, true)).outputTokens).toBeLessThan(5);
  });

  test('control: a whole answer is booked at its report', async () => {
    const provider = await start(exchange => answerWith(exchange, 'Hi'));
    const opened = await openGate({ providers: [{ id: 'acme', url: provider.url, billsAfterAbort: true }] });
    const run = opened.gate.run(principal(), request(), embedded);
    for await (const _ of run.events);
    expect((await booked(opened, run.id)).usage).toMatchObject({ outputTokens: 5, estimated: false });
  });
});
