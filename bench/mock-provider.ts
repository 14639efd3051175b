import { createServer, type Socket } from 'node:net';
import { createRequestReader } from './read-requests.ts';
import { paces, tokenText, writeEveryMs } from './workload.ts';

/*
 * The upstream: OpenAI's wire format over a bare socket, so that it takes as little of the shared machine as it can.
 * It reads no more of a request than the model's name and the number of tokens.
 */

const head = { id: 'chatcmpl-bench', object: 'chat.completion', created: 1_790_000_000, model: 'bench' };
const usage = { prompt_tokens: 64, completion_tokens: 160, total_tokens: 224 };
const reply = 'The parcel was handed over to the carrier and has not been scanned since. '.repeat(9).trimEnd();

const unary = jsonAnswer({
  ...head,
  choices: [{ index: 0, message: { role: 'assistant', content: reply }, finish_reason: 'stop' }],
  usage,
});
const streamHead =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n';
const token = chunk({ choices: [{ index: 0, delta: { content: tokenText }, finish_reason: null }] });
const writesOf = new Map(paces.map(({ model, tokensPerWrite }) => [model, inChunk(token.repeat(tokensPerWrite))]));

function jsonAnswer(body: object): string {
  const json = JSON.stringify(body);
  return `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${json.length}\r\n\r\n${json}`;
}

function chunk(members: object): string {
  return `data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', ...members })}\n\n`;
}

function inChunk(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`;
}

function endOf(tokens: number): string {
  const finish = chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
  const counted = { prompt_tokens: 64, completion_tokens: tokens, total_tokens: 64 + tokens };
  return `${inChunk(`${finish}${chunk({ choices: [], usage: counted })}data: [DONE]\n\n`)}0\r\n\r\n`;
}

function stream(socket: Socket, write: string, tokensPerWrite: number, tokens: number): void {
  let left = Math.ceil(tokens / tokensPerWrite);
  socket.write(streamHead);
  const timer = setInterval(() => {
    left--;
    socket.write(left >= 0 ? write : endOf(tokens));
    if (left < 0) stop();
  }, writeEveryMs);
  function stop(): void {
    clearInterval(timer);
    socket.off('close', stop);
  }
  socket.once('close', stop);
}

const server = createServer({ noDelay: true }, socket => {
  const read = createRequestReader((_, body) => {
    const model = /"model":"([^"]+)"/.exec(body)?.[1] ?? '';
    const pace = paces.find(each => each.model === model);
    if (pace === undefined) return void socket.write(unary);
    const tokens = Number(/"max_(?:completion_)?tokens":(\d+)/.exec(body)?.[1]);
    stream(socket, writesOf.get(model) ?? '', pace.tokensPerWrite, tokens);
  });
  socket.on('data', read);
  socket.on('error', () => socket.destroy());
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' ? address?.port : undefined });
});
process.on('disconnect', () => process.exit());
