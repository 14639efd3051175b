import type { FinishReason } from '../../model/completion.ts';
import { asObject, asObjects, asText, type JsonObject } from '../json-value.ts';
import type { ProviderEvent } from '../provider.ts';
import { readCitation, readSearchResults } from './read-citations.ts';
import { readUsage } from './read-usage.ts';
import { type AnswerOutline, continuationOf } from './thinking-blocks.ts';

/** Reads one message, block by block, as a stream brings it or whole. */
export interface AnswerReader {
  /** Of `message_start`, `message_delta` or a whole message: `usage`, `stop_reason`, `stop_details`. */
  readEnvelope(envelope: JsonObject, events: ProviderEvent[]): void;
  startBlock(index: number, block: JsonObject, events: ProviderEvent[]): void;
  /** False where the delta belongs to no block: the body is not the protocol. */
  readDelta(index: number, delta: JsonObject, events: ProviderEvent[]): boolean;
  stopBlock(index: number, events: ProviderEvent[]): void;
  readonly hasBlocks: boolean;
  /** What stands at the end of a whole answer. */
  finish(): readonly ProviderEvent[];
}

interface OpenBlock {
  readonly type: string;
  readonly start: number;
  readonly callIndex: number;
  readonly citations: JsonObject[];
  /** As it is given back, filled while deltas come. */
  readonly given: { thinking: string; signature: string };
  readonly input: unknown;
  hasArguments: boolean;
}

const finishReasons: Readonly<Record<string, FinishReason>> = {
  end_turn: 'STOP',
  stop_sequence: 'STOP',
  tool_use: 'TOOL_CALLS',
  max_tokens: 'LENGTH',
  model_context_window_exceeded: 'LENGTH',
  // The provider's own tools took too many turns: there would be more.
  pause_turn: 'LENGTH',
  compaction: 'LENGTH',
  refusal: 'REFUSAL',
};

/**
 * Reads one answer, streamed or whole.
 *
 * @param providerId Whom continuations are bound to; absent: whoever speaks the protocol.
 */
export function createAnswerReader(providerId: string | undefined): AnswerReader {
  const blocks = new Map<number, OpenBlock>();
  const outline: AnswerOutline[number][] = [];
  const usage: Record<string, unknown> = {};
  let textLength = 0;
  let calls = 0;
  let hasBlocks = false;
  let reason: FinishReason | undefined;

  function writeText(text: string | undefined, events: ProviderEvent[]): void {
    if (text === undefined) return;
    textLength += text.length;
    events.push({ type: 'text', text });
  }

  function writeArguments(block: OpenBlock, json: string | undefined, events: ProviderEvent[]): void {
    if (json === undefined) return;
    block.hasArguments = true;
    events.push({ type: 'tool-call', index: block.callIndex, arguments: json });
  }

  function startCall(block: JsonObject, events: ProviderEvent[]): void {
    const id = asText(block.id);
    const name = asText(block.name);
    if (id === undefined || name === undefined) {
      events.push({ type: 'failure', failure: { kind: 'protocol', detail: 'tool call without an id or a name' } });
      return;
    }
    events.push({ type: 'tool-call', index: calls, id, name, arguments: '' });
    outline.push({ type: 'tool_use', id });
    calls += 1;
  }

  return {
    get hasBlocks() {
      return hasBlocks;
    },
    readEnvelope(envelope, events) {
      const reported = asObject(envelope.usage);
      if (reported !== undefined) {
        // Later reports leave out, or set to null, what did not change.
        for (const [name, value] of Object.entries(reported)) if (value !== null) usage[name] = value;
        events.push({ type: 'usage', usage: readUsage(usage) });
      }
      const explanation = asText(asObject(envelope.stop_details)?.explanation);
      if (explanation !== undefined) events.push({ type: 'refusal', text: explanation });
      const stop = asText(envelope.stop_reason);
      if (stop !== undefined) reason = Object.hasOwn(finishReasons, stop) ? finishReasons[stop] : 'STOP';
    },
    startBlock(index, block, events) {
      hasBlocks = true;
      const type = asText(block.type) ?? '';
      const open: OpenBlock = {
        type,
        start: textLength,
        callIndex: calls,
        citations: asObjects(block.citations).slice(),
        given: { thinking: asText(block.thinking) ?? '', signature: asText(block.signature) ?? '' },
        input: block.input,
        hasArguments: false,
      };
      blocks.set(index, open);
      if (type === 'text') writeText(asText(block.text), events);
      if (type === 'thinking' && open.given.thinking !== '')
        events.push({ type: 'reasoning', text: open.given.thinking });
      if (type === 'tool_use') startCall(block, events);
      const data = type === 'redacted_thinking' ? asText(block.data) : undefined;
      if (data !== undefined) outline.push({ type: 'redacted_thinking', data });
      if (type === 'web_search_tool_result') {
        for (const citation of readSearchResults(block)) events.push({ type: 'citation', citation });
      }
    },
    readDelta(index, delta, events) {
      const block = blocks.get(index);
      if (block === undefined) return false;
      switch (delta.type) {
        case 'text_delta':
          if (block.type === 'text') writeText(asText(delta.text), events);
          break;
        case 'thinking_delta': {
          const text = asText(delta.thinking);
          if (block.type !== 'thinking' || text === undefined) break;
          block.given.thinking += text;
          events.push({ type: 'reasoning', text });
          break;
        }
        case 'signature_delta':
          block.given.signature += asText(delta.signature) ?? '';
          break;
        case 'input_json_delta':
          // Calls of the provider's own tools (`server_tool_use`, `mcp_tool_use`) are not the caller's to answer.
          if (block.type === 'tool_use') writeArguments(block, asText(delta.partial_json), events);
          break;
        case 'citations_delta': {
          const citation = asObject(delta.citation);
          if (citation !== undefined) block.citations.push(citation);
        }
      }
      return true;
    },
    stopBlock(index, events) {
      const block = blocks.get(index);
      if (block === undefined) return;
      blocks.delete(index);
      for (const citation of block.citations) {
        events.push({ type: 'citation', citation: readCitation(citation, block.start, textLength) });
      }
      if (block.type === 'text' && textLength > block.start) {
        outline.push({ type: 'text', length: textLength - block.start });
      }
      const { thinking, signature } = block.given;
      if (block.type === 'thinking' && signature !== '') outline.push({ type: 'thinking', thinking, signature });
      if (block.type === 'tool_use' && !block.hasArguments) {
        writeArguments(block, JSON.stringify(asObject(block.input) ?? {}), events);
      }
    },
    finish() {
      return [
        ...continuationOf(outline, providerId),
        { type: 'finish', reason: reason ?? (calls > 0 ? 'TOOL_CALLS' : 'STOP') },
        { type: 'end' },
      ];
    },
  };
}
