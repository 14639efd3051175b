import type { Prompt, ToolChoice } from '../../model/completion-request.ts';
import type { JsonObject } from '../json-value.ts';
import type { ProviderRequest } from '../provider.ts';
import type { WireRequest } from '../wire-protocol.ts';
import { encodeContents, encodeSystem } from './encode-contents.ts';
import { encodeThinking } from './encode-thinking.ts';

/**
 * What `providerOptions` may set, in `generationConfig`: how media of the prompt are looked at.
 *
 * Nothing that loosens the provider's filter (`safetySettings`), that is kept (`cachedContent`, `labels`), that costs
 * otherwise (`serviceTier`, `candidateCount`, `responseModalities`), or that the gateway itself sets.
 */
export const allowedOptions = ['audioTimestamp', 'mediaResolution'] as const;

/** Writes the request body. Members without a value are left out. */
export function encodeRequest(request: ProviderRequest): WireRequest {
  const { endpoint, prompt, stream } = request;
  const { providerId, wireModel } = endpoint;
  const body = {
    ...encodeSystem(prompt.messages),
    contents: encodeContents(prompt.messages, { providerId, wireModel }),
    ...encodeTools(prompt),
    generationConfig: {
      ...pickOptions(prompt),
      maxOutputTokens: prompt.maxOutputTokens,
      ...encodeSampling(prompt),
      ...encodeResponseFormat(prompt),
      ...encodeThinking(request),
    },
  };
  // Each segment of the name is escaped: it stands in the path.
  const model = wireModel
    .replace(/^models\//, '')
    .split('/')
    .map(encodeURIComponent)
    .join('/');
  return {
    path: `/v1beta/models/${model}:${stream ? 'streamGenerateContent' : 'generateContent'}`,
    ...(stream ? { query: { alt: 'sse' } } : {}),
    headers: {},
    body: JSON.stringify(body),
  };
}

function pickOptions(prompt: Prompt): JsonObject {
  const options = prompt.providerOptions.gemini ?? {};
  return Object.fromEntries(allowedOptions.filter(name => name in options).map(name => [name, options[name]]));
}

function encodeTools(prompt: Prompt): JsonObject {
  if (prompt.tools.length === 0) return {};
  const functionDeclarations = prompt.tools.map(({ name, description, parameters }) => ({
    name,
    ...(description === undefined ? {} : { description }),
    ...(Object.keys(parameters).length === 0 ? {} : { parametersJsonSchema: parameters }),
  }));
  return {
    tools: [{ functionDeclarations }],
    ...(prompt.toolChoice === undefined
      ? {}
      : { toolConfig: { functionCallingConfig: encodeToolChoice(prompt.toolChoice) } }),
  };
}

function encodeToolChoice(choice: ToolChoice): JsonObject {
  switch (choice.mode) {
    case 'AUTO':
    case 'NONE':
      return { mode: choice.mode };
    case 'REQUIRED':
      return { mode: 'ANY' };
    case 'TOOL':
      return { mode: 'ANY', allowedFunctionNames: [choice.name] };
  }
}

function encodeSampling(prompt: Prompt): JsonObject {
  return {
    ...(prompt.temperature === undefined ? {} : { temperature: prompt.temperature }),
    ...(prompt.topP === undefined ? {} : { topP: prompt.topP }),
    ...(prompt.topK === undefined ? {} : { topK: prompt.topK }),
    ...(prompt.seed === undefined ? {} : { seed: prompt.seed }),
    ...(prompt.frequencyPenalty === undefined ? {} : { frequencyPenalty: prompt.frequencyPenalty }),
    ...(prompt.presencePenalty === undefined ? {} : { presencePenalty: prompt.presencePenalty }),
    ...(prompt.stop.length === 0 ? {} : { stopSequences: prompt.stop }),
  };
}

/** https://ai.google.dev/gemini-api/docs/structured-output */
function encodeResponseFormat({ responseFormat }: Prompt): JsonObject {
  if (responseFormat.type === 'TEXT') return {};
  return {
    responseMimeType: 'application/json',
    ...(responseFormat.type === 'JSON_SCHEMA' ? { responseJsonSchema: responseFormat.schema } : {}),
  };
}
