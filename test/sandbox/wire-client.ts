import { request } from 'node:http';
import type { Protocol } from '../../src/model/catalog.ts';
import type { Sandbox } from '../../src/sandbox/start-sandbox.ts';

export const protocols: readonly Protocol[] = ['openai', 'anthropic', 'gemini'];

export interface Ask {
  readonly text?: string;
  readonly stream?: boolean;
  readonly tools?: readonly { readonly name: string; readonly parameters: object }[];
  readonly schema?: object;
  readonly maxTokens?: number;
  readonly stop?: string;
  /** Replaces the body. */
  readonly body?: string;
}

/** What came over the wire, as far as it came. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly raw: string;
  /** How the body ended. */
  readonly ending: 'clean' | 'broken' | 'left';
  readonly reads: number;
}

/** What a reader of the protocol makes of a reply. */
export interface Reading {
  text: string;
  reasoning: string;
  refusal: string;
  signature: string;
  readonly calls: { name: string; arguments: string }[];
  finish: string | undefined;
  inputTokens: number | undefined;
  outputTokens: number | undefined;
  isWhole: boolean;
  isError: boolean;
  isMalformed: boolean;
}

export function pathOf(protocol: Protocol, model: string, stream: boolean): string {
  if (protocol === 'openai') return '/v1/chat/completions';
  if (protocol === 'anthropic') return '/v1/messages';
  const method = stream ? 'streamGenerateContent?alt=sse' : 'generateContent';
  return `/v1beta/models/${encodeURIComponent(model)}:${method}`;
}

function bodyOf(protocol: Protocol, model: string, ask: Ask): object {
  const { text = 'Grüße, 世界 👋!', stream = false, tools = [], schema, maxTokens = 8000, stop } = ask;
  if (protocol === 'openai') {
    return {
      model,
      stream,
      stream_options: { include_usage: true },
      max_completion_tokens: maxTokens,
      messages: [{ role: 'user', content: text }],
      ...(stop === undefined ? {} : { stop }),
      ...(tools.length === 0 ? {} : { tools: tools.map(tool => ({ type: 'function', function: tool })) }),
      ...(schema === undefined
        ? {}
        : { response_format: { type: 'json_schema', json_schema: { name: 'answer', schema } } }),
    };
  }
  if (protocol === 'anthropic') {
    return {
      model,
      stream,
      max_tokens: maxTokens,
      messages: [{ role: 'user', content: text }],
      ...(stop === undefined ? {} : { stop_sequences: [stop] }),
      ...(tools.length === 0
        ? {}
        : { tools: tools.map(({ name, parameters }) => ({ name, input_schema: parameters })) }),
      ...(schema === undefined ? {} : { output_config: { format: { type: 'json_schema', schema } } }),
    };
  }
  return {
    contents: [{ role: 'user', parts: [{ text }] }],
    generationConfig: {
      maxOutputTokens: maxTokens,
      ...(stop === undefined ? {} : { stopSequences: [stop] }),
      ...(schema === undefined ? {} : { responseMimeType: 'application/json', responseJsonSchema: schema }),
    },
    ...(tools.length === 0
      ? {}
      : {
          tools: [
            {
              functionDeclarations: tools.map(({ name, parameters }) => ({ name, parametersJsonSchema: parameters })),
            },
          ],
        }),
  };
}

/**
 * Asks the sandbox over a connection of its own.
 *
 * @param isEnough Leaves as soon as it holds for what has arrived; the empty text stands for the headers.
 */
export function ask(
  sandbox: Sandbox,
  protocol: Protocol,
  model: string,
  what: Ask = {},
  isEnough: (raw: string) => boolean = () => false,
): Promise<Reply> {
  const body = what.body ?? JSON.stringify(bodyOf(protocol, model, what));
  return new Promise((resolve, reject) => {
    const url = sandbox.url + pathOf(protocol, model, what.stream === true);
    const outgoing = request(url, { method: 'POST', agent: false, headers: { 'content-type': 'application/json' } });
    let hasResponse = false;
    outgoing.on('error', error => {
      if (!hasResponse) reject(error);
    });
    outgoing.once('response', response => {
      hasResponse = true;
      const chunks: Buffer[] = [];
      let isDone = false;
      function done(ending: Reply['ending']): void {
        if (isDone) return;
        isDone = true;
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, raw: Buffer.concat(chunks).toString(), ending, reads: chunks.length });
        if (ending === 'left') response.destroy();
      }
      function leaveIfEnough(): void {
        if (isEnough(Buffer.concat(chunks).toString())) done('left');
      }
      response.on('data', chunk => {
        chunks.push(chunk);
        leaveIfEnough();
      });
      response.once('end', () => done('clean'));
      response.once('error', () => done('broken'));
      leaveIfEnough();
    });
    outgoing.end(body);
  });
}

/** Reads an answer by what its protocol says, with no help from the code under test. */
export function read(protocol: Protocol, reply: Reply): Reading {
  const reading: Reading = {
    text: '',
    reasoning: '',
    refusal: '',
    signature: '',
    calls: [],
    finish: undefined,
    inputTokens: undefined,
    outputTokens: undefined,
    isWhole: false,
    isError: false,
    isMalformed: false,
  };
  const isStream = String(reply.headers['content-type']).startsWith('text/event-stream');
  const documents = isStream ? dataLines(reply.raw) : [reply.raw];
  for (const document of documents) {
    if (document === '[DONE]') {
      reading.isWhole = true;
      continue;
    }
    const event = parse(document);
    if (event === undefined) reading.isMalformed = true;
    else if (event.error !== undefined) reading.isError = true;
    else readers[protocol](event, reading);
  }
  if (!isStream && !reading.isMalformed && !reading.isError) reading.isWhole = reply.ending === 'clean';
  if (protocol === 'gemini' && reading.finish !== undefined) reading.isWhole = true;
  return reading;
}

function dataLines(raw: string): readonly string[] {
  return raw.split(/\r?\n/).flatMap(line => (line.startsWith('data: ') ? [line.slice(6)] : []));
}

// biome-ignore lint/suspicious/noExplicitAny: three vendors' JSON, read as it comes
type Wire = any;

function parse(document: string): Wire {
  try {
    return JSON.parse(document);
  } catch {
    return undefined;
  }
}

const readers: Record<Protocol, (event: Wire, reading: Reading) => void> = {
  openai(event, reading) {
    const choice = event.choices[0];
    const said = choice?.delta ?? choice?.message ?? {};
    reading.text += said.content ?? '';
    reading.reasoning += said.reasoning ?? '';
    reading.refusal += said.refusal ?? '';
    for (const detail of said.reasoning_details ?? []) reading.signature += detail.signature ?? '';
    for (const [position, call] of (said.tool_calls ?? []).entries()) {
      const index = call.index ?? position;
      reading.calls[index] ??= { name: call.function.name, arguments: '' };
      const known = reading.calls[index];
      if (known !== undefined) known.arguments += call.function.arguments;
    }
    reading.finish = choice?.finish_reason ?? reading.finish;
    reading.inputTokens = event.usage?.prompt_tokens ?? reading.inputTokens;
    reading.outputTokens = event.usage?.completion_tokens ?? reading.outputTokens;
  },
  anthropic(event, reading) {
    const message = event.type === 'message' ? event : (event.message ?? event.delta ?? {});
    for (const block of [
      ...(message.content ?? []),
      ...(event.content_block === undefined ? [] : [event.content_block]),
    ]) {
      reading.text += block.text ?? '';
      reading.reasoning += block.thinking ?? '';
      reading.signature += block.signature ?? '';
      if (block.type !== 'tool_use') continue;
      reading.calls.push({ name: block.name, arguments: event.type === 'message' ? JSON.stringify(block.input) : '' });
    }
    if (event.type === 'content_block_delta') {
      reading.text += event.delta.text ?? '';
      reading.reasoning += event.delta.thinking ?? '';
      reading.signature += event.delta.signature ?? '';
      const call = reading.calls.at(-1);
      if (call !== undefined) call.arguments += event.delta.partial_json ?? '';
    }
    reading.finish = message.stop_reason ?? reading.finish;
    reading.refusal = message.stop_details?.explanation ?? reading.refusal;
    const usage = message.usage ?? event.usage;
    reading.inputTokens = usage?.input_tokens ?? reading.inputTokens;
    reading.outputTokens = usage?.output_tokens ?? reading.outputTokens;
    if (event.type === 'message_stop') reading.isWhole = true;
  },
  gemini(event, reading) {
    const candidate = event.candidates?.[0];
    for (const part of candidate?.content?.parts ?? []) {
      if (part.thought === true) reading.reasoning += part.text;
      else reading.text += part.text ?? '';
      reading.signature += part.thoughtSignature ?? '';
      const call = part.functionCall;
      if (call !== undefined) reading.calls.push({ name: call.name, arguments: JSON.stringify(call.args) });
    }
    reading.finish = candidate?.finishReason ?? event.promptFeedback?.blockReason ?? reading.finish;
    reading.refusal = candidate?.finishMessage ?? reading.refusal;
    const usage = event.usageMetadata;
    reading.inputTokens = usage?.promptTokenCount ?? reading.inputTokens;
    if (usage !== undefined) reading.outputTokens = usage.candidatesTokenCount + (usage.thoughtsTokenCount ?? 0);
  },
};
