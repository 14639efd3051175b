import type { SandboxAnswer, SandboxFinish, Segment } from './answer-prompt.ts';
import {
  createPromptText,
  demandList,
  demandObject,
  demandText,
  isObject,
  type JsonObject,
  optionalCount,
  optionalTexts,
} from './read-body.ts';
import {
  type AnswerHead,
  MalformedRequest,
  type SandboxPrompt,
  type SandboxTool,
  type SandboxWire,
  type StreamEncoder,
} from './sandbox-wire.ts';

const finishReasons: Readonly<Record<SandboxFinish, string>> = {
  stop: 'stop',
  'stop-sequence': 'stop',
  length: 'length',
  'tool-calls': 'tool_calls',
  refusal: 'stop',
  'content-filter': 'content_filter',
  'prompt-blocked': 'content_filter',
};

const errorTypes: Readonly<Record<number, readonly [type: string, code: string | null]>> = {
  400: ['invalid_request_error', null],
  401: ['invalid_request_error', 'invalid_api_key'],
  403: ['invalid_request_error', 'permission_denied'],
  404: ['invalid_request_error', 'model_not_found'],
  408: ['timeout', 'request_timeout'],
  413: ['invalid_request_error', 'request_too_large'],
  422: ['invalid_request_error', null],
  429: ['rate_limit_error', 'rate_limit_exceeded'],
  503: ['server_error', 'service_unavailable'],
  529: ['server_error', 'overloaded'],
};

const roles: ReadonlySet<unknown> = new Set(['system', 'developer', 'user', 'assistant', 'tool', 'function']);
const mediaNames: ReadonlyMap<unknown, string> = new Map([
  ['image_url', '[image]'],
  ['input_audio', '[audio]'],
  ['file', '[file]'],
]);

/** Chat completions, as OpenAI speaks them; reasoning in OpenRouter's `reasoning` and `reasoning_details`. */
export const openaiWire: SandboxWire = {
  protocol: 'openai',
  requestIdHeader: 'x-request-id',
  readRequest(body) {
    const request = demandObject(body, 'body');
    const options = isObject(request.stream_options) ? request.stream_options : {};
    return {
      model: demandText(request.model, 'model'),
      stream: request.stream === true,
      streamsUsage: options.include_usage === true,
      prompt: readPrompt(request),
    };
  },
  encodeAnswer: encode,
  createStreamEncoder: createEncoder,
  encodeFailure(failure) {
    const [type, code] = errorTypes[failure.status] ?? ['server_error', null];
    const known = { 'context-length': 'context_length_exceeded', 'prompt-filter': 'content_filter' };
    const named = failure.kind === 'context-length' || failure.kind === 'prompt-filter' ? known[failure.kind] : code;
    return JSON.stringify({ error: { message: failure.message, type, param: null, code: named } });
  },
  encodeStreamError() {
    const body = JSON.stringify({ error: { message: 'The sandbox is overloaded.', type: 'server_error', code: 503 } });
    return { event: sse(body), body };
  },
};

function sse(data: string): string {
  return `data: ${data}\n\n`;
}

function readPrompt(request: JsonObject): SandboxPrompt {
  const said = createPromptText();
  const signatures: string[] = [];
  for (const [index, entry] of demandList(request.messages, 'messages', 1).entries()) {
    const message = demandObject(entry, `messages[${index}]`);
    if (!roles.has(message.role)) throw new MalformedRequest(`messages[${index}].role: not a known role`);
    const text = contentText(message.content, `messages[${index}].content`);
    if (message.role === 'user') said.addUser(text);
    else if (message.role === 'tool' || message.role === 'function') said.addToolResult(text);
    else said.add(text);
    if (message.tool_calls !== undefined) said.add(JSON.stringify(message.tool_calls));
    if (!Array.isArray(message.reasoning_details)) continue;
    for (const detail of message.reasoning_details) {
      if (isObject(detail) && typeof detail.signature === 'string') signatures.push(detail.signature);
    }
  }
  const tools = readTools(request.tools);
  if (tools.length > 0) said.add(JSON.stringify(request.tools));
  const format = isObject(request.response_format) ? request.response_format : {};
  const schema = isObject(format.json_schema) ? format.json_schema.schema : undefined;
  const maxOutputTokens =
    optionalCount(request.max_completion_tokens, 'max_completion_tokens') ??
    optionalCount(request.max_tokens, 'max_tokens');
  return {
    ...said.read(),
    tools,
    toolChoice: readChoice(request.tool_choice),
    wantsJson: format.type === 'json_object' || format.type === 'json_schema',
    ...(schema === undefined ? {} : { responseSchema: schema }),
    wantsReasoning:
      isObject(request.reasoning) ||
      (typeof request.reasoning_effort === 'string' && request.reasoning_effort !== 'none'),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    stop: optionalTexts(request.stop, 'stop'),
    signatures,
  };
}

function contentText(content: unknown, place: string): string {
  if (typeof content === 'string') return content;
  if (content === undefined || content === null) return '';
  return demandList(content, place)
    .map((entry, index) => {
      const part = demandObject(entry, `${place}[${index}]`);
      if (typeof part.text === 'string') return part.text;
      if (typeof part.refusal === 'string') return part.refusal;
      const media = mediaNames.get(part.type);
      if (media === undefined) throw new MalformedRequest(`${place}[${index}].type: not a known part`);
      return media;
    })
    .join('\n');
}

function readTools(value: unknown): readonly SandboxTool[] {
  if (value === undefined || value === null) return [];
  return demandList(value, 'tools').map((entry, index) => {
    const place = `tools[${index}].function`;
    const { name, parameters } = demandObject(demandObject(entry, `tools[${index}]`).function, place);
    return { name: demandText(name, `${place}.name`), parameters };
  });
}

function readChoice(value: unknown): SandboxPrompt['toolChoice'] {
  if (value === 'none' || value === 'required') return value;
  if (!isObject(value)) return 'auto';
  return { name: demandText(demandObject(value.function, 'tool_choice.function').name, 'tool_choice.function.name') };
}

function usageOf(answer: SandboxAnswer): JsonObject {
  return {
    prompt_tokens: answer.inputTokens,
    completion_tokens: answer.outputTokens,
    total_tokens: answer.inputTokens + answer.outputTokens,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: answer.reasoningTokens, audio_tokens: 0 },
  };
}

function reasoningDetail(text: string, signature?: string): readonly JsonObject[] {
  const detail = { type: 'reasoning.text', text, index: 0, format: 'unknown' };
  return [signature === undefined ? detail : { ...detail, signature }];
}

function encode({ id, model, createdSeconds, answer, reportsUsage }: AnswerHead): string {
  const message: Record<string, unknown> = { role: 'assistant', content: null, refusal: null };
  const calls: JsonObject[] = [];
  for (const segment of answer.segments) {
    switch (segment.channel) {
      case 'text':
        message.content = segment.text;
        break;
      case 'refusal':
        message.refusal = segment.text;
        break;
      case 'reasoning':
        message.reasoning = segment.text;
        message.reasoning_details = reasoningDetail(segment.text, segment.signature);
        break;
      case 'tool-call': {
        const called = { name: segment.toolName, arguments: segment.text };
        calls.push({ id: segment.callId, type: 'function', function: called });
      }
    }
  }
  if (calls.length > 0) message.tool_calls = calls;
  const choice = { index: 0, message, logprobs: null, finish_reason: finishReasons[answer.finish] };
  const head = { id, object: 'chat.completion', created: createdSeconds, model, choices: [choice] };
  return JSON.stringify(reportsUsage ? { ...head, usage: usageOf(answer) } : head);
}

function createEncoder({ id, model, createdSeconds, answer, reportsUsage }: AnswerHead): StreamEncoder {
  const named = JSON.stringify({ id, object: 'chat.completion.chunk', created: createdSeconds, model });
  const head = `data: ${named.slice(0, -1)},"choices":`;
  const tail = reportsUsage ? ',"usage":null}\n\n' : '}\n\n';
  const delta = (json: string, finish = 'null') =>
    `${head}[{"index":0,"delta":${json},"logprobs":null,"finish_reason":${finish}}]${tail}`;
  return {
    open: () => delta('{"role":"assistant","content":""}'),
    openSegment(segment) {
      if (segment.channel !== 'tool-call') return '';
      const call = { index: segment.callIndex, id: segment.callId, type: 'function' };
      return delta(JSON.stringify({ tool_calls: [{ ...call, function: { name: segment.toolName, arguments: '' } }] }));
    },
    piece: (segment, piece) => delta(pieceDelta(segment, piece)),
    closeSegment(segment) {
      if (segment.channel !== 'reasoning') return '';
      return delta(JSON.stringify({ reasoning_details: reasoningDetail('', segment.signature) }));
    },
    finish() {
      const finished = delta('{}', JSON.stringify(finishReasons[answer.finish]));
      return reportsUsage ? `${finished}${head}[],"usage":${JSON.stringify(usageOf(answer))}}\n\n` : finished;
    },
    marker: () => 'data: [DONE]\n\n',
  };
}

function pieceDelta(segment: Segment, piece: string): string {
  const json = JSON.stringify(piece);
  switch (segment.channel) {
    case 'text':
      return `{"content":${json}}`;
    case 'refusal':
      return `{"refusal":${json}}`;
    case 'reasoning':
      return `{"reasoning":${json},"reasoning_details":${JSON.stringify(reasoningDetail(piece))}}`;
    case 'tool-call':
      return `{"tool_calls":[{"index":${segment.callIndex},"function":{"arguments":${json}}}]}`;
  }
}
