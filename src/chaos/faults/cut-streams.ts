import { answerBody, inChunks, roleEvent, streamToTheEnd, textEvents, wholeStream } from '../chat-wire.ts';
import { atFirstUpstream, oneRequest, recovered } from '../judge.ts';
import { chunk, head, lastChunk, streamHead } from '../raw-provider.ts';
import type { FaultyCall, Scenario } from '../scenario.ts';

const demand = 'the rest comes from elsewhere, or the caller is told; never passed off as whole';

function firstHalf({ chat: { model, textToCome } }: FaultyCall): readonly string[] {
  const texts = textEvents(model, textToCome);
  return [roleEvent(model), ...texts.slice(0, Math.ceil(texts.length / 2))];
}

function cut(id: string, fault: string, play: (call: FaultyCall) => Promise<void>): Scenario {
  return { id, fault, demand, play: atFirstUpstream(play), run: oneRequest(asked => recovered(asked)) };
}

function cutWhole(id: string, fault: string, play: (call: FaultyCall, body: string) => Promise<void>): Scenario {
  return {
    id,
    fault,
    demand: 'another upstream answers; never passed off as whole',
    play: atFirstUpstream(call => play(call, answerBody(call.chat.model, call.chat.textToCome))),
    run: oneRequest(asked => recovered(asked), { isStream: false }),
  };
}

const json = { 'content-type': 'application/json' };

export const cutStreams: readonly Scenario[] = [
  cut('cut-reset', 'a reset in the midst of the stream', async call => {
    await call.write(streamHead() + inChunks(firstHalf(call)));
    call.reset();
  }),
  cut('cut-fin', 'a hang-up in the midst of the stream, without the last chunk', async call => {
    await call.write(streamHead() + inChunks(firstHalf(call)));
    call.end();
  }),
  cut('cut-close', 'a hang-up in the midst of a body without length, for which that is the regular end', async call => {
    await call.write(streamToTheEnd + firstHalf(call).join(''));
    call.end();
  }),
  cut('clean-end', 'a regular end of the body in the midst of the answer: no finish reason, no [DONE]', async call => {
    await call.write(streamHead() + inChunks(firstHalf(call)) + lastChunk);
  }),
  cut('short-length', 'a Content-Length that ends the stream halfway', async call => {
    const { model, textToCome } = call.chat;
    const half = firstHalf(call).join('');
    const headers = { 'content-type': 'text/event-stream', 'content-length': String(Buffer.byteLength(half)) };
    await call.write(head(200, { ...headers, connection: 'close' }) + wholeStream(model, textToCome));
    call.end();
  }),
  cut('bad-chunk', 'a chunk size that is no number, halfway', async call => {
    await call.write(`${streamHead()}${inChunks(firstHalf(call))}ZZ\r\ndata\r\n`);
  }),
  cut('malformed-event', 'an event that is no JSON, and then the rest', async call => {
    const { model, textToCome } = call.chat;
    const events = wholeStream(model, textToCome).split(/(?<=\n\n)/);
    const broken = events.map((event, index) => (index === 6 ? `${event.slice(0, 40)}\n\n` : event));
    await call.write(streamHead() + broken.map(chunk).join('') + lastChunk);
  }),
  cutWhole('json-cut', 'a JSON answer that is cut by a hang-up', async (call, body) => {
    await call.write(head(200, { ...json, 'content-length': String(body.length) }) + body.slice(0, -90));
    call.end();
  }),
  cutWhole('json-short', 'a JSON answer whose Content-Length is too short', async (call, body) => {
    await call.write(head(200, { ...json, 'content-length': String(body.length - 90), connection: 'close' }) + body);
    call.end();
  }),
];
