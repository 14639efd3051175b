import { countTokens as countWhole } from 'gpt-tokenizer/encoding/o200k_base';
import { beforeAll, describe, expect, test } from 'vitest';
import { countTokens, loadTokenizer } from '../../src/stream/count-tokens.ts';
import { estimateTokens } from '../../src/stream/estimate-tokens.ts';

/** The same sequence on every run. */
function* noise(): Generator<number, never> {
  for (let state = 12_345; ; ) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    yield state >> 8;
  }
}

function scramble(length: number, toText: (value: number) => string): string {
  const values = noise();
  return Array.from({ length }, () => toText(values.next().value)).join('');
}

const texts: Readonly<Record<string, string>> = {
  English:
    'The gateway checks every prompt against policy, routes it to the best endpoint that the policy allows, streams the answer back and books what it cost. Nothing is kept where the policy says so. '.repeat(
      20,
    ),
  German:
    'Die Donaudampfschifffahrtsgesellschaft muss künftig höhere Abgaben für Großraumbüros entrichten; außerdem gelten übergangsweise schärfere Vorschriften. '.repeat(
      20,
    ),
  Russian: 'Шлюз проверяет каждый запрос и направляет его лучшему поставщику, которого допускают правила. '.repeat(20),
  Chinese: '人工智能模型网关需要确保每一个请求都符合政策,并且精确计算费用。'.repeat(50),
  Japanese: 'このゲートウェイは、すべてのプロンプトをポリシーと照合します。'.repeat(50),
  Hindi: 'प्रत्येक अनुरोध नीति का पालन करे और सही लागत दर्ज हो। '.repeat(50),
  code: 'export function planRoute(endpoints: readonly Endpoint[]): RoutePlan {\n  const candidates = endpoints.map(endpoint => judge(endpoint));\n  return { eligible: candidates.filter(isEligible) };\n}\n'.repeat(
    20,
  ),
  JSON: JSON.stringify(
    Array.from({ length: 100 }, (_, id) => ({ id, name: `item ${id}`, price: id * 1.25, tags: ['a'] })),
  ),
  'indented JSON': JSON.stringify({ a: { b: [1, 2, { c: 'text' }] }, list: Array(30).fill('value') }, null, 2),
  base64: Buffer.from(Uint8Array.from({ length: 6_000 }, (_, at) => (at * 7_919 + (at * at) / 8) & 255)).toString(
    'base64',
  ),
  identifiers: scramble(200, value => `${value.toString(16)}-4f3a-9b1c `),
  emoji: '😀🎉🇩🇪👩‍👩‍👧‍👦 '.repeat(50),
  capitals: 'THE QUICK BROWN FOX JUMPS OVER THE LAZY DOG. '.repeat(20),
  'one long random word': scramble(4_000, value => String.fromCharCode(97 + (value % 26))),
  punctuation: scramble(2_000, value => '!@#$%^&*()_+-=[]{};:"|<>?,./~`'.charAt(value % 30)),
};
const kinds = Object.entries(texts);

test('counts before the vocabulary is there, by estimate', () => {
  expect(countTokens('a word or two')).toBe(estimateTokens('a word or two'));
});

describe('with the vocabulary', () => {
  beforeAll(loadTokenizer);

  test.each([
    ['', 0],
    ['hello world', 2],
    ['<|endoftext|>', 1],
  ])('counts %j as OpenAI does', (text, tokens) => {
    expect(countTokens(text)).toBe(tokens);
  });

  test.each(kinds)('counts %s as the vocabulary does, but for a token a slice', (_, text) => {
    const whole = countWhole(text, { allowedSpecial: 'all' });
    const slices = Math.ceil(text.length / 256);
    expect(Math.abs(countTokens(text) - whole)).toBeLessThanOrEqual(slices);
  });

  test.each(kinds)('estimates %s between 0.9 and 3 times the real count', (_, text) => {
    const share = estimateTokens(text) / countWhole(text, { allowedSpecial: 'all' });
    expect(share).toBeGreaterThanOrEqual(0.9);
    expect(share).toBeLessThanOrEqual(3);
  });

  test.each([
    ['one letter', 'a'.repeat(2_000_000)],
    ['random letters', scramble(2_000_000, value => String.fromCharCode(97 + (value % 26)))],
    ['rare ideographs', scramble(2_000_000, value => String.fromCharCode(0x4e00 + (value % 20_000)))],
    ['white space', ' \n'.repeat(1_000_000)],
    ['halves of pairs', '\ud83c'.repeat(2_000_000)],
  ])('does not hang on two million characters of %s without a break', { timeout: 20_000 }, (_, text) => {
    // Quadratic, it would take hours: the time limit of the test is the guard.
    expect(countTokens(text)).toBeGreaterThan(1_000);
    expect(estimateTokens(text)).toBeGreaterThan(1_000);
  });

  test('counts what a cheap beginning hides', () => {
    const cheap = 'the '.repeat(20_000);
    const dense = scramble(20_000, value => String.fromCharCode(0x4e00 + (value % 20_000)));
    const whole = 20_000 + countWhole(dense);
    expect(countTokens(cheap + dense)).toBeGreaterThan(whole * 0.9);
  });
});
