import { describe, expect, test } from 'vitest';
import { start } from '../support/called-provider.ts';
import { type ManualClock, manualClock } from '../support/manual-clock.ts';
import { booked, embedded, openGate, principal, request } from '../support/open-gate.ts';
import { chunk, streamHead } from '../support/openai-bytes.ts';
import { until } from '../support/until.ts';

/** A run whose provider says a word again and again, until it is hung up on. */
async function openRun() {
  const clock = manualClock();
  const hungUp = Promise.withResolvers<void>();
  let isOver = false;
  let sent = 0;
  const provider = await start(async exchange => {
    void exchange.hungUp.then(() => {
      isOver = true;
      hungUp.resolve();
    });
    await exchange.write(streamHead);
    while (!isOver && sent < 2_000) {
      await exchange.write(chunk({ content: 'word '.repeat(2_000) }));
      sent += 1;
    }
  });
  const limits = { idleMs: 3_000_000 };
  const opened = await openGate({ providers: [{ id: 'acme', url: provider.url, limits }], clock });
  const run = opened.gate.run(
    principal(),
    request({ deadlineMs: 3_000_000, prompt: { maxOutputTokens: 7_000 } }),
    embedded,
  );
  return { ...opened, opened, run, clock, hungUp: hungUp.promise };
}

/** Waits until the reader takes nothing more, from this instant on. */
const stall = (clock: ManualClock) => until('the reader has paused', () => clock.firesIn(30_000));

describe('a reader', () => {
  test('that never comes is given up after thirty seconds: the provider is hung up on, and what came is booked', async () => {
    const { opened, run, clock, hungUp, gate } = await openRun();
    await stall(clock);
    clock.advance(29_999);
    expect(gate.activeRuns).toBe(1);
    clock.advance(1);
    await hungUp;
    expect(await booked(opened, run.id)).toMatchObject({ status: 'CANCELLED', usage: { estimated: true } });
  });

  test('that takes a part and then nothing is given up as well, and one that takes a part each time is not', async () => {
    const { run, clock, hungUp, gate } = await openRun();
    run.events.pipe({ write: () => false, end() {} });
    for (let turn = 0; turn < 5; turn++) {
      await stall(clock);
      clock.advance(20_000);
      run.events.resume();
    }
    expect(gate.activeRuns).toBe(1);
    await stall(clock);
    clock.advance(30_000);
    await hungUp;
  });
});
