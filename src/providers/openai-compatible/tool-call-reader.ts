import { asNumber, asObject, asObjects, asText, type JsonObject } from '../json-value.ts';
import type { ProviderEvent } from '../provider.ts';

interface OpenCall {
  readonly index: number;
  readonly wireIndex: number | undefined;
  id: string | undefined;
  isNamed: boolean;
  /** Arguments that came before the name. */
  held: string;
}

export interface ToolCallReader {
  /** Reads a `tool_calls` array, or the older `function_call` object. */
  read(toolCalls: unknown, functionCall: unknown, answerId: string | undefined): readonly ProviderEvent[];
  readonly hasCalls: boolean;
  /** Whether a call never got its name: the answer can not be used. */
  readonly hasNameless: boolean;
}

/**
 * Joins fragments of tool calls into calls that count from 0.
 *
 * Vendors leave out the index (Mistral) or the id, start at 1, repeat the id, or send an empty one (Alibaba), and give
 * several calls the same index: a fragment with a name and an id of its own is a new call, whatever its index.
 */
export function createToolCallReader(): ToolCallReader {
  const calls: OpenCall[] = [];
  const latestByIndex = new Map<number, OpenCall>();
  const firstById = new Map<string, OpenCall>();

  function find(wireIndex: number | undefined, id: string | undefined, name: string | undefined): OpenCall | undefined {
    if (wireIndex !== undefined) {
      const found = latestByIndex.get(wireIndex);
      const isAnother = id !== undefined && name !== undefined && found?.isNamed === true && found.id !== id;
      return isAnother ? undefined : found;
    }
    if (id !== undefined) return firstById.get(id);
    return name === undefined ? calls.at(-1) : undefined;
  }

  function readFragment(fragment: JsonObject, answerId: string | undefined): ProviderEvent | undefined {
    const parts = asObject(fragment.function) ?? {};
    const wireIndex = asNumber(fragment.index);
    const id = asText(fragment.id);
    const name = asText(parts.name);
    let call = find(wireIndex, id, name);
    if (call === undefined) {
      call = { index: calls.length, wireIndex, id, isNamed: false, held: '' };
      calls.push(call);
      if (wireIndex !== undefined) latestByIndex.set(wireIndex, call);
    }
    call.id ??= id;
    if (id !== undefined && !firstById.has(id)) firstById.set(id, call);
    const text = argumentsText(parts.arguments);
    if (call.isNamed) {
      return text === '' ? undefined : { type: 'tool-call', index: call.index, arguments: text };
    }
    if (name === undefined) {
      call.held += text;
      return undefined;
    }
    call.isNamed = true;
    call.id ??= `${answerId ?? 'call'}_${call.index}`;
    return { type: 'tool-call', index: call.index, id: call.id, name, arguments: call.held + text };
  }

  return {
    read(toolCalls, functionCall, answerId) {
      const events: ProviderEvent[] = [];
      for (const fragment of asObjects(toolCalls)) {
        const event = readFragment(fragment, answerId);
        if (event !== undefined) events.push(event);
      }
      const single = asObject(functionCall);
      // Some fill in an empty one where nothing was called.
      if (single !== undefined && (asText(single.name) !== undefined || asText(single.arguments) !== undefined)) {
        const event = readFragment({ index: 0, function: single }, answerId);
        if (event !== undefined) events.push(event);
      }
      return events;
    },
    get hasCalls() {
      return calls.length > 0;
    },
    get hasNameless() {
      return calls.some(call => !call.isNamed);
    },
  };
}

function argumentsText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}
