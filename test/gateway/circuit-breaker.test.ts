import { describe, expect, test } from 'vitest';
import { memoryHealthStore } from '../../src/stores/memory/health-store.ts';
import { manualClock } from '../support/manual-clock.ts';
import {
  closeAfterTest,
  embedded,
  endOf,
  model,
  type OpenedGate,
  openGate,
  principal,
  type RequestChanges,
  request,
} from '../support/open-gate.ts';
import { answerWith, chunk, done, failWith, streamHead } from '../support/openai-bytes.ts';
import { type RawScript, startRawProvider } from '../support/raw-provider.ts';

async function start(script: RawScript) {
  const provider = await startRawProvider(script);
  closeAfterTest(() => provider.close());
  return provider;
}

/** What one provider does next, until a test changes it. */
function switchable(first: RawScript) {
  let script = first;
  return {
    play: ((exchange: Parameters<RawScript>[0]) => script(exchange)) satisfies RawScript,
    become(next: RawScript) {
      script = next;
    },
  };
}

const answers: RawScript = exchange => answerWith(exchange, 'whole');
/** A fault that is not tried again in its place, so that each request is one sample. */
const isDown: RawScript = exchange => failWith(exchange, 503);
const hangs: RawScript = () => {};

/** Two endpoints of one model. */
async function openTwo(primaryScript: RawScript) {
  const clock = manualClock();
  const health = memoryHealthStore();
  const primary = switchable(primaryScript);
  const [first, second] = [await start(primary.play), await start(answers)];
  const opened = await openGate({
    clock,
    health,
    providers: [
      { id: 'first', url: first.url, models: [model('acme/one', '1')], limits: { firstEventMs: 12_000 } },
      { id: 'second', url: second.url, models: [model('acme/one', '2')] },
    ],
  });
  return { ...opened, clock, health, primary, first, second };
}

/** Whatever happened to the first of them lately. */
const inOrder = { routing: { order: ['first', 'second'] } };

async function servedBy({ gate }: Pick<OpenedGate, 'gate'>, changes: RequestChanges = {}): Promise<string | undefined> {
  const { completion } = await endOf(gate.run(principal(), request({ ...inOrder, ...changes }), embedded));
  return completion.status === 'FINISHED' ? completion.endpointId?.split('@')[1] : completion.error?.code;
}

describe('a failing endpoint', () => {
  test('is left alone after five faults in a row, and used again within 30 s of its recovery', async () => {
    const opened = await openTwo(isDown);
    const { first, clock, primary, gate } = opened;
    for (let count = 0; count < 5; count++) expect(await servedBy(opened)).toBe('second');
    expect(first.requests).toHaveLength(5);
    expect(gate.health('acme/one@first').state).toBe('OPEN');
    for (let count = 0; count < 10; count++) expect(await servedBy(opened)).toBe('second');
    expect(first.requests).toHaveLength(5);

    clock.advance(27_999);
    expect(await servedBy(opened)).toBe('second');
    clock.advance(1);
    // The probe fails: the caller sees nothing of it.
    expect(await servedBy(opened)).toBe('second');
    expect(await servedBy(opened)).toBe('second');
    expect(first.requests).toHaveLength(6);

    primary.become(answers);
    clock.advance(28_000);
    expect(await servedBy(opened)).toBe('first');
    expect(await servedBy(opened)).toBe('first');
    expect(first.requests).toHaveLength(8);
  });

  test('has one probe at a time, however many requests there are', async () => {
    const opened = await openTwo(isDown);
    const { first, clock, primary, gate } = opened;
    for (let count = 0; count < 5; count++) await servedBy(opened);
    primary.become(hangs);
    clock.advance(28_000);
    const probing = gate.run(principal(), request(inOrder), embedded);
    await first.request(5);
    const others = await Promise.all(Array.from({ length: 8 }, () => servedBy(opened)));
    expect(new Set(others)).toEqual(new Set(['second']));
    expect(first.requests).toHaveLength(6);
    // Who left gives the probe back.
    probing.events.cancel();
    while (gate.activeRuns > 0) await new Promise(resolve => setImmediate(resolve));
    primary.become(answers);
    expect(await servedBy(opened)).toBe('first');
  });

  test('is used fully as soon as a probe begins to answer, though it goes on', async () => {
    const opened = await openTwo(isDown);
    const { first, clock, primary, gate } = opened;
    for (let count = 0; count < 5; count++) await servedBy(opened);
    let finish = () => {};
    primary.become(async exchange => {
      await exchange.write(streamHead + chunk({ role: 'assistant', content: 'Once' }));
      finish = () => void exchange.write(chunk({}, 'stop') + done).then(exchange.end);
    });
    clock.advance(28_000);
    const probing = gate.run(principal(), request(inOrder), embedded);
    const started = Promise.withResolvers<void>();
    probing.events.pipe({
      write(batch) {
        if (batch.some(({ type }) => type === 'text')) started.resolve();
        return true;
      },
      end() {},
    });
    await started.promise;
    primary.become(answers);
    expect([await servedBy(opened), await servedBy(opened)]).toEqual(['first', 'first']);
    expect(first.requests).toHaveLength(8);
    finish();
  });

  test('that fails again soon after it came back has to answer twice in a row first', async () => {
    const opened = await openTwo(isDown);
    const { clock, primary } = opened;
    for (let count = 0; count < 5; count++) await servedBy(opened);
    primary.become(answers);
    clock.advance(28_000);
    expect(await servedBy(opened)).toBe('first');
    primary.become(isDown);
    // One good answer came between: they are not the faults of before.
    for (let count = 0; count < 5; count++) {
      expect(await servedBy(opened)).toBe('second');
      clock.advance(28_000);
    }
    primary.become(answers);
    clock.advance(28_000);
    expect([await servedBy(opened), await servedBy(opened)]).toEqual(['first', 'second']);
    clock.advance(28_000);
    expect([await servedBy(opened), await servedBy(opened)]).toEqual(['first', 'first']);
  });

  test('is still asked where it is the last that the request allows', async () => {
    const opened = await openTwo(isDown);
    const { first, primary } = opened;
    for (let count = 0; count < 5; count++) await servedBy(opened);
    primary.become(answers);
    const only = { routing: { only: ['first'] } };
    expect(await servedBy(opened, only)).toBe('first');
    expect(first.requests).toHaveLength(6);
  });

  test('is no endpoint whose callers ask for what it refuses, or leave', async () => {
    const opened = await openTwo(exchange => failWith(exchange, 400));
    for (let count = 0; count < 10; count++) expect(await servedBy(opened)).toBe('BAD_USER_INPUT');
    expect(opened.gate.health('acme/one@first').state).toBe('UNKNOWN');
  });
});

describe('the time that a first token may take', () => {
  async function silentAfter(learned: readonly number[], changes: RequestChanges = {}) {
    const opened = await openTwo(hangs);
    for (const firstTokenMs of learned) {
      const sample = { endpointId: 'acme/one@first', credential: '1', at: 0, isGood: true };
      opened.health.record({ ...sample, inputTokens: 50, firstTokenMs });
    }
    const served = servedBy(opened, { deadlineMs: 60_000, ...changes });
    await opened.first.request(0);
    return { ...opened, served };
  }

  test('is twice the 99th percentile of the endpoint while another candidate exists', async () => {
    const { clock, second, served } = await silentAfter(new Array(10).fill(1_500));
    clock.advance(2_999);
    await new Promise(resolve => setImmediate(resolve));
    expect(second.requests).toHaveLength(0);
    clock.advance(1);
    expect(await served).toBe('second');
  });

  test('is five seconds for a short prompt of which nothing is known', async () => {
    const { clock, second, served, health } = await silentAfter([]);
    clock.advance(4_999);
    await new Promise(resolve => setImmediate(resolve));
    expect(second.requests).toHaveLength(0);
    clock.advance(1);
    expect(await served).toBe('second');
    expect(health.firstTokenP99Ms('acme/one@first', 50, clock.monotonicMs())).toBeUndefined();
  });

  test('is as long as the request has where there is nobody else', async () => {
    const { clock, served } = await silentAfter(new Array(10).fill(500), { routing: { only: ['first'] } });
    clock.advance(59_999);
    let isOver = false;
    void served.then(() => {
      isOver = true;
    });
    await new Promise(resolve => setImmediate(resolve));
    expect(isOver).toBe(false);
    clock.advance(1);
    expect(await served).toBe('DEADLINE_EXCEEDED');
  });

  test('does not count what this process stood still', async () => {
    const answered: RawScript = async exchange => {
      await answers(exchange);
      const end = performance.now() + 400;
      while (performance.now() < end);
    };
    const [first, second] = [await start(answered), await start(answers)];
    const opened = await openGate({
      providers: [
        { id: 'first', url: first.url, models: [model('acme/one', '1')], limits: { firstEventMs: 200 } },
        { id: 'second', url: second.url, models: [model('acme/one', '2')] },
      ],
    });
    expect(await servedBy(opened)).toBe('first');
  });
});
