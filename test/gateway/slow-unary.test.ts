import { expect, test } from 'vitest';
import { memoryHealthStore } from '../../src/stores/memory/health-store.ts';
import { manualClock } from '../support/manual-clock.ts';
import { closeAfterTest, embedded, endOf, model, openGate, principal, request } from '../support/open-gate.ts';
import { answerWith } from '../support/openai-bytes.ts';
import { type RawScript, startRawProvider } from '../support/raw-provider.ts';

const answers: RawScript = exchange => answerWith(exchange, 'whole');

/** The cheaper of two endpoints is silent for one request, and given up; then it answers. */
async function afterSilence({ stream }: { readonly stream: boolean }) {
  const clock = manualClock();
  const health = memoryHealthStore();
  const [first, second] = await Promise.all([startRawProvider([() => {}, answers]), startRawProvider(answers)]);
  for (const { close } of [first, second]) closeAfterTest(close);
  const limits = { firstEventMs: 2_000, unaryMs: 2_000 };
  const { gate } = await openGate({
    clock,
    health,
    providers: [
      { id: 'first', url: first.url, models: [model('acme/one', '1')], limits },
      { id: 'second', url: second.url, models: [model('acme/one', '2')], limits },
    ],
  });
  const ask = async (isStream: boolean) => {
    const run = gate.run(principal(), request({ stream: isStream }), embedded);
    if (first.requests.length === 0) {
      await first.request(0);
      clock.advance(2_000);
    }
    return (await endOf(run)).completion.endpointId;
  };
  expect(await ask(stream)).toBe('acme/one@second');
  return { next: await ask(true), uptime: gate.health('acme/one@first').uptime };
}

test('a long answer in one piece that one caller asked for turns nobody else away from a cheaper endpoint', async () => {
  const { next, uptime } = await afterSilence({ stream: false });
  expect(next).toBe('acme/one@first');
  expect(uptime).toBe(0.5);
});

test('control: a stream that does not begin does', async () => {
  expect(await afterSilence({ stream: true })).toEqual({ next: 'acme/one@second', uptime: 0 });
});
