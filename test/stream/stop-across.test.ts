import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSeamStop } from '../../src/stream/stop-across.ts';

function read(delivered: string, sequences: readonly string[], pieces: readonly string[]) {
  const stop = createSeamStop(delivered, sequences);
  const out = [...pieces.map(piece => stop.push(piece)), stop.flush()].join('');
  return { out, isStopped: stop.isStopped };
}

describe('a stop sequence', () => {
  test('of which the beginning was delivered ends the answer, cut anywhere', () => {
    for (const at of [1, 2, 3, 4]) {
      const [before, after] = ['##END'.slice(0, at), '##END'.slice(at)];
      for (const pieces of [[`${after} more`], [...after, ' more']]) {
        expect(read(`text ${before}`, ['##END', 'other'], pieces)).toEqual({ out: '', isStopped: true });
      }
    }
  });

  test('behind the seam is the provider’s to find, and so is one that is whole before it', () => {
    expect(read('text', ['##END'], ['##END more'])).toEqual({ out: '##END more', isStopped: false });
    expect(read('text ##END', ['##END'], [' more'])).toEqual({ out: ' more', isStopped: false });
  });

  test('that does not come after all holds nothing back for good', () => {
    expect(read('text ##', ['##END'], ['EN', 'D'.toLowerCase()])).toEqual({ out: 'ENd', isStopped: false });
    expect(read('text ##', ['##END'], ['EN'])).toEqual({ out: 'EN', isStopped: false });
  });

  test('is found exactly where it crosses the seam, and nothing is lost where none does', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 });
    const sequences = fc.array(fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 4 }), {
      maxLength: 3,
    });
    fc.assert(
      fc.property(letters, letters, sequences, fc.integer({ min: 1, max: 3 }), (delivered, text, stops, units) => {
        const joined = delivered + text;
        const crosses = stops.some(stop => {
          for (let at = Math.max(0, delivered.length - stop.length + 1); at < delivered.length; at += 1) {
            if (joined.startsWith(stop, at)) return true;
          }
          return false;
        });
        const pieces = text.match(new RegExp(`.{1,${units}}`, 'gs')) ?? [];
        expect(read(delivered, stops, pieces)).toEqual({ out: crosses ? '' : text, isStopped: crosses });
      }),
      { numRuns: 2_000 },
    );
  });
});
