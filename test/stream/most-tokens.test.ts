import fc, { type Arbitrary } from 'fast-check';
import { clearMergeCache, countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { afterEach, describe, expect, test } from 'vitest';
import { estimateTokens } from '../../src/stream/estimate-tokens.ts';
import { plainWords } from '../../src/stream/known-pieces.ts';
import { mostTokens } from '../../src/stream/most-tokens.ts';

const real = (text: string): number => countTokens(text, { allowedSpecial: 'all' });
const signs = Array.from({ length: 127 }, (_, unit) => String.fromCharCode(unit)).filter(
  sign => !/[A-Za-z0-9]/.test(sign),
);

function within(first: number, last: number): Arbitrary<string> {
  return fc.integer({ min: first, max: last }).map(unit => String.fromCodePoint(unit));
}
const textOf = (character: Arbitrary<string>, most = 60) => fc.string({ unit: character, maxLength: most });
const small = within(97, 122);
const word = (least: number, most: number) => fc.string({ unit: small, minLength: least, maxLength: most });
const sentence = (piece: Arbitrary<string>) => fc.array(piece, { maxLength: 20 }).map(pieces => pieces.join(' '));
const script = fc.constantFrom(
  ...([
    [0x80, 0x24f],
    [0x300, 0x36f],
    [0x370, 0x52f],
    [0x530, 0x6ff],
    [0x900, 0xdff],
    [0xe00, 0xe7f],
    [0x1000, 0x10ff],
    [0x1e00, 0x1eff],
    [0x2000, 0x27ff],
    [0x3000, 0x30ff],
    [0x4e00, 0x9fff],
    [0xac00, 0xd7a3],
    [0xff00, 0xffef],
    [0x1f300, 0x1faff],
  ] as const),
);

/** What a caller can choose to be counted low, by the factor that the estimate was too low. */
const classes: Readonly<Record<string, Arbitrary<string>>> = {
  'letters of phonetics': textOf(within(0x180, 0x2af)),
  'combining marks': textOf(within(0x300, 0x36f)),
  'points of Hebrew': textOf(within(0x591, 0x5c7)),
  'extended Cyrillic': textOf(within(0x460, 0x52f)),
  'rare ideographs': textOf(within(0x4e00, 0x9fff)),
  'Korean syllables': textOf(within(0xac00, 0xd7a3)),
  symbols: textOf(within(0x2000, 0x2bff)),
  'any one script': script.chain(([first, last]) => textOf(within(first, last))),
  'a script among ASCII': script.chain(([first, last]) => textOf(fc.oneof(within(first, last), within(9, 126)))),
  'words of seven random letters': sentence(word(7, 7)),
  'words of fourteen random letters': sentence(word(14, 14)),
  'short random words': sentence(word(1, 6)),
  'words of letters that rarely meet': sentence(textOf(fc.constantFrom(...'zqxvjkwg'), 12)),
  'capital and small letters': sentence(textOf(fc.oneof(small, within(65, 90)), 16)),
  'numbers one by one': fc.array(fc.nat(2_000), { maxLength: 40 }).map(numbers => numbers.join(' ')),
  'digits of all scripts': textOf(fc.constantFrom(...'0123456789²³¼٣०௧Ⅷ一')),
  'white space': textOf(fc.constantFrom(...' \t\n\r\v\f\u00a0\u3000/;')),
  'runs of white space': fc
    .array(fc.tuple(fc.constantFrom(' ', '\t', '\n', '\r\n', ' \n', 'a', '{'), fc.nat(120)), { maxLength: 6 })
    .map(runs => runs.map(([piece, count]) => piece.repeat(count)).join('')),
  'ASCII of all kinds': textOf(within(0, 127)),
  'plain words among signs': fc
    .array(
      fc.tuple(fc.constantFrom(...plainWords), fc.constantFrom(...signs, "'s", "'ll", 'é', 'я', '字', '́', 'A', 'x')),
    )
    .map(pairs => pairs.flat().join('')),
  'any Unicode': textOf(fc.integer({ min: 0, max: 0x10ffff }).map(point => String.fromCodePoint(point))),
  'halves of pairs': textOf(fc.oneof(within(0xd800, 0xdfff), small)),
};

afterEach(clearMergeCache);

describe('the most tokens of a text', () => {
  test.each(Object.entries(classes))('are never fewer than the vocabulary makes of %s', (_, texts) => {
    fc.assert(
      fc.property(texts, text => {
        expect(mostTokens(text)).toBeGreaterThanOrEqual(real(text));
      }),
      { numRuns: 1_000 },
    );
  });

  test('are never fewer for any word of three small letters, alone and behind a space', () => {
    const letters = 'abcdefghijklmnopqrstuvwxyz'.split('');
    const words = letters.flatMap(a => letters.flatMap(b => letters.map(c => a + b + c)));
    expect(words.flatMap(one => [one, ` ${one}`]).filter(text => mostTokens(text) < real(text))).toEqual([]);
  });

  test('are one for each plain word, and never fewer behind any sign or with a short form', () => {
    const texts = [...plainWords].flatMap(plain => [
      ...signs.map(sign => sign + plain),
      ...["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"].map(form => plain + form),
    ]);
    expect([...plainWords].filter(plain => mostTokens(plain) !== 1)).toEqual([]);
    expect(texts.filter(text => mostTokens(text) < real(text))).toEqual([]);
  });

  test('control: the estimate falls below for text that a caller can choose', () => {
    const text = Array.from({ length: 200 }, (_, at) => String.fromCharCode(0x250 + (at % 88))).join('');
    expect(estimateTokens(text)).toBeLessThan(real(text) / 2);
  });

  test.each([
    [
      'prose',
      'The gateway checks every prompt against policy, routes it to the best endpoint, and books what it cost. ',
    ],
    [
      'code',
      'export function planRoute(endpoints: readonly Endpoint[]): RoutePlan {\n  return endpoints.map(judge);\n}\n',
    ],
    ['JSON', JSON.stringify({ id: 12, name: 'item 1', price: 1.25, tags: ['a', 'b'], description: 'A short text.' })],
  ])('are at most twice the estimate of ordinary %s', (_, text) => {
    expect(mostTokens(text.repeat(20))).toBeLessThan(estimateTokens(text.repeat(20)) * 2);
  });

  test.each([
    ['one letter', 'a'],
    ['white space', ' \n'],
    ['rare ideographs', '龘'],
    ['spaces', ' '],
  ])('of two million characters of %s are known at once', { timeout: 5_000 }, (_, piece) => {
    expect(mostTokens(piece.repeat(2_000_000 / piece.length))).toBeGreaterThan(1_000);
  });
});
