import { badInput } from '../../errors.ts';
import type { Reasoning, ResponseFormat, Tool, ToolChoice } from '../../model/completion-request.ts';
import type {
  ProviderOptionsInput,
  ReasoningInput,
  ResponseFormatInput,
  ToolChoiceInput,
  ToolInput,
} from '../resolvers.generated.ts';
import { checkCount, checkRange, checkText, given } from './check-input.ts';

const mostTools = 256;
const mostReasoningTokens = 10_000_000;
const protocols: ReadonlySet<string> = new Set(['openai', 'anthropic', 'gemini']);

type JsonObject = Readonly<Record<string, unknown>>;

/** @throws {GatewayError} BAD_USER_INPUT, as all of this module. */
export function readTools(path: string, tools: readonly ToolInput[]): readonly Tool[] {
  checkCount(path, tools, mostTools);
  return tools.map(({ name, description, parameters, strict }, index) => {
    checkText(`${path}.${index}.name`, name, 128);
    return {
      name,
      ...given('description', description),
      parameters: readObject(`${path}.${index}.parameters`, parameters, 'a JSON Schema is an object'),
      ...given('strict', strict),
    };
  });
}

/** @throws {GatewayError} BAD_USER_INPUT for the mode TOOL without a tool of this request, or a name without that mode. */
export function readToolChoice(path: string, choice: ToolChoiceInput, tools: readonly Tool[]): ToolChoice {
  const { mode = 'AUTO', name } = choice;
  if (mode !== 'TOOL') {
    if (name != null) throw badInput(`${path}.name`, 'only with the mode TOOL');
    return { mode };
  }
  if (name == null || name === '') throw badInput(`${path}.name`, 'is needed with the mode TOOL');
  if (!tools.some(tool => tool.name === name)) throw badInput(`${path}.name`, 'names no tool of this request');
  return { mode, name };
}

/** @throws {GatewayError} BAD_USER_INPUT for a schema that is missing, out of place or no object, and for a bad name. */
export function readResponseFormat(path: string, format: ResponseFormatInput): ResponseFormat {
  const { type = 'TEXT', name, schema, strict } = format;
  if (type !== 'JSON_SCHEMA') {
    if (schema != null) throw badInput(`${path}.schema`, 'only with the type JSON_SCHEMA');
    return { type };
  }
  if (schema == null) throw badInput(`${path}.schema`, 'is needed with the type JSON_SCHEMA');
  if (name != null && !/^[A-Za-z0-9_-]{1,64}$/.test(name)) {
    throw badInput(`${path}.name`, 'letters, digits, _ and - only, at most 64');
  }
  return {
    type,
    name: name ?? 'answer',
    schema: readObject(`${path}.schema`, schema, 'a JSON Schema is an object'),
    ...given('strict', strict),
  };
}

/** @throws {GatewayError} BAD_USER_INPUT for a number of tokens that is out of range. */
export function readReasoning(path: string, { effort, maxTokens, exclude = false }: ReasoningInput): Reasoning {
  checkRange(`${path}.maxTokens`, maxTokens, 1, mostReasoningTokens);
  return { ...given('effort', effort), ...given('maxTokens', maxTokens), exclude };
}

/** By protocol. Which options each one takes is checked by the gateway, for every entrance. */
export function readProviderOptions(
  path: string,
  entries: readonly ProviderOptionsInput[],
): Readonly<Record<string, JsonObject>> {
  checkCount(path, entries, protocols.size);
  const byProtocol = new Map<string, JsonObject>();
  entries.forEach(({ protocol, options }, index) => {
    const place = `${path}.${index}`;
    if (!protocols.has(protocol)) throw badInput(`${place}.protocol`, `one of ${[...protocols].join(', ')}`);
    if (byProtocol.has(protocol)) throw badInput(`${place}.protocol`, 'is there twice');
    byProtocol.set(protocol, readObject(`${place}.options`, options, 'an object of options'));
  });
  return Object.fromEntries(byProtocol);
}

function readObject(path: string, value: unknown, expected: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badInput(path, expected);
  return value as JsonObject;
}
