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
  type PromptText,
} from './read-body.ts';
import {
  type AnswerHead,
  MalformedRequest,
  type SandboxPrompt,
  type SandboxTool,
  type SandboxWire,
  type StreamEncoder,
} from './sandbox-wire.ts';

const stopReasons: Readonly<Record<SandboxFinish, string>> = {
  stop: 'end_turn',
  'stop-sequence': 'stop_sequence',
  length: 'max_tokens',
  'tool-calls': 'tool_use',
  refusal: 'refusal',
  'content-filter': 'refusal',
  'prompt-blocked': 'refusal',
};

/** The types of https://platform.claude.com/docs/en/api/errors; 5xx without a type of its own are `api_error`. */
const errorTypes: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  408: 'timeout_error',
  413: 'request_too_large',
  422: 'invalid_request_error',
  429: 'rate_limit_error',
  529: 'overloaded_error',
};

const mediaNames: ReadonlyMap<unknown, string> = new Map([
  ['image', '[image]'],
  ['document', '[file]'],
]);

/** Messages, as Anthropic speaks them. */
export const anthropicWire: SandboxWire = {
  protocol: 'anthropic',
  requestIdHeader: 'request-id',
  readRequest(body) {
    const request = demandObject(body, 'body');
    return {
      model: demandText(request.model, 'model'),
      stream: request.stream === true,
      streamsUsage: true,
      prompt: readPrompt(request),
    };
  },
  encodeAnswer: encode,
  createStreamEncoder: createEncoder,
  encodeFailure({ status, message, requestId }) {
    const error = { type: errorTypes[status] ?? 'api_error', message };
    return JSON.stringify({ type: 'error', error, request_id: requestId });
  },
  encodeStreamError() {
    const error = { type: 'overloaded_error', message: 'Overloaded' };
    return { event: sse('error', { error }), body: JSON.stringify({ type: 'error', error }) };
  },
};

function sse(type: string, data: JsonObject): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
}

function readPrompt(request: JsonObject): SandboxPrompt {
  const said = createPromptText();
  const signatures: string[] = [];
  if (request.system !== undefined) said.add(blockTexts(request.system, 'system').join('\n'));
  for (const [index, entry] of demandList(request.messages, 'messages', 1).entries()) {
    const message = demandObject(entry, `messages[${index}]`);
    readMessage(message, `messages[${index}]`, said, signatures);
  }
  const tools = readTools(request.tools);
  if (tools.length > 0) said.add(JSON.stringify(request.tools));
  const maxOutputTokens = optionalCount(request.max_tokens, 'max_tokens');
  if (maxOutputTokens === undefined) throw new MalformedRequest('max_tokens: field required');
  const output = isObject(request.output_config) ? request.output_config.format : request.output_format;
  const format = isObject(output) ? output : {};
  const thinking = isObject(request.thinking) ? request.thinking.type : undefined;
  return {
    ...said.read(),
    tools,
    toolChoice: readChoice(request.tool_choice),
    wantsJson: format.type === 'json_schema',
    ...(format.schema === undefined ? {} : { responseSchema: format.schema }),
    wantsReasoning: thinking === 'enabled' || thinking === 'adaptive',
    maxOutputTokens,
    stop: optionalTexts(request.stop_sequences, 'stop_sequences'),
    signatures,
  };
}

function readMessage(message: JsonObject, place: string, said: PromptText, signatures: string[]): void {
  const { role, content } = message;
  if (role !== 'user' && role !== 'assistant') throw new MalformedRequest(`${place}.role: not a known role`);
  const texts = blockTexts(content, `${place}.content`);
  const blocks = (Array.isArray(content) ? content : []).filter(isObject);
  for (const block of blocks) {
    if (block.type === 'tool_result')
      said.addToolResult(blockTexts(block.content ?? '', `${place}.content`).join('\n'));
    if (block.type === 'tool_use') said.add(JSON.stringify(block));
    if (block.type === 'thinking' && typeof block.signature === 'string') signatures.push(block.signature);
  }
  if (role === 'assistant') said.add(texts.join('\n'));
  else if (texts.length > 0) said.addUser(texts.join('\n'));
}

function blockTexts(content: unknown, place: string): readonly string[] {
  if (typeof content === 'string') return [content];
  return demandList(content, place).flatMap((entry, index) => {
    const block = demandObject(entry, `${place}[${index}]`);
    if (block.type === 'text') return [typeof block.text === 'string' ? block.text : ''];
    const media = mediaNames.get(demandText(block.type, `${place}[${index}].type`));
    return media === undefined ? [] : [media];
  });
}

function readTools(value: unknown): readonly SandboxTool[] {
  if (value === undefined || value === null) return [];
  return demandList(value, 'tools').map((entry, index) => {
    const { name, input_schema: parameters } = demandObject(entry, `tools[${index}]`);
    return { name: demandText(name, `tools[${index}].name`), parameters };
  });
}

function readChoice(value: unknown): SandboxPrompt['toolChoice'] {
  if (!isObject(value)) return 'auto';
  if (value.type === 'tool') return { name: demandText(value.name, 'tool_choice.name') };
  if (value.type === 'any') return 'required';
  return value.type === 'none' ? 'none' : 'auto';
}

function usageOf(answer: SandboxAnswer, outputTokens: number): JsonObject {
  const cache = { cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
  return { input_tokens: answer.inputTokens, ...cache, output_tokens: outputTokens, service_tier: 'standard' };
}

function stopOf(answer: SandboxAnswer): JsonObject {
  const stop = { stop_reason: stopReasons[answer.finish], stop_sequence: answer.stopSequence ?? null };
  const explanation = answer.segments.find(segment => segment.channel === 'refusal')?.text;
  return explanation === undefined ? stop : { ...stop, stop_details: { type: 'refusal', category: null, explanation } };
}

function encode({ id, model, answer, reportsUsage }: AnswerHead): string {
  const content = answer.segments.map(blockOf).filter(block => block !== undefined);
  const head = { id, type: 'message', role: 'assistant', model, content, ...stopOf(answer) };
  return JSON.stringify(reportsUsage ? { ...head, usage: usageOf(answer, answer.outputTokens) } : head);
}

function blockOf(segment: Segment): JsonObject | undefined {
  switch (segment.channel) {
    case 'text':
      return { type: 'text', text: segment.text };
    case 'reasoning':
      return { type: 'thinking', thinking: segment.text, signature: segment.signature };
    case 'tool-call':
      return { type: 'tool_use', id: segment.callId, name: segment.toolName, input: inputOf(segment.text) };
    case 'refusal':
      return undefined;
  }
}

/** Arguments that a token limit cut are no JSON: this protocol then carries none. */
function inputOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function createEncoder({ id, model, answer, reportsUsage }: AnswerHead): StreamEncoder {
  let index = -1;
  const usage = (outputTokens: number) => (reportsUsage ? { usage: usageOf(answer, outputTokens) } : {});
  return {
    open() {
      const empty = { content: [], stop_reason: null, stop_sequence: null };
      const message = { id, type: 'message', role: 'assistant', model, ...empty, ...usage(1) };
      return sse('message_start', { message }) + sse('ping', {});
    },
    openSegment(segment) {
      if (segment.channel === 'refusal') return '';
      index += 1;
      return sse('content_block_start', { index, content_block: emptyBlock(segment) });
    },
    piece(segment, piece) {
      if (segment.channel === 'refusal') return '';
      const [type, member] = deltaNames[segment.channel];
      return `event: content_block_delta\ndata: {"type":"content_block_delta","index":${index},"delta":{"type":"${type}","${member}":${JSON.stringify(piece)}}}\n\n`;
    },
    closeSegment(segment) {
      if (segment.channel === 'refusal') return '';
      const signed =
        segment.channel === 'reasoning'
          ? sse('content_block_delta', { index, delta: { type: 'signature_delta', signature: segment.signature } })
          : '';
      return signed + sse('content_block_stop', { index });
    },
    finish: () => sse('message_delta', { delta: stopOf(answer), ...usage(answer.outputTokens) }),
    marker: () => sse('message_stop', {}),
  };
}

const deltaNames = {
  text: ['text_delta', 'text'],
  reasoning: ['thinking_delta', 'thinking'],
  'tool-call': ['input_json_delta', 'partial_json'],
} as const;

function emptyBlock(segment: Segment): JsonObject {
  if (segment.channel === 'reasoning') return { type: 'thinking', thinking: '', signature: '' };
  if (segment.channel === 'tool-call') {
    return { type: 'tool_use', id: segment.callId, name: segment.toolName, input: {} };
  }
  return { type: 'text', text: '' };
}
