import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HealthStore } from '../../../src/stores/health-store.ts';
import { memoryHealthStore } from '../../../src/stores/memory/health-store.ts';
import { systemClock } from '../../../src/system-clock.ts';
import { prefixOf, type StreamFault, sayGolden, streamFaults } from '../../support/golden-provider.ts';
import { booked, embedded, endOf, eventsOf, principal, request } from '../../support/open-gate.ts';
import type { RawScript } from '../../support/raw-provider.ts';
import { golden, openWorld, rebuilt } from './handoff-world.ts';

/** No twelve characters of it are there twice, so that what is said again can be told from what goes on. */
const goldenTexts = fc
  .array(fc.constantFrom(' ', ' ', '\n', '. ', ', ', '\n\n', ' 😀 ', ' é', '\t', 'ß-'), { minLength: 4, maxLength: 40 })
  .map(separators => separators.map((separator, index) => `word${index}${separator}`).join(''));

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);

interface Case {
  readonly text: string;
  readonly cutShare: number;
  readonly kind: StreamFault;
  readonly mode: 'CONTINUE' | 'RESTART';
  readonly takesPrefix: boolean;
  readonly overlap: number;
  readonly pieceUnits: number;
}

const cases: fc.Arbitrary<Case> = fc.record({
  text: goldenTexts,
  cutShare: fc.double({ min: 0, max: 1, noNaN: true }),
  kind: fc.constantFrom(...streamFaults),
  mode: fc.constantFrom('CONTINUE', 'RESTART'),
  takesPrefix: fc.boolean(),
  overlap: fc.oneof(fc.constant(0), fc.integer({ min: 12, max: 200 })),
  pieceUnits: fc.integer({ min: 1, max: 30 }),
});

/** Forgets all faults when it is told to: each case begins with endpoints that nobody knows. */
function forgetfulHealth(): HealthStore & { forget(): void } {
  let inner = memoryHealthStore();
  return {
    record: sample => inner.record(sample),
    health: (...question) => inner.health(...question),
    coolDown: (...limit) => inner.coolDown(...limit),
    coolingUntil: (...question) => inner.coolingUntil(...question),
    admit: (...question) => inner.admit(...question),
    firstTokenP99Ms: (...question) => inner.firstTokenP99Ms(...question),
    forget() {
      inner = memoryHealthStore();
    },
  };
}

describe('an answer that is cut anywhere, by any fault', () => {
  test(`is rebuilt exactly, in any mode, with any overlap (seed ${seed})`, { timeout: 120_000 }, async () => {
    const scripts: RawScript[] = [];
    const play =
      (index: number): RawScript =>
      exchange =>
        scripts[index]?.(exchange);
    const health = forgetfulHealth();
    const world = await openWorld(
      [
        { script: play(0), idleMs: 120 },
        { script: play(1), takesPrefix: true },
        { script: play(1), takesPrefix: false },
      ],
      { health },
    );
    await fc.assert(
      fc.asyncProperty(cases, async ({ text, cutShare, kind, mode, takesPrefix, overlap, pieceUnits }) => {
        health.forget();
        const fault = { at: Math.round(cutShare * text.length), kind };
        scripts.splice(
          0,
          2,
          sayGolden({ golden: text, pieceUnits, fault }),
          sayGolden({ golden: text, pieceUnits, overlap }),
        );
        const target = takesPrefix ? 'second' : 'third';
        const run = world.gate.run(
          principal(),
          request({
            routing: { handoff: mode, only: ['first', target] },
            prompt: { maxOutputTokens: 4_000 },
          }),
          embedded,
        );
        const events = await eventsOf(run);
        const last = events.at(-1);
        const endpointId = `acme/one@${target}`;
        expect(last).toMatchObject({ type: 'finished', completion: { status: 'FINISHED', endpointId } });
        expect(last?.type === 'finished' && last.completion.answer?.text).toBe(text);
        expect(rebuilt(events)).toBe(text);
        expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index));
        const { attempts, usage } = await booked(world, run.id);
        expect(usage.cost).toBe(attempts.reduce((sum, attempt) => sum + attempt.usage.cost, 0n));
        const handoffs = events.filter(({ type }) => type === 'handoff');
        if (events.some(event => event.type === 'started' && event.endpoint.id === 'acme/one@first')) {
          expect(handoffs).toMatchObject([{ mode: 'CONTINUE', to: { id: endpointId } }]);
          expect(attempts).toHaveLength(2);
        } else expect(handoffs).toHaveLength(0);
        expect(health.health('acme/one@first', ['1'], systemClock.monotonicMs()).hadRecentOutage).toBe(true);
        expect(health.health(endpointId, ['1'], systemClock.monotonicMs()).hadRecentOutage).toBe(false);
        const sent = world.providers[takesPrefix ? 1 : 2]?.requests.at(-1);
        const prefix = sent === undefined ? undefined : prefixOf({ request: sent });
        expect(prefix === undefined || text.startsWith(prefix)).toBe(true);
      }),
      { numRuns: 120, seed, interruptAfterTimeLimit: 60_000 },
    );
  });

  test('control: without a handoff it is incomplete', async () => {
    const text = 'word0 word1 word2 word3';
    const world = await openWorld([golden({ golden: text, fault: { at: 9, kind: 'fin' } }), golden({ golden: text })]);
    const end = await endOf(world.gate.run(principal(), request({ routing: { handoff: 'TERMINATE' } }), embedded));
    expect(end).toMatchObject({
      type: 'incomplete',
      error: { code: 'STREAM_CUT' },
      completion: { answer: { text: 'word0 wor' } },
    });
    expect(world.providers[1]?.requests).toHaveLength(0);
  });
});
