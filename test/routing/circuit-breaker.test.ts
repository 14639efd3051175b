import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BreakerPass, createCircuitBreaker, openMs } from '../../src/routing/circuit-breaker.ts';

const action = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('begin', 'stray fault') },
  { weight: 2, arbitrary: fc.constant('bad') },
  { weight: 1, arbitrary: fc.constantFrom('good', 'nothing', 'answered', 'stray success') },
);

/** What may happen next, a while after what was before. */
const steps = fc.array(
  fc.record({
    afterMs: fc.oneof(fc.nat(2_000), fc.nat(60_000)),
    action,
  }),
  { minLength: 10, maxLength: 200, size: 'max' },
);

interface Call {
  readonly startedAt: number;
  readonly pass: BreakerPass | undefined;
  isOver: boolean;
}

/** Plays calls against one breaker; `watch` sees every probe begin and end. */
function play(script: readonly { readonly afterMs: number; readonly action: string }[]) {
  const breaker = createCircuitBreaker();
  const calls: Call[] = [];
  const probeStarts: { readonly at: number; isInconclusive: boolean }[] = [];
  let inFlight = 0;
  let mostInFlight = 0;
  let now = 0;
  for (const { afterMs, action } of script) {
    now += afterMs;
    if (action === 'stray fault' || action === 'stray success') {
      breaker.record({ startedAt: now, at: now, isGood: action === 'stray success' });
      continue;
    }
    if (action === 'begin') {
      const pass = breaker.admit(now);
      calls.push({ startedAt: now, pass, isOver: false });
      if (pass?.isProbe !== true) continue;
      inFlight += 1;
      mostInFlight = Math.max(mostInFlight, inFlight);
      probeStarts.push({ at: now, isInconclusive: false });
      continue;
    }
    const call = calls.find(({ isOver }) => !isOver);
    if (call === undefined) continue;
    const isProbe = call.pass?.isProbe === true;
    const probe = probeStarts.find(({ at }) => at === call.startedAt);
    call.isOver = true;
    if (isProbe) inFlight -= 1;
    if (action === 'answered') {
      call.pass?.answered(now);
      breaker.record({ startedAt: call.startedAt, at: now, isGood: true, hasAnswered: isProbe });
      call.pass?.release(now, true);
    } else if (action === 'nothing') {
      if (probe !== undefined) probe.isInconclusive = true;
      call.pass?.release(now);
    } else {
      breaker.record({ startedAt: call.startedAt, at: now, isGood: action === 'good' });
      call.pass?.release(now, action === 'good');
    }
  }
  return { breaker, probeStarts, mostInFlight, now };
}

describe('a circuit breaker', () => {
  test('never lets more than one probe be under way, whatever happens', () => {
    let most = 0;
    fc.assert(
      fc.property(steps, script => {
        const { mostInFlight } = play(script);
        most = Math.max(most, mostInFlight);
        expect(mostInFlight).toBeLessThanOrEqual(1);
      }),
      { numRuns: 500 },
    );
    // Control: scripts that never open it would promise nothing.
    expect(most).toBe(1);
  });

  test('lets probes through 28 s apart at least, but for those that told nothing', () => {
    let gaps = 0;
    fc.assert(
      fc.property(steps, script => {
        const { probeStarts } = play(script);
        for (const [index, probe] of probeStarts.entries()) {
          const before = probeStarts[index - 1];
          if (before === undefined || before.isInconclusive) continue;
          gaps += 1;
          expect(probe.at - before.at).toBeGreaterThanOrEqual(openMs);
        }
      }),
      { numRuns: 500 },
    );
    expect(gaps).toBeGreaterThan(0);
  });

  test('uses whoever has recovered again within 28 s, and fully after at most five probes, from any state', () => {
    fc.assert(
      fc.property(steps, script => {
        const { breaker, now } = play(script);
        // Nothing is left under way: a probe that hangs is bounded by the time limits of its attempt.
        const free = breaker.changesAt !== undefined || breaker.isClosed || breaker.state(now) === 'HALF_OPEN';
        fc.pre(free);
        let firstUse: number | undefined;
        let fullUse: number | undefined;
        for (let at = now; fullUse === undefined && at <= now + 6 * openMs; at += 500) {
          const pass = breaker.admit(at);
          if (pass === undefined) continue;
          firstUse ??= at;
          if (!pass.isProbe) fullUse = at;
          breaker.record({ startedAt: at, at, isGood: true });
          pass.release(at, true);
        }
        expect((firstUse ?? Number.POSITIVE_INFINITY) - now).toBeLessThanOrEqual(openMs);
        expect((fullUse ?? Number.POSITIVE_INFINITY) - now).toBeLessThanOrEqual(5 * openMs + 500);
      }),
      { numRuns: 500 },
    );
  });

  test('stays closed for an endpoint whose faults are few, in any order', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 50, maxLength: 300 }), order => {
        const breaker = createCircuitBreaker();
        let now = 0;
        for (const isFirst of order) {
          // One fault in three, wherever it stands among them.
          const outcomes = isFirst ? [false, true, true] : [true, true, false];
          for (const isGood of outcomes) {
            now += 100;
            breaker.record({ startedAt: now, at: now, isGood });
          }
        }
        expect(breaker.isClosed).toBe(true);
      }),
    );
  });
});
