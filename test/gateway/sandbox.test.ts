import { describe, expect, test } from 'vitest';
import { start } from '../support/called-provider.ts';
import { embedded, endOf, eventsOf, model, openGate, principal, request } from '../support/open-gate.ts';
import { answerWith, failWith } from '../support/openai-bytes.ts';

/** A real provider and the sandbox, which is cheaper and serves the same model, and one of its own. */
async function besideReal(realFails: boolean) {
  const real = await start(exchange => (realFails ? failWith(exchange, 500) : answerWith(exchange, 'real')));
  const sandbox = await start(exchange => answerWith(exchange, 'simulated'));
  const { gate } = await openGate({
    providers: [
      { id: 'acme', url: real.url, models: [model('acme/one', '5')] },
      {
        id: 'sandbox',
        url: sandbox.url,
        models: [model('acme/one', '0'), model('sandbox/echo', '0')],
        isSandbox: true,
      },
    ],
  });
  return { real, sandbox, gate };
}

describe('beside a real provider', () => {
  test.each([false, true])('`auto` never chooses the sandbox, even where the real one fails: %s', async realFails => {
    const { gate, real, sandbox } = await besideReal(realFails);
    const events = await eventsOf(gate.run(principal(), request({ model: 'auto' }), embedded));
    expect(events.at(-1)?.type).toBe(realFails ? 'failed' : 'finished');
    expect(real.requests.length).toBeGreaterThan(0);
    expect(sandbox.connections).toBe(0);
    const route = events[0]?.type === 'accepted' ? events[0].route : undefined;
    const simulated = route?.candidates.filter(({ endpoint }) => endpoint.providerId === 'sandbox') ?? [];
    expect(simulated.map(({ status }) => status)).toEqual(['EXCLUDED', 'EXCLUDED']);
  });

  test('a fallback never goes to the sandbox', async () => {
    const { gate, sandbox } = await besideReal(true);
    const asked = request({ model: 'acme/one@acme', fallbackModels: ['acme/one', 'sandbox/echo'] });
    expect(await endOf(gate.run(principal(), asked, embedded))).toMatchObject({ type: 'failed' });
    expect(sandbox.connections).toBe(0);
  });

  test.each(['sandbox/echo', 'acme/one@sandbox'])('the sandbox serves where it is asked for: %s', async name => {
    const { gate, real } = await besideReal(false);
    const end = await endOf(gate.run(principal(), request({ model: name }), embedded));
    expect(end).toMatchObject({ type: 'finished', completion: { answer: { text: 'simulated' } } });
    expect(end.completion.endpointId).toMatch(/@sandbox$/);
    expect(real.connections).toBe(0);
  });
});

test('control: alone, the sandbox serves `auto`', async () => {
  const sandbox = await start(exchange => answerWith(exchange, 'simulated'));
  const { gate } = await openGate({ providers: [{ id: 'sandbox', url: sandbox.url, isSandbox: true }] });
  const end = await endOf(gate.run(principal(), request({ model: 'auto' }), embedded));
  expect(end).toMatchObject({ type: 'finished', completion: { endpointId: 'acme/one@sandbox' } });
});
