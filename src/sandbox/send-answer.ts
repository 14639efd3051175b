import type { ServerResponse } from 'node:http';
import type { SandboxBehaviour } from './models.ts';
import { paceFrames } from './pace-frames.ts';
import type { OpenCall, SandboxCall } from './record-calls.ts';
import type { AnswerHead, SandboxWire } from './sandbox-wire.ts';
import { cutBytes, type Ending, scriptStream } from './stream-frames.ts';

/** One call that is answered with status 200, well or not. */
export interface Exchange {
  readonly response: ServerResponse;
  readonly wire: SandboxWire;
  readonly behaviour: SandboxBehaviour;
  readonly head: AnswerHead;
  readonly call: OpenCall;
  readonly firstTokenMs: number;
  readonly tokensPerSecond: number;
  /** Ends the record of the call; later ends are ignored. */
  end(state: Exclude<SandboxCall['state'], 'running'>): void;
}

const burst = 16;

/** Sends an answer, with what its model does wrong and at its pace; a client that hangs up stops all of it at once. */
export function sendAnswer(exchange: Exchange, isStream: boolean): void {
  const { response, behaviour } = exchange;
  let timer: NodeJS.Timeout | undefined;
  response.once('close', () => {
    clearTimeout(timer);
    leave(exchange);
  });
  if (behaviour.fault === 'silent') return;
  const send = isStream ? sendStream : sendWhole;
  if (behaviour.headersMs === undefined) send(exchange);
  else timer = setTimeout(send, behaviour.headersMs, exchange);
}

function leave(exchange: Exchange): void {
  const { call, head, behaviour } = exchange;
  if (call.state !== 'running') return;
  call.billedOutputTokens =
    behaviour.billsAfterAbort === true ? head.answer.outputTokens : Math.min(call.sentPieces, head.answer.outputTokens);
  exchange.end('hung-up');
}

function complete(exchange: Exchange, ending: Ending): void {
  const { response, call, head } = exchange;
  if (ending === 'hold') return;
  const { outputTokens } = head.answer;
  call.billedOutputTokens = ending === 'whole' ? outputTokens : Math.min(call.sentPieces, outputTokens);
  exchange.end(ending === 'whole' ? 'finished' : 'broken');
  if (ending === 'reset') response.socket?.resetAndDestroy();
}

function sendStream(exchange: Exchange): void {
  const { response, wire, behaviour, head, call } = exchange;
  const script = scriptStream(wire, head, behaviour.fault, () => {
    call.sentPieces += 1;
  });
  call.status = 200;
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    [wire.requestIdHeader]: `req_${head.id}`,
  });
  const pace = {
    firstTokenMs: exchange.firstTokenMs,
    tokensPerSecond: exchange.tokensPerSecond,
    burst: behaviour.fault === 'split' ? 1 : burst,
  };
  if (script.opening !== '') response.write(script.opening);
  else if (pace.firstTokenMs > 0) response.flushHeaders();
  const stop = paceFrames(response, script.frames, pace, ending => complete(exchange, ending));
  response.once('close', stop);
}

/** One body, at the time when a stream of it would have ended. */
function sendWhole(exchange: Exchange): void {
  const { response, wire, behaviour, head } = exchange;
  const generationMs = exchange.firstTokenMs + (head.answer.outputTokens * 1000) / exchange.tokensPerSecond;
  const isError = behaviour.fault === 'error-first' || behaviour.fault === 'error-late';
  const body = Buffer.from(isError ? wire.encodeStreamError().body : wire.encodeAnswer(head));
  const timer = generationMs >= 1 ? setTimeout(sendBody, generationMs, exchange, body) : undefined;
  response.once('close', () => clearTimeout(timer));
  if (timer === undefined) sendBody(exchange, body);
}

function sendBody(exchange: Exchange, body: Buffer): void {
  const { response, wire, behaviour, head, call } = exchange;
  const { fault } = behaviour;
  const headers = { 'content-type': 'application/json', [wire.requestIdHeader]: `req_${head.id}` };
  const half = body.subarray(0, body.length / 2);
  call.status = 200;
  call.sentPieces = head.answer.segments.reduce((sum, segment) => sum + segment.pieces.length, 0);
  if (fault === 'split') {
    response.writeHead(200, headers);
    const stop = paceFrames(
      response,
      wholeFrames(cutBytes(body)),
      { firstTokenMs: 0, tokensPerSecond: Number.POSITIVE_INFINITY, burst: 1 },
      ending => complete(exchange, ending),
    );
    response.once('close', stop);
  } else if (fault === 'reset' || fault === 'stall') {
    response.writeHead(200, { ...headers, 'content-length': body.length });
    response.write(half, () => complete(exchange, fault === 'reset' ? 'reset' : 'hold'));
  } else {
    const sent = fault === 'cut' || fault === 'malformed' ? half : body;
    response.writeHead(200, { ...headers, 'content-length': sent.length });
    response.end(sent);
    complete(exchange, sent === body ? 'whole' : 'cut');
  }
}

function* wholeFrames(parts: readonly Buffer[]): Generator<Buffer, Ending, undefined> {
  yield* parts;
  return 'whole';
}
