import { performance } from 'node:perf_hooks';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSseScanner } from '../../src/stream/decode-sse.ts';

function scan(bytes: Uint8Array, size = bytes.length, maxEventBytes = 1_048_576): readonly (readonly string[])[] {
  const events: string[][] = [];
  const scanner = createSseScanner((event, data) => events.push([event, data]), { maxEventBytes });
  for (let at = 0; at < bytes.length; at += Math.max(1, size)) scanner.push(bytes.subarray(at, at + Math.max(1, size)));
  scanner.end();
  return events;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('server-sent events', () => {
  const cases: readonly (readonly [string, string, readonly (readonly string[])[]])[] = [
    [
      'ends lines at LF',
      'data: a\n\ndata: b\n\n',
      [
        ['', 'a'],
        ['', 'b'],
      ],
    ],
    [
      'ends lines at CRLF',
      'event: x\r\ndata: a\r\n\r\ndata: b\r\n\r\n',
      [
        ['x', 'a'],
        ['', 'b'],
      ],
    ],
    [
      'ends lines at CR',
      'data: a\r\rdata: b\r\r',
      [
        ['', 'a'],
        ['', 'b'],
      ],
    ],
    [
      'reads mixed line ends',
      'data: a\r\ndata: b\n\rdata: c\n\n',
      [
        ['', 'a\nb'],
        ['', 'c'],
      ],
    ],
    ['skips a byte order mark at the start only', '\uFEFFdata: a\n\n\uFEFFdata: b\n\n', [['', 'a']]],
    ['skips comments', ': PROCESSING\n\n:\n\ndata: a\n: in between\ndata: b\n\n', [['', 'a\nb']]],
    [
      'takes one space after the colon',
      'data:  a\n\ndata:b\n\n',
      [
        ['', ' a'],
        ['', 'b'],
      ],
    ],
    ['ignores other fields', 'id: 1\nretry: 5\ndatas: no\ndata: a\nevents: no\n\n', [['', 'a']]],
    ['takes a field without a colon as empty', 'data\ndata: a\n\n', [['', '\na']]],
    ['forgets the name of an event without data', 'event: x\n\ndata: a\n\n', [['', 'a']]],
    ['delivers no event without data', 'data:\n\nevent: x\ndata\n\n', []],
    ['drops an event without its blank line', 'data: a\n\ndata: b\n', [['', 'a']]],
    ['keeps a field name with spaces apart', ' data: no\ndata : no\ndata: a\n\n', [['', 'a']]],
    ['decodes text of two to four bytes', 'data: äß€😀\n\n', [['', 'äß€😀']]],
  ];

  test.each(cases)('%s, however the bytes are cut', (_, text, expected) => {
    const whole = bytes(text);
    for (let size = 1; size <= whole.length; size += 1) expect(scan(whole, size)).toEqual(expected);
  });

  test('reads the same events from any bytes however they are cut', () => {
    const piece = fc.constantFrom(
      'data: ',
      'data',
      'event:',
      '\n',
      '\r',
      '\r\n',
      '\n\n',
      ':',
      '😀',
      'é',
      '\uFEFF',
      'x',
    );
    fc.assert(
      fc.property(fc.array(piece), fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 3 }), (pieces, tail) => {
        const whole = Uint8Array.from([...bytes(pieces.join('')), ...tail, 10, 10]);
        const expected = scan(whole);
        for (const size of [1, 2, 3, 7]) expect(scan(whole, size)).toEqual(expected);
      }),
    );
  });

  test('replaces bytes that are not UTF-8 and reads on', () => {
    const whole = Uint8Array.from([...bytes('data: a'), 0xff, 0xc3, ...bytes('\n\ndata: b\n\n')]);
    expect(scan(whole)).toEqual([
      ['', 'a\uFFFD\uFFFD'],
      ['', 'b'],
    ]);
  });

  test.each([1, 7, Number.MAX_SAFE_INTEGER])('stops at a line over the limit, in pieces of %d', size => {
    const events: string[] = [];
    const scanner = createSseScanner((_, data) => events.push(data), { maxEventBytes: 64 });
    const whole = bytes(`data: ${'x'.repeat(58)}\n\ndata: ${'é'.repeat(30)}\n\ndata: never\n\n`);
    expect(() => {
      for (let at = 0; at < whole.length; at += size) scanner.push(whole.subarray(at, at + size));
    }).toThrow(RangeError);
    expect(events).toEqual(['x'.repeat(58)]);
  });

  test('stops at an event of many lines over the limit', () => {
    expect(() => scan(bytes(`${'data: 0123456789\n'.repeat(10)}\n`), 5, 64)).toThrow(RangeError);
  });

  test('takes a long line in tiny pieces in linear time', () => {
    const started = performance.now();
    const events = scan(bytes(`data: ${'x'.repeat(1_000_000)}\n\n`), 16);
    expect(events[0]?.[1]?.length).toBe(1_000_000);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
