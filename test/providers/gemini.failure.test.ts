import { describe, expect, test } from 'vitest';
import { gemini } from '../../src/providers/gemini/gemini.ts';

const body = (status: string, message = 'secret words', details: readonly object[] = []) =>
  JSON.stringify({ error: { code: 400, message, status, details } });
const info = (reason: string) => [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason }];
const wait = (retryDelay: string) => [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay }];
const inner = JSON.stringify({ error: { code: 429, message: 'secret words', status: 'RESOURCE_EXHAUSTED' } });

describe('an answer that is not 2xx', () => {
  test.each([
    [400, body('INVALID_ARGUMENT'), 'bad-request'],
    [400, body('INVALID_ARGUMENT', 'secret words', info('API_KEY_INVALID')), 'credentials'],
    [400, body('INVALID_ARGUMENT', 'API key expired. Please renew the API key.'), 'credentials'],
    [
      400,
      body('INVALID_ARGUMENT', 'The input token count (1200000) exceeds the maximum number of tokens allowed'),
      'context-length',
    ],
    [400, body('FAILED_PRECONDITION', 'User location is not supported for the API use.'), 'credentials'],
    [401, body('UNAUTHENTICATED'), 'credentials'],
    [403, body('PERMISSION_DENIED'), 'credentials'],
    [404, body('NOT_FOUND'), 'model-not-found'],
    [429, body('RESOURCE_EXHAUSTED'), 'rate-limited'],
    [429, `[${body('RESOURCE_EXHAUSTED')}]`, 'rate-limited'],
    [429, JSON.stringify({ error: { code: 429, message: inner, status: 'Too Many Requests' } }), 'rate-limited'],
    [499, body('CANCELLED'), 'server'],
    [500, body('INTERNAL'), 'server'],
    [503, body('UNAVAILABLE'), 'overloaded'],
    [504, body('DEADLINE_EXCEEDED'), 'server'],
    [502, '<html>Bad gateway</html>', 'server'],
    [503, '', 'overloaded'],
    [404, '[]', 'model-not-found'],
  ])('of %i and %s is %s, and tells no word of it', (status, text, kind) => {
    const failure = gemini.decodeFailure({ status, headers: {} }, text);
    expect(failure).toMatchObject({ kind, status });
    expect(JSON.stringify(failure)).not.toMatch(/secret|token count|renew|location/);
  });

  test('names the reason, else the status, else nothing', () => {
    const code = (text: string) => gemini.decodeFailure({ status: 400, headers: {} }, text).providerCode;
    expect(code(body('INVALID_ARGUMENT', '', info('API_KEY_INVALID')))).toBe('API_KEY_INVALID');
    expect(code(body('INVALID_ARGUMENT'))).toBe('INVALID_ARGUMENT');
    expect(code(body('what a user wrote'))).toBeUndefined();
  });

  test.each([
    ['34.4s', {}, 34_400],
    ['0s', {}, 0],
    ['86400s', {}, 60_000],
    ['soon', {}, undefined],
    ['34.4s', { 'retry-after': '5' }, 5_000],
  ])('waits as RetryInfo %s and headers %j say', (delay, headers, expected) => {
    const text = body('RESOURCE_EXHAUSTED', '', wait(delay));
    expect(gemini.decodeFailure({ status: 429, headers }, text).retryAfterMs).toBe(expected);
  });
});
