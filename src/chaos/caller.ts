import { request as httpRequest, type IncomingMessage } from 'node:http';
import { performance } from 'node:perf_hooks';
import { asNumber, asObject, asObjects, asText, type JsonObject, parseJson } from '../providers/json-value.ts';
import { createSseScanner } from '../stream/decode-sse.ts';

/** What came back from the gateway, as a client of OpenAI's API reads it. */
export interface CallerSaw {
  /** Absent where there was no answer at all. */
  readonly status?: number;
  readonly retryAfter?: string;
  readonly text: string;
  readonly finishReason?: string;
  /** How often `[DONE]` came. */
  readonly doneCount: number;
  readonly usage?: JsonObject;
  /** The code, type or message of an error: in the body, or in the stream. */
  readonly error?: string;
  /** The connection broke, or the body was not the protocol. */
  readonly broken?: string;
  /** The limit passed without an end. */
  readonly isHung: boolean;
  readonly hasLeft: boolean;
  readonly leftAt?: number;
  readonly totalMs: number;
  readonly firstTextMs?: number;
  /** Everything that came, as text; at most 256 KiB. To look for what must not be in it. */
  readonly raw: string;
}

export interface CallOptions {
  readonly url: string;
  readonly apiKey?: string;
  readonly model: string;
  readonly prompt: string;
  readonly isStream: boolean;
  readonly limitMs: number;
  readonly signal: AbortSignal;
  /** Called once text has come, with what makes the caller leave. */
  readonly onText?: (leave: () => void) => void;
}

const mostRawLength = 262_144;

/** Sends one chat completion, on a connection of its own, and waits for its end. Never rejects. */
export function callGateway(options: CallOptions): Promise<CallerSaw> {
  const { url, apiKey, model, prompt, isStream, limitMs, signal, onText } = options;
  const startedAt = performance.now();
  const { promise, resolve } = Promise.withResolvers<CallerSaw>();
  const saw: { -readonly [Member in keyof CallerSaw]: CallerSaw[Member] } = {
    text: '',
    doneCount: 0,
    isHung: false,
    hasLeft: false,
    totalMs: 0,
    raw: '',
  };
  let isOver = false;

  function end(): void {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    signal.removeEventListener('abort', leave);
    saw.totalMs = performance.now() - startedAt;
    call.destroy();
    resolve(saw);
  }

  function leave(): void {
    if (isOver) return;
    saw.hasLeft = true;
    saw.leftAt = performance.now();
    end();
  }

  function readObject(document: JsonObject): void {
    const { error } = document;
    if (error !== undefined && error !== null) saw.error = nameOf(error);
    for (const choice of asObjects(document.choices)) {
      const text = asText(asObject(choice.delta)?.content) ?? asText(asObject(choice.message)?.content);
      const finishReason = asText(choice.finish_reason);
      if (finishReason !== undefined) saw.finishReason = finishReason;
      if (text === undefined) continue;
      saw.text += text;
      saw.firstTextMs ??= performance.now() - startedAt;
      onText?.(leave);
    }
    const usage = asObject(document.usage);
    if (usage !== undefined) saw.usage = usage;
  }

  function read(response: IncomingMessage): void {
    saw.status = response.statusCode ?? 0;
    const retryAfter = response.headers['retry-after'];
    if (retryAfter !== undefined) saw.retryAfter = retryAfter;
    const scanner = createSseScanner((_, data) => {
      if (data.startsWith('[DONE]')) saw.doneCount += 1;
      else {
        const document = asObject(parseJson(data));
        if (document === undefined) saw.broken = 'an event that is no JSON';
        else readObject(document);
      }
    });
    const isEvents = /^text\/event-stream/i.test(response.headers['content-type'] ?? '');
    response.on('data', (bytes: Buffer) => {
      if (saw.raw.length < mostRawLength) saw.raw += bytes.toString('utf8');
      if (isEvents && !isOver) scanner.push(bytes);
    });
    response.on('end', () => {
      if (!isEvents) {
        const document = asObject(parseJson(saw.raw));
        if (document !== undefined) readObject(document);
        else if (saw.status === 200) saw.broken = 'a body that is no JSON';
      }
      end();
    });
    response.on('error', fault);
    response.on('close', end);
  }

  function fault(error: Error): void {
    if (isOver) return;
    saw.broken = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
    end();
  }

  const timer = setTimeout(() => {
    saw.isHung = true;
    end();
  }, limitMs);
  signal.addEventListener('abort', leave, { once: true });
  const call = httpRequest(
    new URL(`${url.replace(/\/+$/, '')}/v1/chat/completions`),
    {
      method: 'POST',
      agent: false,
      headers: {
        'content-type': 'application/json',
        ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
      },
    },
    read,
  );
  call.on('error', fault);
  call.end(
    JSON.stringify({
      model,
      max_tokens: 64,
      messages: [{ role: 'user', content: prompt }],
      ...(isStream ? { stream: true, stream_options: { include_usage: true } } : {}),
    }),
  );
  return promise;
}

function nameOf(error: unknown): string {
  const members = asObject(error);
  const parts = [asText(members?.code) ?? asNumber(members?.code), asText(members?.type), asText(members?.message)];
  const name = members === undefined ? String(error) : parts.filter(part => part !== undefined).join(': ');
  return name.slice(0, 300) || 'error';
}
