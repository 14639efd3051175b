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

const finishReasons: Readonly<Record<SandboxFinish, string>> = {
  stop: 'STOP',
  'stop-sequence': 'STOP',
  length: 'MAX_TOKENS',
  'tool-calls': 'STOP',
  refusal: 'PROHIBITED_CONTENT',
  'content-filter': 'SAFETY',
  'prompt-blocked': 'SAFETY',
};

/** The codes of google.rpc.Code by HTTP status, https://cloud.google.com/apis/design/errors#handling_errors. */
const errorStatuses: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  408: 'DEADLINE_EXCEEDED',
  413: 'INVALID_ARGUMENT',
  422: 'INVALID_ARGUMENT',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
};

/** generateContent and streamGenerateContent, as Gemini speaks them. Events are separated by CRLF, as there. */
export const geminiWire: SandboxWire = {
  protocol: 'gemini',
  requestIdHeader: 'x-request-id',
  readRequest(body, target) {
    return {
      model: demandText(target.model, 'model'),
      stream: target.stream === true,
      streamsUsage: true,
      prompt: readPrompt(demandObject(body, 'body')),
    };
  },
  encodeAnswer: encode,
  createStreamEncoder: createEncoder,
  encodeFailure({ status, message, retryAfterSeconds }) {
    const error = { code: status, message, status: errorStatuses[status] ?? 'UNAVAILABLE' };
    if (retryAfterSeconds === undefined) return JSON.stringify({ error });
    const retry = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${retryAfterSeconds}s` };
    return JSON.stringify({ error: { ...error, details: [retry] } });
  },
  encodeStreamError() {
    const body = JSON.stringify({ error: { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' } });
    return { event: sse(body), body };
  },
};

function sse(data: string): string {
  return `data: ${data}\r\n\r\n`;
}

/** A member under its camelCase name, or under the snake_case one that the API takes too. */
function member(object: JsonObject, name: string): unknown {
  return object[name] ?? object[name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)];
}

function readPrompt(request: JsonObject): SandboxPrompt {
  const said = createPromptText();
  const signatures: string[] = [];
  const system = member(request, 'systemInstruction');
  if (isObject(system)) said.add(partTexts(demandList(system.parts, 'systemInstruction.parts')).join('\n'));
  for (const [index, entry] of demandList(request.contents, 'contents', 1).entries()) {
    readContent(demandObject(entry, `contents[${index}]`), `contents[${index}]`, said, signatures);
  }
  const tools = readTools(request.tools);
  if (tools.length > 0) said.add(JSON.stringify(request.tools));
  const config = demandObject(member(request, 'generationConfig') ?? {}, 'generationConfig');
  const schema =
    member(config, 'responseJsonSchema') ?? member(config, '_responseJsonSchema') ?? member(config, 'responseSchema');
  const thinking = member(config, 'thinkingConfig');
  const maxOutputTokens = optionalCount(member(config, 'maxOutputTokens'), 'generationConfig.maxOutputTokens');
  return {
    ...said.read(),
    tools,
    toolChoice: readChoice(member(request, 'toolConfig')),
    wantsJson: member(config, 'responseMimeType') === 'application/json',
    ...(schema === undefined ? {} : { responseSchema: schema }),
    wantsReasoning: isObject(thinking) && member(thinking, 'includeThoughts') === true,
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    stop: optionalTexts(member(config, 'stopSequences'), 'generationConfig.stopSequences'),
    signatures,
  };
}

function readContent(content: JsonObject, place: string, said: PromptText, signatures: string[]): void {
  const role = content.role ?? 'user';
  if (role !== 'user' && role !== 'model' && role !== 'function') {
    throw new MalformedRequest(`${place}.role: not a known role`);
  }
  const parts = demandList(content.parts, `${place}.parts`, 1).map((part, index) =>
    demandObject(part, `${place}.parts[${index}]`),
  );
  for (const part of parts) {
    const result = member(part, 'functionResponse');
    if (isObject(result)) said.addToolResult(resultText(result.response));
    const call = member(part, 'functionCall');
    if (isObject(call)) said.add(JSON.stringify(call));
    const signature = member(part, 'thoughtSignature');
    if (typeof signature === 'string') signatures.push(signature);
  }
  const texts = partTexts(parts);
  if (role === 'model') said.add(texts.join('\n'));
  else if (texts.length > 0) said.addUser(texts.join('\n'));
}

/** A result that stands alone under `output` or `result` was a plain text before it was wrapped for this protocol. */
function resultText(response: unknown): string {
  if (!isObject(response)) return JSON.stringify(response ?? null);
  const values = Object.values(response);
  const wrapped = response.output ?? response.result;
  return values.length === 1 && typeof wrapped === 'string' ? wrapped : JSON.stringify(response);
}

function partTexts(parts: readonly unknown[]): readonly string[] {
  return parts.filter(isObject).flatMap(part => {
    if (typeof part.text === 'string') return part.thought === true ? [] : [part.text];
    const media = member(part, 'inlineData') ?? member(part, 'fileData');
    if (!isObject(media)) return [];
    const kind = String(member(media, 'mimeType') ?? '').split('/')[0];
    return [kind === 'image' || kind === 'audio' ? `[${kind}]` : '[file]'];
  });
}

function readTools(value: unknown): readonly SandboxTool[] {
  if (value === undefined || value === null) return [];
  return demandList(value, 'tools').flatMap((entry, index) => {
    const declarations = member(demandObject(entry, `tools[${index}]`), 'functionDeclarations');
    if (declarations === undefined) return [];
    return demandList(declarations, `tools[${index}].functionDeclarations`).map(declaration => {
      const tool = demandObject(declaration, `tools[${index}].functionDeclarations`);
      const name = demandText(tool.name, `tools[${index}].functionDeclarations.name`);
      return { name, parameters: member(tool, 'parametersJsonSchema') ?? tool.parameters };
    });
  });
}

function readChoice(value: unknown): SandboxPrompt['toolChoice'] {
  const calling = isObject(value) ? member(value, 'functionCallingConfig') : undefined;
  if (!isObject(calling)) return 'auto';
  if (calling.mode === 'NONE') return 'none';
  if (calling.mode !== 'ANY') return 'auto';
  const allowed = member(calling, 'allowedFunctionNames');
  return Array.isArray(allowed) && typeof allowed[0] === 'string' ? { name: allowed[0] } : 'required';
}

/** Here, unlike elsewhere, reasoning is counted apart from the candidates. */
function usageOf(answer: SandboxAnswer): JsonObject {
  const { inputTokens, outputTokens, reasoningTokens } = answer;
  return {
    promptTokenCount: inputTokens,
    candidatesTokenCount: outputTokens - reasoningTokens,
    totalTokenCount: inputTokens + outputTokens,
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: inputTokens }],
    ...(reasoningTokens === 0 ? {} : { thoughtsTokenCount: reasoningTokens }),
  };
}

function signatureIn(answer: SandboxAnswer): string | undefined {
  return answer.segments.find(segment => segment.channel === 'reasoning')?.signature;
}

function partOf(segment: Segment, text: string): JsonObject | undefined {
  switch (segment.channel) {
    case 'text':
      return { text };
    case 'reasoning':
      return { text, thought: true };
    case 'refusal':
      return undefined;
    case 'tool-call':
      try {
        return { functionCall: { id: segment.callId, name: segment.toolName, args: JSON.parse(text) } };
      } catch {
        return undefined;
      }
  }
}

function encode({ id, model, answer, reportsUsage }: AnswerHead): string {
  const signature = signatureIn(answer);
  const parts = answer.segments.flatMap(segment => {
    const part = partOf(segment, segment.text);
    if (part === undefined) return [];
    return [segment.channel === 'text' && signature !== undefined ? { ...part, thoughtSignature: signature } : part];
  });
  return JSON.stringify({
    ...candidatesOf(answer, parts),
    ...usageIn({ answer, reportsUsage }),
    modelVersion: model,
    responseId: id,
  });
}

/** What the last event of a stream holds, and a whole answer: a prompt that was blocked has no candidates. */
function candidatesOf(answer: SandboxAnswer, parts: readonly JsonObject[]): JsonObject {
  if (answer.finish === 'prompt-blocked') return { promptFeedback: { blockReason: 'SAFETY' } };
  const content = parts.length > 0 ? { content: { parts, role: 'model' } } : {};
  return { candidates: [{ ...content, ...finishOf(answer), index: 0 }] };
}

function usageIn({ answer, reportsUsage }: Pick<AnswerHead, 'answer' | 'reportsUsage'>): JsonObject {
  return reportsUsage ? { usageMetadata: usageOf(answer) } : {};
}

function finishOf(answer: SandboxAnswer): JsonObject {
  const refused = answer.segments.find(segment => segment.channel === 'refusal')?.text;
  const reason = { finishReason: finishReasons[answer.finish] };
  return refused === undefined ? reason : { ...reason, finishMessage: refused };
}

function createEncoder({ id: responseId, model, answer, reportsUsage }: AnswerHead): StreamEncoder {
  const tail = JSON.stringify({ modelVersion: model, responseId }).slice(1);
  const signature = signatureIn(answer);
  const chunk = (parts: string) =>
    `data: {"candidates":[{"content":{"parts":[${parts}],"role":"model"},"index":0}],${tail}\r\n\r\n`;
  return {
    open: () => '',
    openSegment: () => '',
    piece(segment, piece) {
      if (segment.channel === 'text') return chunk(`{"text":${JSON.stringify(piece)}}`);
      return segment.channel === 'reasoning' ? chunk(`{"text":${JSON.stringify(piece)},"thought":true}`) : '';
    },
    closeSegment(segment) {
      if (segment.channel !== 'tool-call') return '';
      if (partOf(segment, segment.text) === undefined) return '';
      const [id, name] = [JSON.stringify(segment.callId), JSON.stringify(segment.toolName)];
      return chunk(`{"functionCall":{"id":${id},"name":${name},"args":${segment.text}}}`);
    },
    finish() {
      const parts = signature === undefined ? [] : [{ text: '', thoughtSignature: signature }];
      const last = { ...candidatesOf(answer, parts), ...usageIn({ answer, reportsUsage }) };
      return sse(JSON.stringify({ ...last, modelVersion: model, responseId }));
    },
    marker: () => '',
  };
}
