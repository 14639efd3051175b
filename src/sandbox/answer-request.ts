import type { ServerResponse } from 'node:http';
import type { Protocol } from '../model/catalog.ts';
import { answerPrompt, blockPrompt, isOwnSignature, type SandboxAnswer, seedOf } from './answer-prompt.ts';
import { findSandboxModel, type SandboxBehaviour, type SandboxFailure, sandboxContextTokens } from './models.ts';
import type { CallRecord } from './record-calls.ts';
import { MalformedRequest, type SandboxRequest, type SandboxWire, type WireTarget } from './sandbox-wire.ts';
import { type Exchange, sendAnswer } from './send-answer.ts';

export interface AnsweringOptions {
  readonly tokensPerSecond: number;
  readonly firstTokenMs: number;
  readonly record: CallRecord;
}

/** Answers requests whose protocol is known. */
export interface Answering {
  answer(response: ServerResponse, wire: SandboxWire, target: WireTarget, body: string): void;
  fail(response: ServerResponse, wire: SandboxWire, failure: SandboxFailure, message: string): void;
}

const rememberedPrompts = 1000;

const messages: Readonly<Record<number, string>> = {
  400: 'The sandbox refuses this request as malformed.',
  401: 'Incorrect API key provided.',
  403: 'This key may not use this model.',
  404: 'No such model.',
  408: 'The request timed out.',
  413: 'The request is too large.',
  422: 'The request cannot be processed.',
  429: 'Rate limit reached.',
  503: 'The service is not available.',
  529: 'Overloaded',
};

/** Without codes of their own for it, Anthropic and Gemini are told by these words. */
const tooLongMessages: Readonly<Record<Protocol, string>> = {
  openai: `This model's maximum context length is ${sandboxContextTokens} tokens. Please reduce the length of the messages.`,
  anthropic: `prompt is too long: ${sandboxContextTokens + 1} tokens > ${sandboxContextTokens} maximum`,
  gemini: `The input token count (${sandboxContextTokens + 1}) exceeds the maximum number of tokens allowed (${sandboxContextTokens}).`,
};

/** Makes what answers for one sandbox: it counts calls and remembers prompts' digests for the models that ask for it. */
export function createAnswering({ tokensPerSecond, firstTokenMs, record }: AnsweringOptions): Answering {
  const seenPrompts = new Set<number>();
  let flakyCalls = 0;
  let answered = 0;

  function nextNumber(): number {
    answered += 1;
    return answered;
  }

  function fail(response: ServerResponse, wire: SandboxWire, failure: SandboxFailure, message: string): void {
    const { status, retryAfterSeconds } = failure;
    const requestId = `req_sandbox-${nextNumber()}`;
    const isHtml = failure.kind === 'html';
    const body = isHtml
      ? '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>'
      : wire.encodeFailure({ ...failure, message, requestId });
    response.writeHead(status, {
      'content-type': isHtml ? 'text/html' : 'application/json',
      'content-length': Buffer.byteLength(body),
      [wire.requestIdHeader]: requestId,
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
    });
    response.end(body);
  }

  function isFailing(failure: SandboxFailure, request: SandboxRequest): boolean {
    switch (failure.when) {
      case 'every-second':
        flakyCalls += 1;
        return flakyCalls % 2 === 0;
      case 'first-of-prompt': {
        const seed = seedOf(request.prompt.inputText);
        if (seenPrompts.has(seed)) return false;
        if (seenPrompts.size >= rememberedPrompts) seenPrompts.clear();
        seenPrompts.add(seed);
        return true;
      }
      default:
        return true;
    }
  }

  /** The answer, or what is the matter instead. */
  function speak(wire: SandboxWire, request: SandboxRequest): SpokenAnswer | SandboxFailure {
    const model = findSandboxModel(request.model);
    if (model === undefined) return { status: 404, kind: 'status' };
    const { behaviour } = model;
    if (behaviour.failure?.kind === 'prompt-filter' && wire.protocol === 'gemini') {
      return { behaviour, answer: blockPrompt(request.prompt) };
    }
    if (behaviour.failure !== undefined && isFailing(behaviour.failure, request)) return behaviour.failure;
    const isReasoning = behaviour.content === 'reason';
    if (isReasoning && !request.prompt.signatures.every(isOwnSignature)) return { status: 400, kind: 'status' };
    if (behaviour.content === 'filtered' && wire.protocol === 'anthropic')
      return { status: 400, kind: 'prompt-filter' };
    const answer = answerPrompt(behaviour.content, request.prompt);
    return answer.inputTokens > model.contextTokens ? { status: 400, kind: 'context-length' } : { behaviour, answer };
  }

  function answer(response: ServerResponse, wire: SandboxWire, target: WireTarget, body: string): void {
    const request = readRequest(wire, target, body);
    if (typeof request === 'string') {
      fail(response, wire, { status: 400, kind: 'status' }, request);
      return;
    }
    const call = record.open(wire.protocol, request.model, request.stream);
    const spoken = speak(wire, request);
    if ('status' in spoken) {
      call.status = spoken.status;
      fail(response, wire, spoken, messageOf(spoken, wire));
      record.end(call, 'finished');
      return;
    }
    const { behaviour, answer: said } = spoken;
    call.inputTokens = said.inputTokens;
    const exchange: Exchange = {
      response,
      wire,
      behaviour,
      call,
      head: {
        id: `sandbox-${nextNumber()}`,
        model: request.model,
        createdSeconds: Math.floor(Date.now() / 1000),
        answer: said,
        reportsUsage: behaviour.omitsUsage !== true && (!request.stream || request.streamsUsage),
      },
      firstTokenMs: behaviour.firstTokenMs ?? firstTokenMs,
      tokensPerSecond: behaviour.tokensPerSecond ?? tokensPerSecond,
      end: state => record.end(call, state),
    };
    sendAnswer(exchange, request.stream);
  }

  return { answer, fail };
}

interface SpokenAnswer {
  readonly behaviour: SandboxBehaviour;
  readonly answer: SandboxAnswer;
}

function readRequest(wire: SandboxWire, target: WireTarget, body: string): SandboxRequest | string {
  try {
    return wire.readRequest(JSON.parse(body), target);
  } catch (error) {
    return error instanceof MalformedRequest ? error.message : 'The body is not JSON.';
  }
}

function messageOf(failure: SandboxFailure, wire: SandboxWire): string {
  if (failure.kind === 'context-length') return tooLongMessages[wire.protocol];
  if (failure.kind === 'prompt-filter') return 'Output blocked by content filtering policy';
  if (failure.status === 404 && wire.protocol === 'gemini') {
    return 'The model is not found, or is not supported for generateContent.';
  }
  return messages[failure.status] ?? 'The sandbox failed, as this model does.';
}
