import fc from 'fast-check';
import type { GraphQLScalarType } from 'graphql';
import { parseValue } from 'graphql';
import { describe, expect, test } from 'vitest';
import { scalars } from '../../src/graphql/scalars/index.ts';

const { Money, DateTime, Duration, Count, JSON: Json } = scalars;
const literal = (scalar: GraphQLScalarType, text: string) => scalar.parseLiteral(parseValue(text), {});
const long = 'x'.repeat(41);

describe('Money', () => {
  test('takes a decimal string and an Int, to the last place', () => {
    expect(Money.parseValue('0.00117599')).toBe(1_175_990n);
    expect(Money.parseValue(3)).toBe(3_000_000_000n);
    expect(literal(Money, '"-0.000000001"')).toBe(-1n);
    expect(literal(Money, '3')).toBe(3_000_000_000n);
  });

  test.each([0.1, '0.1234567891', '1e3', '', ' 1', '1,5', 'NaN', null, true, {}, [], 2 ** 53])('refuses %j', value => {
    expect(() => Money.parseValue(value)).toThrow(/^Money: /);
  });

  test('every amount comes back as it was', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), amount => {
        expect(Money.parseValue(Money.serialize(amount))).toBe(amount);
      }),
    );
  });
});

describe('DateTime', () => {
  test('reads an instant with its offset and writes it in UTC', () => {
    const at = DateTime.parseValue('2026-11-22T12:00:00+02:00');
    expect(DateTime.serialize(at)).toBe('2026-11-22T10:00:00.000Z');
  });

  test.each(['2026-11-22', '2026-11-22T10:00:00', '2026-02-30T00:00:00Z', '2026-13-01T00:00:00Z', 1, 'now', null])(
    'refuses %j',
    value => {
      expect(() => DateTime.parseValue(value)).toThrow(/^DateTime: /);
    },
  );
});

describe('Duration', () => {
  test.each([
    ['PT30S', 30_000],
    ['PT0.25S', 250],
    ['P1DT2H3M4S', 93_784_000],
    ['P2W', 1_209_600_000],
    ['PT0S', 0],
  ])('reads %s', (text, durationMs) => {
    expect(Duration.parseValue(text)).toBe(durationMs);
  });

  test.each(['P1M', 'P1Y', 'P', 'PT', 'P1DT', '-PT1S', 'PT1.2345S', '30', 30, 'pt1s', 'P99999999D', 'P999999D', null])(
    'refuses %j',
    value => {
      expect(() => Duration.parseValue(value)).toThrow(/^Duration: /);
    },
  );

  test('every duration comes back as it was', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 36_525 * 86_400_000 }), durationMs => {
        expect(Duration.parseValue(Duration.serialize(durationMs))).toBe(durationMs);
      }),
    );
  });
});

describe('Count', () => {
  test('goes up to 2^53 - 1, further than Int', () => {
    expect(Count.parseValue(Number.MAX_SAFE_INTEGER)).toBe(Number.MAX_SAFE_INTEGER);
    expect(literal(Count, '5000000000')).toBe(5_000_000_000);
  });

  test.each([-1, 1.5, 2 ** 53, '1', null, Number.NaN])('refuses %j', value => {
    expect(() => Count.parseValue(value)).toThrow(/^Count: /);
  });
});

describe('JSON', () => {
  test('takes a value, a literal, and a string that holds JSON', () => {
    const schema = { type: 'object', properties: { a: { type: ['string', 'null'] } } };
    expect(Json.parseValue(schema)).toEqual(schema);
    expect(Json.parseValue(JSON.stringify(schema))).toEqual(schema);
    expect(literal(Json, '{a: [1, 2.5, true, null, "x", E]}')).toEqual({ a: [1, 2.5, true, null, 'x', 'E'] });
    expect(Json.parseValue('no JSON')).toBe('no JSON');
  });

  test('a name from the prototype stays a name', () => {
    const read = Json.parseValue('{"__proto__": {"isAdmin": true}}') as { readonly isAdmin?: boolean };
    expect(read.isAdmin).toBeUndefined();
    expect(Object.keys(read)).toEqual(['__proto__']);
  });

  test('refuses what is nested too deep', () => {
    expect(() => Json.parseValue(`${'['.repeat(65)}${']'.repeat(65)}`)).toThrow(/^JSON: /);
  });
});

test('a message never echoes a long value', () => {
  for (const scalar of [Money, DateTime, Duration, Count]) {
    expect(() => scalar.parseValue(long)).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining(long) }),
    );
    expect(() => scalar.parseValue('short')).toThrow(/"short"/);
  }
});
