import { describe, expect, test } from 'vitest';
import { openaiCompatible } from '../../../src/providers/openai-compatible/openai-compatible.ts';
import type { FailureKind, ProviderFailure } from '../../../src/providers/provider.ts';

function classify(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): ProviderFailure {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return openaiCompatible.decodeFailure({ status, headers }, text);
}

const azureFilter = { code: 'content_filter', status: 400, innererror: { code: 'ResponsibleAIPolicyViolation' } };
const wrapped = JSON.stringify({ error: { code: 429, status: 'RESOURCE_EXHAUSTED', message: 'quota' } });
const mistralFault = [{ type: 'extra_forbidden', loc: ['body', 'user'], msg: 'Extra inputs are not permitted' }];

const shapes: readonly (readonly [string, number, unknown, FailureKind])[] = [
  ['Groq: a request above the limit per minute', 413, { error: { code: 'rate_limit_exceeded' } }, 'rate-limited'],
  ['a body that is too large', 413, '<html>too large</html>', 'bad-request'],
  ['Together: too long a context', 403, { error: { message: 'exceeds the model context length' } }, 'context-length'],
  ['a key without the right', 403, { error: { message: 'Only management keys can do this' } }, 'credentials'],
  ['OpenRouter: a moderated prompt', 403, { error: { code: 403, metadata: { reasons: ['x'] } } }, 'content-filter'],
  ['OpenAI: too long a context', 400, { error: { code: 'context_length_exceeded' } }, 'context-length'],
  ['Azure: filtered, with an inner error', 400, { error: azureFilter }, 'content-filter'],
  ['Azure: filtered, without one', 400, { error: { code: 'content_filter', message: 'x' } }, 'content-filter'],
  [
    'Azure: filtered, known by the inner error alone',
    400,
    { error: { innererror: azureFilter.innererror } },
    'content-filter',
  ],
  ['vLLM: flat', 400, { object: 'error', message: 'maximum context length is 8', code: 400 }, 'context-length'],
  ['Mistral: message.detail', 422, { object: 'error', message: { detail: mistralFault } }, 'bad-request'],
  ['Mistral: bare detail', 422, { detail: mistralFault }, 'bad-request'],
  ['Mistral: capitalised, with a list', 422, { object: 'Error', message: mistralFault }, 'bad-request'],
  ['Mistral: no body', 401, '', 'credentials'],
  ['Mistral: no such model', 400, { type: 'invalid_model', message: 'Invalid model: x' }, 'model-not-found'],
  ['OpenRouter: an error wrapped as a string', 400, { error: { code: 400, message: wrapped } }, 'bad-request'],
  ['OpenRouter: no credits', 402, { error: { code: 402 } }, 'credentials'],
  ['a bare string', 404, { error: 'model not found' }, 'model-not-found'],
  ['DeepSeek: overloaded', 503, { error: { type: 'server_error', message: 'Server Overloaded' } }, 'overloaded'],
  ['OpenRouter: gateway timeout', 524, { error: { code: 524 } }, 'server'],
  ['a cut body', 500, '{"error":{"mess', 'server'],
  ['a request timeout', 408, '', 'server'],
  ['an array', 429, [{ error: { code: 429, status: 'RESOURCE_EXHAUSTED' } }], 'rate-limited'],
  ['a message about the context with a fault of the server', 500, { error: { message: 'context length' } }, 'server'],
];

describe('a refused request', () => {
  test.each(shapes)('is classified: %s', (_, status, body, kind) => {
    const failure = classify(status, body);
    expect(failure.kind).toBe(kind);
    expect(failure.status).toBe(status);
  });

  test('names the code of the vendor, and nothing that is no code', () => {
    expect(classify(404, { error: { code: 'model_not_found', message: 'the model `m`' } })).toEqual({
      kind: 'model-not-found',
      status: 404,
      providerCode: 'model_not_found',
      detail: 'status 404 model_not_found',
    });
    expect(classify(400, { error: { code: 'says: your prompt was', type: '400' } }).providerCode).toBeUndefined();
  });

  test.each([
    [{ 'retry-after-ms': '18642', 'retry-after': '19' }, 18_642],
    [{ 'retry-after': '2' }, 2_000],
    [{ 'retry-after': '1000000000' }, 60_000],
    [{ 'retry-after': '-1', 'x-ratelimit-remaining-requests': '-1' }, undefined],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': 'Sun, 06 Nov 1994 08:49:47 GMT', date: 'Sun, 06 Nov 1994 08:49:37 GMT' }, 10_000],
    [{ 'retry-after': 'Sun, 06 Nov 1994 08:49:47 GMT' }, undefined],
  ])('is tried again as %j says', (headers, expected) => {
    expect(classify(429, {}, headers as unknown as Record<string, string>).retryAfterMs).toBe(expected);
  });

  test.each([
    ['Please try again in 4.77s.', 4_770],
    ['Please try again in 120ms.', 120],
    ['Please try again in 1m2s.', 60_000],
    ['Please try again in 6m.', 60_000],
    ['Please try again.', undefined],
  ])('is tried again as the message says: %s', (message, expected) => {
    expect(classify(429, { error: { message } }).retryAfterMs).toBe(expected);
  });

  test('in a unary answer with status 200 is a failure, not an empty answer', () => {
    const [event] = openaiCompatible.decodeAnswer(JSON.stringify({ error: azureFilter }));
    expect(event).toMatchObject({ type: 'failure', failure: { kind: 'content-filter', status: 400 } });
  });

  test.each(['', '{}', '[]', '{"choices":[]}', '{"choices":[', 'null'])('is of protocol for the body %j', body => {
    expect(openaiCompatible.decodeAnswer(body)).toMatchObject([{ type: 'failure', failure: { kind: 'protocol' } }]);
  });
});
