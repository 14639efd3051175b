import { describe, expect, test } from 'vitest';
import type { CandidateFacts } from '../../src/routing/candidate.ts';
import { createCourse, type Setback } from '../../src/routing/course.ts';
import { candidate } from '../support/candidates.ts';

const start = 1_000_000;

interface CourseSketch {
  readonly attempts: readonly CandidateFacts[];
  readonly waiting?: readonly CandidateFacts[];
  readonly lastResorts?: readonly CandidateFacts[];
  /** Milliseconds from the start, by provider. */
  readonly coolingFor?: Readonly<Record<string, number>>;
  readonly deadlineMs?: number;
}

/** Walks a course, with the setback that each call meets; says whom it called, and how long it waited. */
function walk(
  { attempts, waiting = [], lastResorts = [], coolingFor = {}, deadlineMs = 300_000 }: CourseSketch,
  setbacks: Setback[],
) {
  let now = start;
  const course = createCourse({
    attempts,
    waiting,
    lastResorts,
    coolingUntil: ({ provider }) => {
      const until = start + (coolingFor[provider.id] ?? 0);
      return until > now ? until : undefined;
    },
    deadlineAt: start + deadlineMs,
    random: () => 1,
  });
  const seen: string[] = [];
  for (;;) {
    const step = course.next(now);
    if (step.type === 'over') return seen;
    if (step.type === 'wait') {
      seen.push(`${step.until - now} ms`);
      now = step.until;
      continue;
    }
    seen.push(step.hasNext ? step.candidate.provider.id : `${step.candidate.provider.id}!`);
    const setback = setbacks.shift();
    if (setback === undefined) return seen;
    course.failed(step.candidate, setback, now);
  }
}

const one = candidate('one');
const two = candidate('two');
const other = candidate('other', { endpoint: { modelId: 'acme/other' }, facts: { modelRank: 1 } });

describe('a failing endpoint', () => {
  test('is called once more after one fault of the server, and then left', () => {
    expect(walk({ attempts: [one, two] }, ['retry', 'retry'])).toEqual(['one', '200 ms', 'one', 'two!']);
  });

  test('that is overloaded is left at once, and asked again only where no other is left', () => {
    expect(walk({ attempts: [one, two] }, ['fail-over', 'give-up', 'fail-over'])).toEqual([
      'one',
      'two!',
      '200 ms',
      'one!',
    ]);
  });

  test('that was silent is not called twice', () => {
    expect(walk({ attempts: [one] }, ['give-up', 'give-up'])).toEqual(['one!']);
  });

  test('gets at most two calls, and a request at most six', () => {
    const many = ['a', 'b', 'c', 'd', 'e'].map(id => candidate(id));
    const setbacks = Array.from({ length: 20 }, (): Setback => 'retry');
    const calls = walk({ attempts: many }, setbacks).filter(step => !step.endsWith(' ms'));
    expect(calls).toEqual(['a', 'a', 'b', 'b', 'c', 'c']);
  });
});

test('an endpoint that is known to fail is called once all others have failed, and does not hurry them', () => {
  expect(walk({ attempts: [two], lastResorts: [one] }, ['give-up', 'give-up'])).toEqual(['two!', 'one!']);
});

describe('a rate limit', () => {
  test('sends the request to another endpoint of the same model at once', () => {
    expect(walk({ attempts: [two], waiting: [one], coolingFor: { one: 2_000 } }, [])).toEqual(['two']);
  });

  test('of up to three seconds is waited for before another model is used', () => {
    expect(walk({ attempts: [other], waiting: [one], coolingFor: { one: 3_000 } }, [])).toEqual(['3000 ms', 'one']);
  });

  test('of more than three seconds makes way for another model', () => {
    expect(walk({ attempts: [other], waiting: [one], coolingFor: { one: 3_001 } }, [])).toEqual(['other']);
  });

  test('of the last endpoint is waited for while the deadline allows', () => {
    expect(walk({ attempts: [one], coolingFor: { one: 60_000 } }, [])).toEqual(['60000 ms', 'one!']);
    expect(walk({ attempts: [one], coolingFor: { one: 60_000 }, deadlineMs: 60_000 }, [])).toEqual([]);
  });

  test('is asked again at most twice', () => {
    expect(walk({ attempts: [one] }, ['cool-down', 'cool-down', 'cool-down', 'cool-down'])).toEqual([
      'one!',
      'one!',
      'one!',
    ]);
  });
});

describe('a request that is too long', () => {
  const longer = candidate('longer', {
    endpoint: { modelId: 'acme/longer', contextTokens: 1_000_000 },
    facts: { modelRank: 2 },
  });

  test('goes only to a model that the caller named and that reads more', () => {
    expect(walk({ attempts: [one, two, other, longer] }, ['too-long'])).toEqual(['one', 'longer!']);
  });

  test('never goes to a larger one that nobody named', () => {
    const unnamed = candidate('longer', { endpoint: { modelId: 'acme/longer', contextTokens: 1_000_000 } });
    expect(walk({ attempts: [one, unnamed] }, ['too-long'])).toEqual(['one']);
  });
});

test('the fault of the request itself ends its way', () => {
  expect(walk({ attempts: [one, two] }, ['final'])).toEqual(['one']);
});
