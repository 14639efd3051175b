import { MalformedRequest } from './sandbox-wire.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether the value is a JSON object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws {MalformedRequest} where it is no object. */
export function demandObject(value: unknown, place: string): JsonObject {
  if (!isObject(value)) throw new MalformedRequest(`${place}: expected an object`);
  return value;
}

/** @throws {MalformedRequest} where it is no list, or shorter than `least`. */
export function demandList(value: unknown, place: string, least = 0): readonly unknown[] {
  if (!Array.isArray(value)) throw new MalformedRequest(`${place}: expected a list`);
  if (value.length < least) throw new MalformedRequest(`${place}: at least ${least} expected`);
  return value;
}

/** @throws {MalformedRequest} where it is no text, or empty. */
export function demandText(value: unknown, place: string): string {
  if (typeof value !== 'string' || value === '') throw new MalformedRequest(`${place}: expected a text`);
  return value;
}

/** @throws {MalformedRequest} where it is there and no whole number above zero. */
export function optionalCount(value: unknown, place: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1) {
    throw new MalformedRequest(`${place}: expected a whole number above 0`);
  }
  return value;
}

/** One text or a list of texts; @throws {MalformedRequest} for anything else. */
export function optionalTexts(value: unknown, place: string): readonly string[] {
  if (value === undefined || value === null) return [];
  const list = typeof value === 'string' ? [value] : demandList(value, place);
  return list.map((text, index) => demandText(text, `${place}[${index}]`));
}

/** Collects what the messages of a prompt say, in their order. */
export interface PromptText {
  add(text: string): void;
  /** Text of a user, parts already joined. */
  addUser(text: string): void;
  addToolResult(text: string): void;
  read(): { readonly inputText: string; readonly lastUserText: string; readonly toolResult?: string };
}

/** Starts with nothing said. */
export function createPromptText(): PromptText {
  const texts: string[] = [];
  let lastUserText = '';
  let toolResult: string | undefined;
  return {
    add(text) {
      if (text !== '') texts.push(text);
    },
    addUser(text) {
      if (text !== '') texts.push(text);
      lastUserText = text;
      toolResult = undefined;
    },
    addToolResult(text) {
      if (text !== '') texts.push(text);
      toolResult = text;
    },
    read: () => ({
      inputText: texts.join('\n'),
      lastUserText,
      ...(toolResult === undefined ? {} : { toolResult }),
    }),
  };
}
