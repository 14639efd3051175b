import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { continuationData, decodeContinuation, encodeContinuation } from '../../src/providers/continuation.ts';

const data = { signature: 'äß😀', list: [1, null] };
const write = (document: unknown): string => Buffer.from(JSON.stringify(document)).toString('base64url');

describe('a continuation', () => {
  test('comes back as it was written, in characters that any transport keeps', () => {
    const value = encodeContinuation({ protocol: 'anthropic', providerId: 'acme', data });
    expect(value).toMatch(/^[\w-]+$/);
    expect(decodeContinuation(value)).toEqual({ protocol: 'anthropic', providerId: 'acme', data });
  });

  test('is for its protocol, and where it names a provider for that alone', () => {
    const bound = encodeContinuation({ protocol: 'openai', providerId: 'acme', data });
    const free = encodeContinuation({ protocol: 'openai', data });
    expect(continuationData(bound, 'openai', 'acme')).toEqual(data);
    expect(continuationData(bound, 'openai', 'other')).toBeUndefined();
    expect(continuationData(free, 'openai', 'other')).toEqual(data);
    expect(continuationData(free, 'gemini', 'acme')).toBeUndefined();
    expect(continuationData(undefined, 'openai', 'acme')).toBeUndefined();
  });

  test.each([
    ['nothing', ''],
    ['other characters', 'a b+/='],
    ['bytes that are no JSON', 'AAAA'],
    ['another version', write({ v: 2, protocol: 'openai', data })],
    ['no protocol', write({ v: 1, data })],
    ['an unknown protocol', write({ v: 1, protocol: 'smtp', data })],
    ['a provider that is no name', write({ v: 1, protocol: 'openai', providerId: {}, data })],
    ['no data', write({ v: 1, protocol: 'openai' })],
    ['a list', write([1])],
    ['null', write(null)],
  ])('is nothing where it holds %s', (_, value) => {
    expect(decodeContinuation(value)).toBeUndefined();
  });
});
