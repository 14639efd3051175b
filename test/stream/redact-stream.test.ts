import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BoundContentDemand } from '../../src/privacy/content-demand.ts';
import { detectorsByKind } from '../../src/privacy/detectors/index.ts';
import { findInText, replaceIn, replacementsOf } from '../../src/privacy/find-in-text.ts';
import { createStreamRedactor } from '../../src/stream/redact-stream.ts';

function demands(action: 'BLOCK' | 'REDACT' | 'FLAG', enforced = true): readonly BoundContentDemand[] {
  const detectors = [...detectorsByKind.values()];
  return [{ enforced, demand: { detectors, action, directions: ['OUTPUT'], onUninspectable: 'BLOCK' } }];
}

const values = [
  'jane.doe@example.com',
  '4111 1111 1111 1111',
  '5555555555554444',
  'DE89 3704 0044 0532 0130 00',
  'AKIAIOSFODNN7EXAMPLE',
  `sk-proj-${'aB3dE5gH7jK9'.repeat(4)}`,
  `eyJ${'aB3'.repeat(9)}.eyJ${'dE5'.repeat(20)}.${'gH7'.repeat(14)}`,
  'ｊａｎｅ＠ｅｘａｍｐｌｅ．ｃｏｍ',
  'ja\u200bne@example.com',
];
const fillers = [' ', '. ', '\n', ' and ', 'x', '4', ' 41', 'DE', '@', '😀', 'é', '-', 'sk-', 'a.b', ', "', '"'];
const texts = fc
  .array(fc.oneof(fc.constantFrom(...values), fc.constantFrom(...fillers), fc.string({ maxLength: 8 })), {
    maxLength: 14,
  })
  .map(pieces => pieces.join(''));

/** The text in pieces, cut anywhere, also inside characters. */
const cut = fc
  .tuple(texts, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20 }))
  .map(([text, sizes]) => {
    const pieces: string[] = [];
    for (let at = 0, turn = 0; at < text.length; turn += 1) {
      const size = sizes[turn % sizes.length] ?? 1;
      pieces.push(text.slice(at, at + size));
      at += size;
    }
    return { text, pieces };
  });

function stream(pieces: readonly string[], bound: readonly BoundContentDemand[]) {
  const redactor = createStreamRedactor(bound);
  const out = pieces.map(piece => redactor.push(piece));
  return { out: [...out, redactor.flush()].join(''), redactor };
}

describe('a stream', () => {
  test('comes out the same however it is cut, and as the whole text would', () => {
    fc.assert(
      fc.property(cut, ({ text, pieces }) => {
        const whole = replaceIn(text, replacementsOf(findInText(text, demands('REDACT'))));
        expect(stream(pieces, demands('REDACT')).out).toBe(whole);
      }),
      { numRuns: 2_000 },
    );
  });

  test('never lets out a part of what is blocked, and all of what stands before it', () => {
    fc.assert(
      fc.property(cut, ({ text, pieces }) => {
        const [first] = findInText(text, demands('BLOCK'));
        const { out, redactor } = stream(pieces, demands('BLOCK'));
        expect(out).toBe(first === undefined ? text : text.slice(0, first.start));
        expect(redactor.blockedBy?.kind).toBe(first?.kind);
      }),
      { numRuns: 1_000 },
    );
  });

  test.each([
    ['only flagged', demands('FLAG')],
    ['under MONITOR', demands('BLOCK', false)],
  ] as const)('%s comes out as it went in, and is counted', (_, bound) => {
    const { out, redactor } = stream(['mail ja', 'ne@example', '.com now'], bound);
    expect(out).toBe('mail jane@example.com now');
    expect(redactor.findings.map(({ kind }) => kind)).toEqual(['EMAIL']);
  });

  test('holds back little of prose', () => {
    const redactor = createStreamRedactor(demands('REDACT'));
    let held = 0;
    const words =
      'The quick brown fox jumps over the lazy dog, and then it goes home again. '.repeat(20).match(/.{1,4}/gs) ?? [];
    let sent = 0;
    let out = 0;
    for (const word of words) {
      sent += word.length;
      out += redactor.push(word).length;
      held = Math.max(held, sent - out);
    }
    expect(held).toBeLessThanOrEqual(12);
  });

  test('that goes on and on with what may become a find is cut, not let out', () => {
    const { out, redactor } = stream(
      ['see sk-', ...Array.from({ length: 40 }, () => 'a1'.repeat(500)), ' done'],
      demands('REDACT'),
    );
    expect(out).toBe('see [API_KEY] done');
    expect(redactor.findings).toHaveLength(1);
  });
});
