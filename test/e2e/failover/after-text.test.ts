import { answerBody, chunkOf, inChunks, roleEvent, textEvents, wholeStream } from '../../../src/chaos/chat-wire.ts';
import { chunk, head, lastChunk, streamHead, wholeAnswer } from '../../../src/chaos/raw-provider.ts';
import { type Call, half, type Play } from './lane.ts';
import { type Expected, type Row, testRows } from './rows.ts';

/** For what stalls once it has begun. */
const timeouts = '{ firstEvent: PT15S, idle: PT0.4S, unary: PT0.6S }';
const json = { 'content-type': 'application/json' };

/** The first half of the answer, with a head that promises all of it. */
function halfOf(call: Call): string {
  if (call.isStream) return streamHead() + inChunks([half(call)]);
  return head(200, { ...json, 'content-length': String(answerBody(call.model, call.text).length) }) + half(call);
}

/** A cut after half of the answer: the rest comes from the second endpoint, and the caller gets one whole answer. */
function cut(id: string, promise: string, play: Play, changes: Partial<Expected> = {}): Row {
  const isStall = changes.firstOutcome === 'TIMED_OUT';
  return {
    ...(isStall ? { timeouts } : {}),
    id,
    promise,
    first: play,
    expected: { outcome: 'whole', firstOutcome: 'CUT', isCharged: true, isEstimated: true, ...changes },
  };
}

async function slowly(call: Call, text: string): Promise<void> {
  const { exchange, isStream, model } = call;
  const body = Buffer.from(isStream ? wholeStream(model, text) : answerBody(model, text));
  const headers = isStream ? { 'content-type': 'text/event-stream' } : json;
  await exchange.write(head(200, { ...headers, 'content-length': String(body.length) }));
  for (const byte of body) await exchange.write(Uint8Array.of(byte));
}

const manyBytesEach = 'Zoë sah 七 Schiffe 🎈 — und schrieb.';

const rows: readonly Row[] = [
  cut('reset', 'a reset after half of the answer is made whole', async call => {
    await call.exchange.write(halfOf(call));
    call.exchange.reset();
  }),
  cut('hang-up', 'a hang-up without the last chunk is made whole', async call => {
    await call.exchange.write(halfOf(call));
    call.exchange.end();
  }),
  cut(
    'clean-end',
    'a regular end of the body without the terminal marker is no end of the answer',
    async call => {
      const { exchange, isStream } = call;
      const start = isStream ? streamHead() : head(200, { ...json, 'transfer-encoding': 'chunked' });
      await exchange.write(start + chunk(half(call)) + lastChunk);
    },
    { firstOutcome: 'CUT|FAILED' },
  ),
  cut(
    'closed',
    'a hang-up that ends a body without length is no end of the answer',
    async call => {
      const { exchange, isStream } = call;
      const type = isStream ? 'text/event-stream' : 'application/json';
      await exchange.write(head(200, { 'content-type': type, connection: 'close' }) + half(call));
      exchange.end();
    },
    { firstOutcome: 'CUT|FAILED' },
  ),
  cut(
    'short-length',
    'a Content-Length that is too short is no end of the answer',
    async call => {
      const { exchange, isStream, model, text } = call;
      const body = isStream ? wholeStream(model, text) : answerBody(model, text);
      const length = Buffer.byteLength(half(call));
      const type = isStream ? 'text/event-stream' : 'application/json';
      await exchange.write(
        head(200, { 'content-type': type, 'content-length': String(length), connection: 'close' }) + body,
      );
      exchange.end();
    },
    { firstOutcome: 'CUT|FAILED' },
  ),
  cut('long-length', 'a Content-Length that is never reached is made whole', async call => {
    const { exchange, isStream } = call;
    const type = isStream ? 'text/event-stream' : 'application/json';
    await exchange.write(head(200, { 'content-type': type, 'content-length': '9999' }) + half(call));
    exchange.end();
  }),
  cut('bad-chunk', 'a chunk whose size is no number is made whole', async call => {
    const { exchange, isStream } = call;
    const start = isStream ? streamHead() : head(200, { ...json, 'transfer-encoding': 'chunked' });
    await exchange.write(`${start}${chunk(half(call))}ZZ\r\nmore\r\n`);
  }),
  cut(
    'stall',
    'a stall is ended, hung up, and made whole',
    async call => {
      await call.exchange.write(halfOf(call));
      await call.exchange.hungUp;
    },
    { firstOutcome: 'TIMED_OUT', first: [1, 1] },
  ),
  cut(
    'comments-alone',
    'comments and blanks do not keep a stalled answer alive',
    async call => {
      await call.exchange.write(halfOf(call));
      const noise = call.isStream ? chunk(': ping\n\n') : ' ';
      const timer = setInterval(() => void call.exchange.write(noise), 50);
      await call.exchange.hungUp;
      clearInterval(timer);
    },
    { firstOutcome: 'TIMED_OUT', first: [1, 1] },
  ),
  cut(
    'malformed-event',
    'an event that is not JSON is never skipped: what follows it is not believed',
    async ({ exchange, isStream, model, text }) => {
      if (!isStream) return await exchange.write(wholeAnswer(200, answerBody(model, text).slice(0, -9)));
      const events = wholeStream(model, text).split(/(?<=\n\n)/);
      const broken = events.map((event, index) => (index === 7 ? `${event.slice(0, 30)}\n\n` : event));
      await exchange.write(streamHead() + inChunks(broken) + lastChunk);
    },
    { firstOutcome: 'FAILED' },
  ),
  cut(
    'error-late',
    'an error in the midst of the stream is made whole',
    async call => {
      const error = `data: ${JSON.stringify({ error: { type: 'server_error', message: 'No.' } })}\n\n`;
      if (!call.isStream) return await call.exchange.write(wholeAnswer(200, error.slice(6)));
      await call.exchange.write(streamHead() + inChunks([half(call), error]) + lastChunk);
    },
    { firstOutcome: 'FAILED' },
  ),
  {
    id: 'byte-by-byte',
    promise: 'an answer that comes byte by byte, characters cut too, is read as it was meant',
    first: call => slowly(call, manyBytesEach),
    expected: { outcome: 'whole', text: manyBytesEach, second: [0, 0] },
  },
  {
    id: 'event-stream-forms',
    promise: 'a byte order mark, every line end, comments, ids and data over several lines are read as specified',
    first: ({ exchange, isStream, model, text, answer }) => {
      if (!isStream) return answer();
      const events = wholeStream(model, text).split(/(?<=\n\n)/);
      const forms = ['event: message\r\nid: 7\r\n', ': comment\r', 'retry: 5\n', ''];
      const dressed = events.map((event, index) => (forms[index % forms.length] ?? '') + event);
      const split = dressed.map(event => event.replace('"choices":', '\ndata: "choices":').replaceAll('\n', '\r\n'));
      return exchange.write(`${streamHead() + inChunks(['\uFEFF', ...split])}${lastChunk}`);
    },
    expected: { outcome: 'whole', second: [0, 0] },
  },
  {
    id: 'endless-tokens',
    promise: 'tokens without end are cut off at what was reserved, booked at that, and hung up',
    entrances: ['subscription', 'openai'],
    asks: { maxOutputTokens: 50 },
    first: async ({ exchange, model }) => {
      await exchange.write(streamHead() + inChunks([roleEvent(model)]));
      let isLeft = false;
      void exchange.hungUp.then(() => {
        isLeft = true;
      });
      const piece = inChunks(textEvents(model, ' and one more ship came in from the north'.repeat(20)));
      for (let count = 0; !isLeft && count < 2_000; count += 1) await exchange.write(piece);
      if (!isLeft) throw new Error('nobody stopped it');
    },
    expected: {
      outcome: { status: 'INCOMPLETE', code: 'BUDGET_EXCEEDED' },
      text: /ship/,
      first: [1, 1],
      second: [0, 0],
      firstOutcome: 'CANCELLED',
      isCharged: true,
      isEstimated: true,
    },
  },
  {
    id: 'cut-tool-call',
    promise: 'a tool call that is cut in half is not handed to another endpoint',
    entrances: ['subscription', 'openai'],
    asks: { tools: true },
    first: async ({ exchange, model }) => {
      const call = {
        index: 0,
        id: 'call-1',
        type: 'function',
        function: { name: 'look', arguments: '{"at": "the no' },
      };
      await exchange.write(streamHead() + inChunks([roleEvent(model), chunkOf(model, { tool_calls: [call] }, null)]));
      exchange.reset();
    },
    expected: {
      outcome: { status: 'INCOMPLETE', code: 'STREAM_CUT' },
      text: '',
      first: [1, 1],
      second: [0, 0],
      firstOutcome: 'CUT',
      isCharged: true,
      isEstimated: true,
    },
  },
];

testRows('after half of the answer', rows);
