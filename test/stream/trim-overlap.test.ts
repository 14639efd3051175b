import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRepetition } from '../../src/stream/repeat-text.ts';
import { createOverlapTrimmer, leastOverlap, seamCharacters } from '../../src/stream/trim-overlap.ts';

interface Joined {
  readonly out: string;
  readonly hasDiverged: boolean;
}

function join(sent: string, unsent: string, pieces: readonly string[]): Joined {
  const trimmer = createOverlapTrimmer({ sent, unsent });
  const out = [...pieces.map(piece => trimmer.push(piece)), trimmer.flush()].join('');
  return { out, hasDiverged: trimmer.hasDiverged };
}

function inPieces(text: string, units: number): readonly string[] {
  return Array.from({ length: Math.ceil(text.length / units) }, (_, i) => text.slice(i * units, (i + 1) * units));
}

/** Every word of it is there once. */
const story = Array.from({ length: 120 }, (_, index) => `word${index}`).join(' ');

describe('a text that goes on where another was cut', () => {
  test('loses what it says again, however long, wherever it was cut and however it comes in', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: story.length }),
        fc.integer({ min: leastOverlap, max: seamCharacters }),
        fc.integer({ min: 1, max: 60 }),
        (at, overlap, units) => {
          const sent = story.slice(0, at).trimEnd();
          const unsent = story.slice(sent.length, at);
          const from = sent.length < leastOverlap ? sent.length : Math.max(0, sent.length - overlap);
          expect(join(sent, unsent, inPieces(story.slice(from), units)).out).toBe(story.slice(at));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('keeps what it says again by chance: eleven characters', () => {
    const sent = 'and then it rains';
    expect(join(sent, '', [sent.slice(-11), ' again']).out).toBe(`${sent.slice(-11)} again`);
    expect(join(sent, '', [sent.slice(-12), ' again']).out).toBe(' again');
  });

  test('lets text that repeats nothing through at once', () => {
    const trimmer = createOverlapTrimmer({ sent: story.slice(0, 300), unsent: '' });
    expect(trimmer.push('N')).toBe('N');
  });

  test('loses the longest repetition of several', () => {
    const sent = 'ha ha ha ha ha ha ha ha';
    expect(join(sent, '', ['ha ha ha ha ha ha ha ha', ' ho']).out).toBe(' ho');
  });

  test('takes one that begins anew, as some vendors answer, from where the other was cut', () => {
    const sent = story.slice(0, 500);
    for (const units of [1, 13, 1_000]) expect(join(sent, '', inPieces(story, units)).out).toBe(story.slice(500));
  });

  test('that begins anew and then says something else does not go on at all', () => {
    const sent = story.slice(0, 500);
    expect(join(sent, '', [`${story.slice(0, 400)} and now something else`])).toEqual({ out: '', hasDiverged: true });
    expect(join(sent, '', [story.slice(0, 400)])).toEqual({ out: '', hasDiverged: true });
  });

  test('says white space that was not sent once, in full or in part', () => {
    expect(join('one', '\n\n', ['\n\ntwo']).out).toBe('two');
    expect(join('one', '\n\n', ['\n', 'two']).out).toBe('two');
    expect(join('one', ' ', ['two']).out).toBe('two');
    expect(join('one', ' ', []).out).toBe('');
  });

  test('takes no repetition that begins inside a character', () => {
    const sent = 'twelve letters and 😀';
    const half = sent.slice(-1);
    expect(join(`${sent}0123456789a`, '', [`${half}0123456789a!`]).out).toBe(`${half}0123456789a!`);
  });

  test('completes a character of which one half was delivered', () => {
    expect(join('so', '\ud83d', ['\ud83d\ude00!']).out).toBe('\ude00!');
  });
});

describe('a text that starts over', () => {
  test('is let through from where it has repeated all of the other', () => {
    const repetition = createRepetition('hello');
    expect([repetition.push('he'), repetition.push('llo w'), repetition.push('orld')]).toEqual(['', ' w', 'orld']);
    expect(repetition.isComplete).toBe(true);
  });

  test('is found to say something else at the first other letter', () => {
    const repetition = createRepetition('hello');
    expect(repetition.push('he')).toBe('');
    expect(repetition.push('lp')).toBeUndefined();
    expect(repetition.isComplete).toBe(false);
  });
});
