import type { Prompt, ToolChoice } from '../../model/completion-request.ts';
import type { JsonObject } from '../json-value.ts';
import type { ProviderRequest } from '../provider.ts';
import type { WireRequest } from '../wire-protocol.ts';
import { closeSchema } from './close-schema.ts';
import { encodeMessages } from './encode-messages.ts';
import { type EncodedThinking, encodeThinking } from './encode-thinking.ts';

/** https://platform.claude.com/docs/en/api/versioning */
const apiVersion = '2023-06-01';
/** Anthropic's range for `temperature` ends here; OpenAI's at 2. */
const maxTemperature = 1;
/** With thinking, `top_p` may be from 0.95 to 1: https://platform.claude.com/docs/en/build-with-claude/extended-thinking */
const minThinkingTopP = 0.95;

/** Writes the request body. Members without a value are left out. */
export function encodeRequest(request: ProviderRequest): WireRequest {
  const { endpoint, prompt, stream, mayStore } = request;
  const thinking = encodeThinking(request);
  const { system, messages } = encodeMessages(prompt.messages, { providerId: endpoint.providerId, mayStore });
  const instructions = [...system, ...jsonInstruction(prompt)];
  const body = {
    model: endpoint.wireModel,
    max_tokens: prompt.maxOutputTokens,
    ...(instructions.length === 0 ? {} : { system: instructions }),
    messages,
    ...encodeTools(prompt),
    ...thinking.body,
    ...encodeOutputConfig(prompt, thinking),
    ...encodeSampling(prompt, thinking),
    ...(prompt.stop.length === 0 ? {} : { stop_sequences: prompt.stop }),
    ...(prompt.endUser === undefined ? {} : { metadata: { user_id: prompt.endUser } }),
    stream,
  };
  return { path: '/v1/messages', headers: { 'anthropic-version': apiVersion }, body: JSON.stringify(body) };
}

function encodeTools(prompt: Prompt): JsonObject {
  if (prompt.tools.length === 0) return {};
  const isSequential = prompt.parallelToolCalls === false && prompt.toolChoice?.mode !== 'NONE';
  const choice = prompt.toolChoice ?? (isSequential ? ({ mode: 'AUTO' } as const) : undefined);
  return {
    tools: prompt.tools.map(({ name, description, parameters, strict }) => ({
      name,
      ...(description === undefined ? {} : { description }),
      input_schema: strict === true ? closeSchema(objectSchema(parameters)) : objectSchema(parameters),
      ...(strict === true ? { strict } : {}),
    })),
    ...(choice === undefined
      ? {}
      : { tool_choice: { ...encodeToolChoice(choice), ...(isSequential ? { disable_parallel_tool_use: true } : {}) } }),
  };
}

/** A schema without a type, as for a tool without parameters, is refused. */
function objectSchema(schema: JsonObject): JsonObject {
  return 'type' in schema ? schema : { type: 'object', ...schema };
}

function encodeToolChoice(choice: ToolChoice): JsonObject {
  switch (choice.mode) {
    case 'AUTO':
      return { type: 'auto' };
    case 'NONE':
      return { type: 'none' };
    case 'REQUIRED':
      return { type: 'any' };
    case 'TOOL':
      return { type: 'tool', name: choice.name };
  }
}

function encodeOutputConfig({ responseFormat }: Prompt, { effort }: EncodedThinking): JsonObject {
  const format =
    responseFormat.type === 'JSON_SCHEMA'
      ? { type: 'json_schema', schema: closeSchema(responseFormat.schema) }
      : undefined;
  if (format === undefined && effort === undefined) return {};
  return {
    output_config: { ...(effort === undefined ? {} : { effort }), ...(format === undefined ? {} : { format }) },
  };
}

/** The API has no mode for JSON without a schema; it is asked for in words. */
function jsonInstruction({ responseFormat }: Prompt): readonly JsonObject[] {
  return responseFormat.type === 'JSON_OBJECT'
    ? [{ type: 'text', text: 'Answer with one valid JSON object, and with nothing before or after it.' }]
    : [];
}

/**
 * With thinking neither `temperature` nor `top_k` may be set; without it, current models refuse `temperature` beside
 * `top_p`, and the first is kept.
 */
function encodeSampling({ temperature, topP, topK }: Prompt, { isOn }: EncodedThinking): JsonObject {
  if (isOn) return topP !== undefined && topP >= minThinkingTopP ? { top_p: topP } : {};
  return {
    ...(temperature === undefined ? {} : { temperature: Math.min(temperature, maxTemperature) }),
    ...(topP === undefined || temperature !== undefined ? {} : { top_p: topP }),
    ...(topK === undefined ? {} : { top_k: topK }),
  };
}
