import { errorAnswer, event, inChunks, roleEvent, wholeStream } from '../../../src/chaos/chat-wire.ts';
import { head, streamHead, wholeAnswer } from '../../../src/chaos/raw-provider.ts';
import { freePort } from '../../support/free-port.ts';
import type { Call, Play } from './lane.ts';
import { type Expected, type Row, testRows } from './rows.ts';

const whole: Expected = { outcome: 'whole' };
const once = { first: [1, 1] } as const;
/** Short ones, for providers that are silent. */
const timeouts = '{ connect: PT0.5S, firstEvent: PT0.4S, idle: PT0.4S, unary: PT0.4S }';
const json = { 'content-type': 'application/json' };

const failing =
  (status: number, headers: Readonly<Record<string, string>> = {}): Play =>
  ({ exchange }) =>
    exchange.write(errorAnswer(status, { type: 'server_error', code: null, message: 'No.' }, headers));

/** Status 200, then an error instead of an answer. */
function failInside({ exchange, isStream, model }: Call, error: object, opening: readonly string[]): Promise<void> {
  if (!isStream) return exchange.write(wholeAnswer(200, JSON.stringify({ error })));
  return exchange.write(streamHead() + inChunks([...(opening.length > 0 ? [roleEvent(model)] : []), event({ error })]));
}

/** What a flood may have sent before somebody stops it. */
const mostFloodBytes = 96 * 1_048_576;

async function flood({ exchange, isStream }: Call): Promise<void> {
  const line = 'x'.repeat(262_144);
  await exchange.write(
    isStream ? `${streamHead()}40000000\r\ndata: ` : head(200, { ...json, 'content-length': '1073741824' }),
  );
  let isLeft = false;
  void exchange.hungUp.then(() => {
    isLeft = true;
  });
  for (let sent = 0; !isLeft && sent < mostFloodBytes; sent += line.length) await exchange.write(line);
  if (!isLeft) throw new Error('nobody stopped the flood');
}

const closedPort = await freePort();

const rows: readonly Row[] = [
  {
    id: 'refused-connection',
    promise: 'a refused connection falls over, and costs nothing',
    firstUrl: `http://127.0.0.1:${closedPort}`,
    first: () => {},
    expected: { ...whole, first: [0, 0], unseen: 1 },
  },
  {
    id: 'unknown-name',
    timeouts,
    promise: 'a name that nobody knows falls over, and costs nothing',
    firstUrl: 'http://no-such-host.invalid',
    first: () => {},
    expected: { ...whole, first: [0, 0], unseen: 1 },
  },
  {
    id: 'silence',
    timeouts,
    promise: 'silence falls over after its time limit, is hung up, and not asked twice',
    first: ({ exchange }) => exchange.hungUp,
    expected: { ...whole, ...once, firstOutcome: 'TIMED_OUT', isCharged: true, isEstimated: true },
  },
  {
    id: 'silence-after-head',
    timeouts,
    promise: 'silence after status 200 falls over, and nothing of it is delivered',
    first: async ({ exchange, isStream, model }) => {
      await exchange.write(
        isStream ? streamHead() + inChunks([roleEvent(model)]) : head(200, { ...json, 'content-length': '900' }),
      );
      await exchange.hungUp;
    },
    expected: { ...whole, ...once, firstOutcome: 'TIMED_OUT', isCharged: true, isEstimated: true },
  },
  {
    id: 'error-first',
    promise: 'an error as the first event under status 200 falls over',
    first: call => failInside(call, { type: 'overloaded_error', message: 'Overloaded' }, []),
    expected: { ...whole, isCharged: true },
  },
  {
    id: 'error-before-content',
    promise: 'an error before any content falls over',
    first: call =>
      failInside(call, { type: 'insufficient_quota', code: 'insufficient_quota', message: 'No.' }, ['role']),
    expected: { ...whole, isCharged: true },
  },
  {
    id: 'reset-early',
    promise: 'a reset before the head falls over',
    first: ({ exchange }) => exchange.reset(),
    expected: whole,
  },
  {
    id: 'html',
    promise: 'an HTML page under status 200 falls over',
    first: ({ exchange }) => exchange.write(wholeAnswer(200, '<html>502</html>', { 'content-type': 'text/html' })),
    expected: { ...whole, isCharged: true },
  },
  {
    id: 'endless-line',
    promise: 'an endless line is cut off, hung up, and falls over',
    first: flood,
    expected: { ...whole, ...once, isCharged: true },
  },
  {
    id: 'compressed',
    promise: 'a compressed answer, which nobody asked for, is not inflated, and falls over',
    first: ({ exchange, isStream }) =>
      exchange.write(
        wholeAnswer(200, 'bomb', {
          'content-type': isStream ? 'text/event-stream' : 'application/json',
          'content-encoding': 'gzip',
        }),
      ),
    expected: { ...whole, isCharged: true },
  },
  {
    id: 'redirect',
    promise: 'a redirect is not followed, so that no key goes elsewhere',
    first: ({ exchange }) =>
      exchange.write(head(302, { location: `http://127.0.0.1:${closedPort}/`, 'content-length': '0' })),
    expected: whole,
  },
  ...[408, 409, 425, 500, 502, 503, 529].map(
    (status): Row => ({
      id: `status-${status}`,
      promise: `a ${status} is tried again once at most, and falls over`,
      first: failing(status),
      expected: whole,
    }),
  ),
  {
    id: '500-once',
    promise: 'a 500 that happens once is tried again, where it came from or elsewhere',
    first: call => (call.number === 0 ? failing(500)(call) : call.answer()),
    expected: { ...whole, second: [0, 1] },
  },
  ...[401, 402, 403, 404].map(
    (status): Row => ({
      id: `status-${status}`,
      promise: `a ${status} of one provider is not tried again there, and falls over`,
      first: failing(status),
      expected: { ...whole, ...once },
    }),
  ),
  {
    id: 'not-http',
    promise: 'an answer that is not HTTP falls over',
    first: async ({ exchange, model, text }) => {
      await exchange.write(`garbage\r\n\r\n${wholeStream(model, text)}`);
      exchange.end();
    },
    expected: whole,
  },
];

testRows('before anything was delivered', rows);
