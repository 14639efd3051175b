import type { Prompt, Reasoning, ResponseFormat, ToolChoice } from '../../model/completion-request.ts';
import type { JsonObject } from '../json-value.ts';
import type { ProviderRequest } from '../provider.ts';
import type { WireRequest } from '../wire-protocol.ts';
import { type OpenaiDialect, outputLimitName } from './dialect.ts';
import { encodeMessage } from './encode-messages.ts';

/**
 * What `providerOptions` may set: sampling and layout of the answer.
 *
 * Nothing that changes where the prompt goes (`provider`, `models`, `plugins`, web search), what is kept (`store`,
 * `metadata`), what it costs (`service_tier`, `n`, `prediction`), or that the gateway itself sets.
 */
export const allowedOptions = [
  'chat_template_kwargs',
  'logit_bias',
  'min_p',
  'reasoning_format',
  'repetition_penalty',
  'safe_prompt',
  'top_a',
  'verbosity',
] as const;

/** Writes the request body. Members without a value are left out: strict servers refuse null. */
export function encodeRequest(request: ProviderRequest, dialect: OpenaiDialect): WireRequest {
  const { endpoint, prompt, stream, mayStore, continuesAnswer = false } = request;
  const context = { providerId: endpoint.providerId, dialect, mayStore };
  const body = {
    ...pickOptions(prompt),
    model: endpoint.wireModel,
    messages: continueLast(
      prompt.messages.map(message => encodeMessage(message, context)),
      dialect,
      continuesAnswer,
    ),
    ...(continuesAnswer && dialect.continuation === 'template'
      ? { continue_final_message: true, add_generation_prompt: false }
      : {}),
    ...encodeTools(prompt, dialect),
    ...encodeResponseFormat(prompt.responseFormat),
    [outputLimitName(dialect, endpoint.wireModel, endpoint.modelId)]: prompt.maxOutputTokens,
    ...encodeSampling(prompt, dialect),
    ...(prompt.reasoning === undefined ? {} : encodeReasoning(prompt.reasoning, dialect)),
    ...(prompt.endUser === undefined || dialect.isStrict ? {} : { user: prompt.endUser }),
    ...(mayStore ? {} : dialect.withoutStorage),
    stream,
    // Strict servers report usage on every stream, and do not know the option.
    ...(stream && !dialect.isStrict ? { stream_options: { include_usage: true } } : {}),
  };
  return { path: '/chat/completions', headers: {}, body: JSON.stringify(body) };
}

function pickOptions(prompt: Prompt): JsonObject {
  const options = prompt.providerOptions.openai ?? {};
  return Object.fromEntries(allowedOptions.filter(name => name in options).map(name => [name, options[name]]));
}

/** Marks a last message of the assistant to go on from; Mistral refuses one without the mark. */
function continueLast(
  messages: readonly JsonObject[],
  { continuation, isStrict }: OpenaiDialect,
  continuesAnswer: boolean,
): readonly JsonObject[] {
  const last = messages.at(-1);
  const isMarked = continuation === 'prefix' || continuation === 'partial';
  const isWanted = isMarked && (continuesAnswer || isStrict);
  if (last?.role !== 'assistant' || !isWanted || 'tool_calls' in last) return messages;
  return [...messages.slice(0, -1), { ...last, [continuation]: true }];
}

function encodeTools(prompt: Prompt, dialect: OpenaiDialect): JsonObject {
  if (prompt.tools.length === 0) return {};
  return {
    tools: prompt.tools.map(({ name, description, parameters, strict }) => ({
      type: 'function',
      function: {
        name,
        ...(description === undefined ? {} : { description }),
        parameters,
        ...(strict === undefined ? {} : { strict }),
      },
    })),
    ...(prompt.toolChoice === undefined ? {} : { tool_choice: encodeToolChoice(prompt.toolChoice, dialect) }),
    ...(prompt.parallelToolCalls === undefined ? {} : { parallel_tool_calls: prompt.parallelToolCalls }),
  };
}

function encodeToolChoice(choice: ToolChoice, dialect: OpenaiDialect): unknown {
  switch (choice.mode) {
    case 'AUTO':
      return 'auto';
    case 'NONE':
      return 'none';
    case 'REQUIRED':
      return dialect.isStrict ? 'any' : 'required';
    case 'TOOL':
      return { type: 'function', function: { name: choice.name } };
  }
}

function encodeResponseFormat(format: ResponseFormat): JsonObject {
  switch (format.type) {
    case 'TEXT':
      return {};
    case 'JSON_OBJECT':
      return { response_format: { type: 'json_object' } };
    case 'JSON_SCHEMA': {
      const { name, schema, strict } = format;
      const json_schema = { name, schema, ...(strict === undefined ? {} : { strict }) };
      return { response_format: { type: 'json_schema', json_schema } };
    }
  }
}

function encodeSampling(prompt: Prompt, dialect: OpenaiDialect): JsonObject {
  return {
    ...(prompt.temperature === undefined ? {} : { temperature: prompt.temperature }),
    ...(prompt.topP === undefined ? {} : { top_p: prompt.topP }),
    ...(prompt.topK === undefined || !dialect.takesTopK ? {} : { top_k: prompt.topK }),
    ...(prompt.stop.length === 0 ? {} : { stop: prompt.stop }),
    ...(prompt.seed === undefined ? {} : { [dialect.seed]: prompt.seed }),
    ...(prompt.frequencyPenalty === undefined ? {} : { frequency_penalty: prompt.frequencyPenalty }),
    ...(prompt.presencePenalty === undefined ? {} : { presence_penalty: prompt.presencePenalty }),
  };
}

function encodeReasoning(reasoning: Reasoning, dialect: OpenaiDialect): JsonObject {
  const effort = reasoning.effort?.toLowerCase();
  switch (dialect.reasoning) {
    case 'object': {
      const members = {
        ...(effort === undefined || reasoning.maxTokens !== undefined ? {} : { effort }),
        ...(reasoning.maxTokens === undefined ? {} : { max_tokens: reasoning.maxTokens }),
        ...(reasoning.exclude ? { exclude: true } : {}),
      };
      return Object.keys(members).length === 0 ? {} : { reasoning: members };
    }
    case 'switch':
      return effort === undefined ? {} : { thinking: { type: effort === 'none' ? 'disabled' : 'enabled' } };
    case 'effort':
      return effort === undefined ? {} : { reasoning_effort: effort };
  }
}
