import { expect, test } from 'vitest';
import { fetchExchange } from '../../src/http/fetch-carrier.ts';

test.each(['constructor', '__proto__', 'toString', 'x-plain'])('a header named %s is one like any other', name => {
  const headers = new Headers([
    [name, 'one'],
    ['idempotency-key', 'k'],
  ]);
  const fetched = new Request('http://host/v1/models', { headers });
  for (const rawHeaders of [undefined, [name, 'one', 'Idempotency-Key', 'k', name.toUpperCase(), 'two']]) {
    const { request, answer } = fetchExchange(fetched, rawHeaders === undefined ? {} : { rawHeaders });
    const expected = rawHeaders === undefined ? ['one'] : ['one', 'two'];
    expect(Object.entries(request.headersDistinct)).toContainEqual([name.toLowerCase(), expected]);
    expect(request.headersDistinct['idempotency-key']).toEqual(['k']);
    expect(Object.entries(request.headers)).toContainEqual([name.toLowerCase(), 'one']);
    answer.catch(() => {});
  }
});

test('a header that nobody sent is not there', () => {
  const { request } = fetchExchange(new Request('http://host/v1/models'));
  expect([request.headersDistinct.constructor, request.headersDistinct.toString]).toEqual([undefined, undefined]);
});
