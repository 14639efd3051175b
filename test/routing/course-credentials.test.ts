import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CandidateFacts } from '../../src/routing/candidate.ts';
import { createCourse, type Setback } from '../../src/routing/course.ts';
import { candidate } from '../support/candidates.ts';

const one = candidate('one');
const two = candidate('two');
const other = candidate('other', { endpoint: { modelId: 'acme/other' }, facts: { modelRank: 1 } });

/** What comes of calling a candidate: a setback, or that its circuit breaker holds it back. */
type Outcome = Setback | 'held back';

/** Walks a course as the gateway does: a last resort is called whatever holds it back; says whom it called. */
function walk(
  attempts: readonly CandidateFacts[],
  outcomes: Readonly<Record<string, readonly Outcome[]>>,
): readonly string[] {
  const left = new Map(Object.entries(outcomes).map(([id, list]) => [id, [...list]]));
  let now = 1_000_000;
  const course = createCourse({ attempts, coolingUntil: () => undefined, deadlineAt: 2_000_000, random: () => 1 });
  const called: string[] = [];
  for (let turn = 0; turn < 100; turn++) {
    const step = course.next(now);
    if (step.type === 'over') return called;
    if (step.type === 'wait') {
      now = step.until;
      continue;
    }
    const { id } = step.candidate.provider;
    const list = left.get(id) ?? [];
    const outcome = list[0] ?? 'give-up';
    if (outcome === 'held back' && !step.isLastResort) {
      course.postpone(step.candidate);
      continue;
    }
    list.shift();
    called.push(step.isRepeat ? `${id} again` : id);
    course.failed(step.candidate, outcome === 'held back' ? 'fail-over' : outcome, now);
  }
  throw new Error('it does not end');
}

describe('a provider with several credentials', () => {
  test('is asked again at once by another one, and that is no repetition', () => {
    expect(walk([one, two], { one: ['other-credential', 'other-credential', 'give-up'] })).toEqual([
      'one',
      'one',
      'one',
      'two',
    ]);
  });

  test('does not use up the calls of a request by those that it rejects', () => {
    const rejections = new Array<Outcome>(12).fill('other-credential');
    expect(walk([one, two], { one: [...rejections, 'give-up'] })).toHaveLength(14);
  });
});

describe('an endpoint that its circuit breaker holds back', () => {
  test('comes after all others, of other models too', () => {
    expect(walk([one, two, other], { one: ['held back'] }).slice(0, 3)).toEqual(['two', 'other', 'one']);
  });

  test('is not called where another one answers', () => {
    const course = createCourse({
      attempts: [one, two],
      coolingUntil: () => undefined,
      deadlineAt: 9,
      random: () => 1,
    });
    course.next(1);
    course.postpone(one);
    expect(course.next(1)).toMatchObject({ type: 'call', candidate: two, isFollowing: false, isLastResort: false });
  });

  test('is called where all are held back, the best one first', () => {
    expect(walk([one, two], { one: ['held back'], two: ['held back'] })[0]).toBe('one');
  });

  test('is called where it is the only one', () => {
    expect(walk([one], { one: ['held back'] })[0]).toBe('one');
  });

  test('is left for the others where it opens at the first fault of a request', () => {
    expect(walk([one, two], { one: ['retry', 'held back'] })).toEqual(['one', 'two', 'one again']);
  });
});

test('whatever is held back and however calls fail, a course ends, and leaves nobody uncalled before that', () => {
  const outcome = fc.constantFrom<Outcome>(
    'retry',
    'fail-over',
    'give-up',
    'cool-down',
    'other-credential',
    'held back',
  );
  const lists = fc.array(outcome, { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(lists, lists, lists, (first, second, third) => {
      const called = walk([one, two, other], { one: first, two: second, other: third });
      // Six calls at most, of which each has two at least.
      for (const id of ['one', 'two', 'other']) {
        if (called.length < 6) expect(called.some(name => name.startsWith(id))).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});
