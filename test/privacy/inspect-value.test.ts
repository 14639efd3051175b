import { describe, expect, test } from 'vitest';
import type { ContentRule } from '../../src/model/policy.ts';
import { content } from '../../src/policy/rules/content.ts';
import { contentInspection } from '../../src/privacy/inspect-value.ts';

const card = '4111 1111 1111 1111';

function inspector(rule: Partial<ContentRule> = {}, enforced = true) {
  const whole: ContentRule = {
    detect: ['PAYMENT_CARD'],
    action: 'REDACT',
    directions: ['INPUT', 'OUTPUT'],
    onUninspectable: 'BLOCK',
    ...rule,
  };
  const { demands } = content();
  const bound = (demands({ content: [whole] }).content ?? []).map(demand => ({ demand, enforced }));
  const { output } = contentInspection(bound);
  if (output === undefined) throw new Error('nothing is looked for');
  return output;
}

describe('a value outside of a completion', () => {
  test('is replaced in texts, numbers as they are written, and names of members, at any depth', () => {
    const value = { a: [card, 4111111111111111, 4111111111111111n], [card]: { deep: [`x ${card}`] }, b: true, c: null };
    expect(inspector()(value)).toEqual({
      value: {
        a: ['[PAYMENT_CARD]', '[PAYMENT_CARD]', '[PAYMENT_CARD]'],
        '[PAYMENT_CARD]': { deep: ['x [PAYMENT_CARD]'] },
        b: true,
        c: null,
      },
    });
  });

  test('is the same one where nothing was found, whatever it is made of', () => {
    const value = { at: new Date(0), many: 1n, none: undefined, empty: Object.create(null) };
    expect(inspector()(value)).toEqual({ value });
    expect((inspector()(value) as { value: unknown }).value).toBe(value);
  });

  test('is judged by what it says of itself as JSON', () => {
    expect(inspector()({ toJSON: () => ({ is: card }) })).toEqual({ value: { is: '[PAYMENT_CARD]' } });
  });

  test.each([
    ['an upload', new Blob([card])],
    ['bytes', new TextEncoder().encode(card)],
    ['a map', new Map([['card', card]])],
    ['a function', () => card],
    ['a promise', Promise.resolve(card)],
  ])('is refused where nothing can read it, unless the rule lets that pass: %s', (_, value) => {
    expect(inspector()({ value })).toEqual({ blockedKind: 'UNINSPECTABLE' });
    expect(inspector({ onUninspectable: 'ALLOW' })({ value })).toEqual({ value: { value } });
    expect(inspector({}, false)({ value })).toEqual({ value: { value } });
  });

  test('is refused where it is deeper than anything, or holds itself', () => {
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    expect(inspector({ onUninspectable: 'ALLOW' })(cyclic)).toEqual({ blockedKind: 'UNINSPECTABLE' });
  });

  test('is refused where it cannot be looked at: what throws is no way around', () => {
    const throwing = {
      get card() {
        throw new Error('no');
      },
    };
    expect(inspector()(throwing)).toEqual({ blockedKind: 'PAYMENT_CARD' });
  });

  test('is blocked, and told by the kind alone', () => {
    expect(inspector({ action: 'BLOCK' })([`a ${card}`])).toEqual({ blockedKind: 'PAYMENT_CARD' });
    expect(inspector({ action: 'FLAG' })(card)).toEqual({ value: card });
    expect(inspector({}, false)(card)).toEqual({ value: card });
  });

  test('looks at a long text once, in however many places of it that stands', () => {
    const long = `${'a'.repeat(100_000)} ${card}`;
    const value = Array<string>(2_000).fill(long);
    const { value: left } = inspector()(value) as { value: readonly string[] };
    expect(new Set(left).size).toBe(1);
    expect(left[0]).not.toContain('4111');
  });
});
