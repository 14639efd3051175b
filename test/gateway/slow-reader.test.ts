import { describe, expect, test } from 'vitest';
import type { CompletionRun } from '../../src/gateway/gateway.ts';
import type { CompletionEvent } from '../../src/model/completion.ts';
import { start } from '../support/called-provider.ts';
import { manualClock } from '../support/manual-clock.ts';
import { booked, embedded, model, openGate, principal, request } from '../support/open-gate.ts';
import { chunk, done, streamHead, usageChunk } from '../support/openai-bytes.ts';
import type { RawExchange } from '../support/raw-provider.ts';

/** Each delta is so long that a few fill every buffer between the provider and a reader that does not read. */
const filler = 'x'.repeat(16_384);
const deltas = 1_200;
const large = { ...model('acme/one'), contextTokens: 3_000_000 };

/** A question whose answer may be as long as the flood. */
const asked = (deadlineMs: number) => request({ deadlineMs, prompt: { maxOutputTokens: 2_500_000 } });

/** Sends numbered deltas as fast as they are taken, then ends well. */
async function flood(exchange: RawExchange, onSent: (count: number) => void): Promise<void> {
  await exchange.write(streamHead);
  for (let index = 0; index < deltas; index++) {
    await exchange.write(chunk({ content: `<${index}>${filler}` }));
    onSent(index + 1);
  }
  await exchange.write(chunk({}, 'stop') + usageChunk(10, 5) + done);
  exchange.end();
}

/** Resolves once `read` has said the same through many turns of the event loop: nothing moves any more. */
async function stillness(read: () => number): Promise<number> {
  let before = read();
  for (let calm = 0; calm < 500; calm++) {
    await new Promise(resolve => setImmediate(resolve));
    if (read() !== before) calm = 0;
    before = read();
  }
  return before;
}

describe('a slow reader', () => {
  test('pauses the provider, and gets everything once, in order and without gaps', async () => {
    let sent = 0;
    const provider = await start(exchange => flood(exchange, count => (sent = count)));
    const { gate } = await openGate({ providers: [{ id: 'acme', url: provider.url, models: [large] }] });
    const run = gate.run(principal(), asked(60_000), embedded);
    const { events, over, begun, readOn } = readToFirstText(run);
    await begun;
    const heldAt = await stillness(() => sent);
    expect(heldAt).toBeGreaterThan(0);
    expect(heldAt).toBeLessThan(deltas);
    expect(events.map(({ type }) => type)).toEqual(['accepted', 'started', 'text']);

    readOn();
    await over;
    expect(sent).toBe(deltas);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index));
    const text = events.flatMap(event => (event.type === 'text' ? [event.text] : [])).join('');
    const numbers = [...text.matchAll(/<(\d+)>/g)].map(([, number]) => Number(number));
    expect(numbers).toEqual(Array.from({ length: deltas }, (_, index) => index));
    expect(text.length).toBe(numbers.join('').length + deltas * (filler.length + 2));
    expect(events.at(-1)).toMatchObject({ type: 'finished' });
  });

  test('control: one that reads is never waited for', async () => {
    let sent = 0;
    const provider = await start(exchange => flood(exchange, count => (sent = count)));
    const { gate } = await openGate({ providers: [{ id: 'acme', url: provider.url, models: [large] }] });
    const over = Promise.withResolvers<void>();
    const { events } = gate.run(principal(), asked(60_000), embedded);
    events.pipe({ write: () => true, end: over.resolve });
    await over.promise;
    expect(sent).toBe(deltas);
  });
});

/** Reads up to the first text, and takes no more until it is told to. */
function readToFirstText(run: CompletionRun) {
  const events: CompletionEvent[] = [];
  const over = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  let isReading = true;
  run.events.pipe({
    write(batch) {
      events.push(...batch);
      if (isReading && events.length <= 3 && batch.some(({ type }) => type === 'text')) {
        isReading = false;
        begun.resolve();
      }
      return isReading;
    },
    end: over.resolve,
  });
  return {
    events,
    over: over.promise,
    begun: begun.promise,
    readOn() {
      isReading = true;
      run.events.resume();
    },
  };
}

/** A run whose reader has taken the first text and no more; the provider sends on and never ends. */
async function pausedRun(idleMs: number, deadlineMs: number) {
  const clock = manualClock();
  let sent = 0;
  const hungUp = Promise.withResolvers<number>();
  const provider = await start(async exchange => {
    void exchange.hungUp.then(hungUp.resolve);
    await flood(exchange, count => (sent = count));
  });
  const opened = await openGate({
    providers: [{ id: 'acme', url: provider.url, models: [large], limits: { idleMs } }],
    clock,
  });
  const run = opened.gate.run(principal(), asked(deadlineMs), embedded);
  const reader = readToFirstText(run);
  await reader.begun;
  await stillness(() => sent);
  return { ...opened, ...reader, clock, run, hungUp: hungUp.promise };
}

describe('while the reader is what is slow', () => {
  test('the provider is not taken for idle', async () => {
    const paused = await pausedRun(1_000, 3_600_000);
    for (let step = 0; step < 20; step++) paused.clock.advance(900);
    expect(paused.gate.activeRuns).toBe(1);
    expect(paused.events.map(({ type }) => type)).toEqual(['accepted', 'started', 'text']);
    paused.run.events.cancel();
  });

  test('the deadline holds: the provider is hung up on, and what came is booked', async () => {
    const paused = await pausedRun(1_000_000, 5_000);
    paused.clock.advance(4_999);
    expect(paused.gate.activeRuns).toBe(1);
    paused.clock.advance(1);
    await paused.hungUp;
    paused.readOn();
    await paused.over;
    expect(paused.events.at(-1)).toMatchObject({ type: 'incomplete', error: { code: 'DEADLINE_EXCEEDED' } });
    expect(paused.events.map(({ seq }) => seq)).toEqual(paused.events.map((_, index) => index));
    const completion = await booked(paused, paused.run.id);
    expect(completion).toMatchObject({ status: 'INCOMPLETE', attempts: [{ outcome: 'TIMED_OUT' }] });
    expect(completion.usage.estimated).toBe(true);
  });
});

describe('while the provider is what is slow', () => {
  async function silentRun(idleMs: number, deadlineMs: number) {
    const clock = manualClock();
    const provider = await start(async exchange => {
      await exchange.write(streamHead + chunk({ role: 'assistant', content: 'One' }));
    });
    const opened = await openGate({ providers: [{ id: 'acme', url: provider.url, limits: { idleMs } }], clock });
    const run = opened.gate.run(principal(), request({ deadlineMs }), embedded);
    const events: CompletionEvent[] = [];
    for await (const batch of run.events) {
      events.push(...batch);
      if (batch.some(({ type }) => type === 'text')) clock.advance(Math.min(idleMs, deadlineMs));
    }
    return events.at(-1);
  }

  test('control: silence for the idle time ends the run', async () => {
    expect(await silentRun(1_000, 60_000)).toMatchObject({ type: 'incomplete', error: { code: 'PROVIDER_TIMEOUT' } });
  });

  test('the deadline ends it where that comes first', async () => {
    expect(await silentRun(60_000, 1_000)).toMatchObject({ type: 'incomplete', error: { code: 'DEADLINE_EXCEEDED' } });
  });
});
