import { describe, expect, test } from 'vitest';
import type { Prompt, PromptMessage } from '../../src/model/completion-request.ts';
import { gemini } from '../../src/providers/gemini/gemini.ts';
import { hasWireCorpus, requestBody, wireCases } from '../support/corpus.ts';
import { said, textPart, wireBody } from '../support/wire-body.ts';

interface Part {
  readonly text?: string;
  readonly functionCall?: { readonly id: string; readonly name: string; readonly args: unknown };
  readonly functionResponse?: { readonly id: string; readonly name: string; readonly response: unknown };
}

interface RecordedRequest {
  readonly systemInstruction?: { readonly parts: readonly Part[] };
  readonly contents: readonly { readonly role: string; readonly parts: readonly Part[] }[];
  readonly tools?: readonly { readonly functionDeclarations?: readonly Declaration[] }[];
  readonly toolConfig?: {
    readonly functionCallingConfig?: { readonly mode: string; readonly allowedFunctionNames?: string[] };
  };
  readonly generationConfig?: { readonly responseJsonSchema?: object; readonly temperature?: number };
}

interface Declaration {
  readonly name: string;
  readonly description?: string;
  readonly parametersJsonSchema?: object;
}

/** Clients write some names with underscores, which the API takes too. */
function normalise(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value)
      .replaceAll('"function_call"', '"functionCall"')
      .replaceAll('"function_response"', '"functionResponse"')
      .replaceAll('"parameters_json_schema"', '"parametersJsonSchema"'),
  );
}

function essence(request: RecordedRequest) {
  return {
    system: request.systemInstruction?.parts.map(({ text }) => text) ?? [],
    turns: request.contents.map(({ role, parts }) => [
      role,
      ...parts.map(({ text, functionCall, functionResponse }) => ({ text, functionCall, functionResponse })),
    ]),
    tools: (request.tools ?? []).flatMap(({ functionDeclarations = [] }) =>
      functionDeclarations.map(({ name, parametersJsonSchema }) => [name, parametersJsonSchema]),
    ),
    choice: request.toolConfig?.functionCallingConfig ?? {},
    schema: request.generationConfig?.responseJsonSchema,
    temperature: request.generationConfig?.temperature,
  };
}

function neutralOf(request: RecordedRequest): Partial<Prompt> {
  const { responseJsonSchema: schema, temperature } = request.generationConfig ?? {};
  const system = request.systemInstruction?.parts.map(({ text }) => textPart(text ?? '')) ?? [];
  return {
    messages: [
      ...(system.length === 0 ? [] : [said('SYSTEM', system)]),
      ...request.contents.flatMap(({ role, parts }) => neutralMessages(role, parts)),
    ],
    tools: (request.tools ?? []).flatMap(({ functionDeclarations = [] }) =>
      functionDeclarations.map(({ name, parametersJsonSchema }) => ({ name, parameters: { ...parametersJsonSchema } })),
    ),
    ...(schema === undefined
      ? {}
      : { responseFormat: { type: 'JSON_SCHEMA' as const, name: 'answer', schema: { ...schema } } }),
    ...(temperature === undefined ? {} : { temperature }),
  };
}

function neutralMessages(role: string, parts: readonly Part[]): readonly PromptMessage[] {
  const texts = parts.flatMap(({ text }) => (text === undefined ? [] : [textPart(text)]));
  const toolCalls = parts.flatMap(({ functionCall: call }) =>
    call === undefined ? [] : [{ id: call.id, name: call.name, arguments: JSON.stringify(call.args) }],
  );
  if (role === 'model') return [said('ASSISTANT', texts, { toolCalls })];
  const results = parts.flatMap(({ functionResponse: result }) =>
    result === undefined ? [] : [said('TOOL', JSON.stringify(result.response), { toolCallId: result.id })],
  );
  return texts.length === 0 ? results : [...results, said('USER', texts)];
}

/** The requests that the neutral form can hold: texts and calls of the caller's own tools, freely chosen; media of a result go beside it here. */
function isNeutral({ contents, tools = [], toolConfig }: RecordedRequest): boolean {
  const names = contents.flatMap(({ parts }) => parts.flatMap(part => Object.keys(part)));
  const isPlain = names.every(name =>
    /^(text|functionCall|functionResponse|thoughtSignature|thought_signature)$/.test(name),
  );
  const hasMediaResult = contents.some(({ parts }) => parts.some(part => 'parts' in (part.functionResponse ?? {})));
  const declarations = Array.isArray(tools)
    ? tools.flatMap(tool => tool.functionDeclarations ?? [{ name: '' }])
    : [{ name: '' }];
  const hasJsonSchemas = declarations.every(({ name, ...rest }) => name !== '' && !('parameters' in rest));
  return isPlain && !hasMediaResult && hasJsonSchemas && toolConfig === undefined;
}

const requests = wireCases('gemini.generateContent', 'gemini.streamGenerateContent')
  .map(item => [item.id, requestBody(item)] as const)
  .filter(([, request]) => request !== undefined)
  .map(([id, request]) => [id, normalise(request) as RecordedRequest] as const)
  .filter(([, request]) => isNeutral(request));

describe.skipIf(!hasWireCorpus)('requests as recorded (skipped where the corpus is absent)', () => {
  test('are many enough to mean something', () => {
    expect(requests.length).toBeGreaterThanOrEqual(20);
  });

  test.each(requests)('%s is written as its own client wrote it', (_, request) => {
    const written = wireBody(gemini, { prompt: neutralOf(request) }) as unknown as RecordedRequest;
    expect(essence(written)).toEqual(essence(request));
  });
});
