import { expect } from 'vitest';
import {
  done,
  errorAnswer,
  finishEvent,
  inChunks,
  roleEvent,
  textEvents,
  usageEvent,
} from '../../../src/chaos/chat-wire.ts';
import { lastChunk, streamHead, wholeAnswer } from '../../../src/chaos/raw-provider.ts';
import type { Play } from './lane.ts';
import { type Expected, type Row, testRows } from './rows.ts';

interface Refusal {
  readonly type?: string;
  readonly code?: string;
  readonly message?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const refusing =
  (status: number, { type = 'invalid_request_error', code, message = 'No.', headers = {} }: Refusal = {}): Play =>
  ({ exchange }) =>
    exchange.write(errorAnswer(status, { type, code: code ?? null, message }, headers));

/** The caller is told, and nobody else is asked. */
function told(code: string, changes: Partial<Expected> = {}): Expected {
  return { outcome: { status: 'FAILED', code }, first: [1, 1], second: [0, 0], ...changes };
}

const canary = 'wisteria-7f3a9c51';

const limited = (id: string, promise: string, headers: Readonly<Record<string, string>>, waitMs: number): Row => ({
  id,
  promise,
  // Shorter than the waits: nobody is kept waiting for an answer that cannot come.
  asks: { deadline: 'PT15S' },
  entrances: ['mutation', 'subscription'],
  first: refusing(429, { code: 'rate_limit_exceeded', headers }),
  second: refusing(429, { code: 'rate_limit_exceeded', headers: { 'retry-after': '59' } }),
  expected: told('PROVIDER_RATE_LIMITED', { first: [1, 3], second: [1, 1], firstOutcome: 'RATE_LIMITED' }),
  alsoHolds: ({ answered: { retryAfterMs } }) => {
    expect(retryAfterMs).toBeGreaterThan(0);
    expect(retryAfterMs).toBeLessThanOrEqual(waitMs);
  },
});

const rows: readonly Row[] = [
  ...[400, 413, 422].map(
    (status): Row => ({
      id: `status-${status}`,
      promise: `a ${status} is the request's own fault: told, and asked nowhere else`,
      first: refusing(status),
      expected: told('BAD_USER_INPUT'),
    }),
  ),
  {
    id: 'rejected-keys',
    promise: 'keys that all providers reject are the fault of the gateway, never a 401 of the caller',
    first: refusing(401, { code: 'invalid_api_key' }),
    second: refusing(403),
    expected: told('PROVIDER_CREDENTIALS_REJECTED', { second: [1, 1] }),
  },
  {
    id: 'context-length',
    promise: 'a prompt that is too long is not sent to the same model again',
    first: refusing(400, { code: 'context_length_exceeded' }),
    expected: told('CONTEXT_LENGTH_EXCEEDED'),
  },
  {
    id: 'content-filter',
    promise: 'a content filter that refuses the prompt is not routed around',
    first: refusing(400, { code: 'content_filter' }),
    expected: told('CONTENT_FILTERED', {
      outcome: { status: 'REFUSED', code: 'CONTENT_FILTERED' },
      firstOutcome: 'REFUSED',
    }),
  },
  {
    id: 'filter-finish',
    promise: 'a content filter that ends an answer is passed on as its reason, and not routed around',
    first: async ({ exchange, isStream, model, text }) => {
      const shown = text.slice(0, 30);
      const body = { choices: [{ index: 0, message: { content: shown }, finish_reason: 'content_filter' }] };
      if (!isStream) return await exchange.write(wholeAnswer(200, JSON.stringify(body)));
      const ending = [finishEvent(model, 'content_filter'), usageEvent(model), done];
      await exchange.write(
        streamHead() + inChunks([roleEvent(model), ...textEvents(model, shown), ...ending]) + lastChunk,
      );
    },
    expected: {
      outcome: 'whole',
      text: /^The keeper/,
      finishReason: 'CONTENT_FILTER',
      first: [1, 1],
      second: [0, 0],
    },
  },
  {
    id: 'echoed-key',
    promise: 'an error that repeats prompt and key shows them to nobody: caller, log and ledger',
    asks: { prompt: `Look for ${canary}` },
    first: ({ exchange }) => {
      const { authorization = '' } = exchange.request.headers;
      const message = `Cannot read ${exchange.request.body} of ${authorization}`;
      return exchange.write(errorAnswer(400, { type: 'invalid_request_error', code: null, message }));
    },
    expected: told('BAD_USER_INPUT'),
    alsoHolds: ({ lane, answered: { raw }, booked }) => {
      expect(raw + JSON.stringify(booked)).not.toContain(canary);
      expect(lane.log.length).toBeGreaterThan(0);
      expect(lane.log.filter(line => line.includes(canary))).toEqual([]);
    },
  },
  limited(
    'all-limited-seconds',
    'rate limits of all endpoints are told with the shorter wait',
    { 'retry-after': '30' },
    30_000,
  ),
  limited(
    'all-limited-garbage',
    'a wait that makes no sense is none that is asked for',
    { 'retry-after': 'soon' },
    59_000,
  ),
  limited('all-limited-far', 'a wait beyond a minute counts as one', { 'retry-after': '1000000000' }, 60_000),
  ...(
    [
      ['limited-seconds', 'in seconds', () => ({ 'retry-after': '30' })],
      ['limited-date', 'as a date', () => ({ date: httpDate(0), 'retry-after': httpDate(30_000) })],
      ['limited-garbage', 'as garbage', () => ({ 'retry-after': 'tomorrow-ish' })],
      ['limited-far', 'of thirty years', () => ({ 'retry-after': '1000000000' })],
      ['limited-none', 'without a time', () => ({})],
    ] as const
  ).map(
    ([id, form, headers]): Row => ({
      id,
      promise: `a rate limit ${form} has another endpoint answer, this request and the next`,
      first: call => refusing(429, { type: 'rate_limit_error', headers: headers() })(call),
      expected: { outcome: 'whole', first: [1, 1], second: [1, 1], firstOutcome: 'RATE_LIMITED' },
      alsoHolds: async ({ lane, caseId, again }) => {
        expect((await again()).status).toBe('FINISHED');
        expect(lane.calls(caseId).map(({ place }) => place)).toEqual(['first', 'second', 'second']);
      },
    }),
  ),
];

function httpDate(fromNowMs: number): string {
  return new Date(Date.now() + fromNowMs).toUTCString();
}

testRows('what cannot be helped by asking again', rows);
