import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CompletionEvent } from '../../src/model/completion.ts';
import { addUsage, noUsage } from '../../src/model/usage.ts';
import { start } from '../support/called-provider.ts';
import { booked, embedded, isTerminal, model, openGate, principal, request } from '../support/open-gate.ts';
import { answerWith, chunk, failWith, streamHead } from '../support/openai-bytes.ts';
import type { RawExchange } from '../support/raw-provider.ts';
import { recordRuns } from '../support/run-record.ts';

const behaviours = {
  whole: exchange => answerWith(exchange, 'Hi'),
  silent: () => {},
  cut: async exchange => {
    await exchange.write(streamHead + chunk({ content: 'One' }));
    exchange.end();
  },
  'cut before anything': async exchange => {
    await exchange.write(streamHead);
    exchange.end();
  },
  reset: async exchange => {
    await exchange.write(streamHead + chunk({ content: 'One' }));
    exchange.reset();
  },
  'reset at once': exchange => exchange.reset(),
  'silent midway': exchange => exchange.write(streamHead + chunk({ content: 'One' })),
  failing: exchange => failWith(exchange, 500),
  limited: exchange => failWith(exchange, 429, { headers: { 'retry-after': '1' } }),
  refusing: exchange => failWith(exchange, 400),
  malformed: async exchange => {
    await exchange.write(`${streamHead}data: {"choices":[{"delta":\n\n`);
    exchange.end();
  },
  'no HTTP': async exchange => {
    await exchange.write('SSH-2.0-OpenSSH_9.9\r\n');
    exchange.end();
  },
} as const satisfies Record<string, (exchange: RawExchange) => void | Promise<void>>;

type Behaviour = keyof typeof behaviours;
type Leaving =
  | 'stays'
  | 'at once'
  | 'cancelled at once'
  | 'at the start'
  | 'at the first text'
  | 'cancelled at the first text';

const providerIds = ['first', 'second', 'third'] as const;
/** Ends what falls silent. */
const deadlineMs = 150;

const scripts = fc.record({
  played: fc.tuple(...providerIds.map(() => fc.constantFrom(...(Object.keys(behaviours) as Behaviour[])))),
  leaving: fc.oneof(
    { weight: 2, arbitrary: fc.constant<Leaving>('stays') },
    {
      weight: 1,
      arbitrary: fc.constantFrom<Leaving>(
        'at once',
        'cancelled at once',
        'at the start',
        'at the first text',
        'cancelled at the first text',
      ),
    },
  ),
  stream: fc.boolean(),
});

/** Whoever leaves is told nothing more; whoever cancels still reads how it ended. */
function leavesItsStream(leaving: Leaving): boolean {
  return leaving !== 'stays' && !leaving.startsWith('cancelled');
}

test('whatever its providers do, a run ends once, without gaps, and every call of a provider is booked once', async () => {
  let played: readonly Behaviour[] = [];
  const seen = new Map<string, number>();
  const providers = await Promise.all(
    providerIds.map(async (id, index) => {
      const { url } = await start(exchange => {
        seen.set(id, (seen.get(id) ?? 0) + 1);
        return behaviours[played[index] ?? 'whole'](exchange);
      });
      return { id, url, models: [model('acme/one', String(index + 1))] };
    }),
  );
  const runs = recordRuns();
  const opened = await openGate({
    providers,
    observers: [runs.observer],
    // Without memory, so that one script does not decide the next one's plan.
    health: {
      record() {},
      coolDown: (_endpointId, _credential, now) => now,
      admit: () => ({ isProbe: false, answered() {}, release() {} }),
      firstTokenP99Ms: () => undefined,
      health: () => ({ state: 'UNKNOWN', hadRecentOutage: false }),
      coolingUntil: () => undefined,
    },
  });
  const { gate } = opened;

  async function runOnce(leaving: Leaving, stream: boolean) {
    const run = gate.run(principal(), request({ stream, deadlineMs }), embedded);
    const events: CompletionEvent[] = [];
    const over = Promise.withResolvers<void>();
    function leave(): void {
      if (leaving.startsWith('cancelled')) void gate.cancel(principal(), run.id).catch(() => {});
      else run.events.cancel();
    }
    run.events.pipe({
      write(batch) {
        events.push(...batch);
        const isText = batch.some(({ type }) => type === 'text');
        const isStart = batch.some(({ type }) => type === 'started');
        if ((isText && leaving.endsWith('at the first text')) || (isStart && leaving === 'at the start')) leave();
        return true;
      },
      end: over.resolve,
    });
    if (leaving.endsWith('at once')) leave();
    if (!leavesItsStream(leaving)) await over.promise;
    await runs.over(run.id);
    // What the run does after its last event is done in the same turn.
    await new Promise(resolve => setImmediate(resolve));
    return { run, events };
  }

  await fc.assert(
    fc.asyncProperty(scripts, async script => {
      played = script.played;
      seen.clear();
      const { run, events } = await runOnce(script.leaving, script.stream);
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index));
      const terminal = events.filter(isTerminal);
      expect(terminal.length).toBeLessThanOrEqual(1);
      if (!leavesItsStream(script.leaving)) expect(terminal).toEqual([events.at(-1)]);
      expect(runs.shown(run.id).filter(name => name.startsWith('closed'))).toHaveLength(1);
      expect(runs.shown(run.id)).not.toContain('failed');

      const completion = await booked(opened, run.id);
      expect(completion.status).not.toBe('RUNNING');
      if (terminal[0] !== undefined) expect(completion.status).toBe(terminal[0].completion.status);
      const attempted = completion.attempts.map(({ endpointId }) => endpointId.split('@')[1]);
      expect(attempted.length).toBeLessThanOrEqual(6);
      for (const [id, calls] of seen) {
        expect(calls, id).toBeLessThanOrEqual(3);
        expect(attempted.filter(one => one === id).length, id).toBeGreaterThanOrEqual(calls);
      }
      // The deadline may pass between the journal and the call; what it did not end was seen by its provider.
      for (const { endpointId, outcome } of completion.attempts) {
        const wasEnded = script.leaving !== 'stays' || outcome === 'TIMED_OUT';
        if (!wasEnded) expect(seen.has(endpointId.split('@')[1] ?? '')).toBe(true);
      }
      const sum = completion.attempts.reduce((usage, attempt) => addUsage(usage, attempt.usage), noUsage);
      expect(completion.usage).toEqual(sum);
      expect(completion.attempts.every(({ outcome }) => outcome !== 'UNKNOWN')).toBe(true);
      expect(gate.activeRuns).toBe(0);
    }),
    { numRuns: 60, interruptAfterTimeLimit: 15_000 },
  );
  expect(await opened.stores.ledger.recover(Date.now())).toBe(0);
  expect(opened.leases).toBe(0);
});
