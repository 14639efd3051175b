import { Buffer } from 'node:buffer';
import type { MediaSource, PromptMessage, PromptPart, PromptToolCall } from '../../model/completion-request.ts';
import { asObject, type JsonObject, parseJson } from '../json-value.ts';
import { type AnswerOutline, readOutline } from './thinking-blocks.ts';

export interface EncodedMessages {
  readonly system: readonly JsonObject[];
  readonly messages: readonly JsonObject[];
}

export interface MessageContext {
  readonly providerId: string;
  /** Whether cache breakpoints may be set. */
  readonly mayStore: boolean;
}

/** https://platform.claude.com/docs/en/build-with-claude/prompt-caching: more breakpoints are refused. */
const maxBreakpoints = 4;

/**
 * Writes the conversation as the API wants it: all system messages in front (as Anthropic's own OpenAI-compatible
 * endpoint does), turns that alternate, results of tools first in theirs, and no empty text, which is refused.
 */
export function encodeMessages(prompt: readonly PromptMessage[], context: MessageContext): EncodedMessages {
  const breakpoints = lastBreakpoints(prompt, context);
  const encode = (part: PromptPart): readonly JsonObject[] => encodePart(part, breakpoints.has(part));
  const turns: { role: 'user' | 'assistant'; blocks: JsonObject[] }[] = [];
  for (const message of prompt) {
    if (message.role === 'SYSTEM') continue;
    const role = message.role === 'ASSISTANT' ? 'assistant' : 'user';
    const blocks = encodeTurn(message, context, encode);
    const last = turns.at(-1);
    if (last?.role === role) last.blocks.push(...blocks);
    else if (blocks.length > 0) turns.push({ role, blocks: [...blocks] });
  }
  return {
    system: prompt.filter(({ role }) => role === 'SYSTEM').flatMap(({ parts }) => parts.flatMap(encode)),
    messages: turns.map(({ role, blocks }, index) => ({
      role,
      content: role === 'user' ? resultsFirst(blocks) : index === turns.length - 1 ? trimPrefill(blocks) : blocks,
    })),
  };
}

function encodeTurn(
  message: PromptMessage,
  { providerId }: MessageContext,
  encode: (part: PromptPart) => readonly JsonObject[],
): readonly JsonObject[] {
  if (message.role === 'USER') return message.parts.flatMap(encode);
  if (message.role === 'TOOL') {
    const blocks = message.parts.flatMap(encode);
    const marked = blocks.find(block => 'cache_control' in block);
    return [
      {
        type: 'tool_result',
        tool_use_id: callId(message.toolCallId ?? ''),
        ...(blocks.length === 0 ? {} : { content: blocks.map(({ cache_control: _, ...block }) => block) }),
        ...(marked === undefined ? {} : { cache_control: marked.cache_control }),
      },
    ];
  }
  const texts = message.parts.flatMap(encode);
  const calls = message.toolCalls.map(encodeCall);
  return weave(readOutline(message.continuation, providerId), texts, calls, message.toolCalls);
}

/**
 * Puts reasoning back where it stood between texts and calls. Where the caller's message is another one by now
 * (shortened, rewritten, with other calls), it all goes in front.
 */
function weave(
  outline: AnswerOutline,
  texts: readonly JsonObject[],
  calls: readonly JsonObject[],
  toolCalls: readonly PromptToolCall[],
): readonly JsonObject[] {
  const thinking = outline.filter(block => block.type === 'thinking' || block.type === 'redacted_thinking');
  const text = texts.length === 1 && typeof texts[0]?.text === 'string' ? texts[0].text : '';
  const lengths = outline.flatMap(block => (block.type === 'text' ? [block.length] : []));
  const ids = outline.flatMap(block => (block.type === 'tool_use' ? [block.id] : []));
  const isSame =
    texts.length <= 1 &&
    lengths.reduce((sum, length) => sum + length, 0) === text.length &&
    ids.length === toolCalls.length &&
    ids.every((id, index) => id === toolCalls[index]?.id);
  if (!isSame || texts.some(block => 'cache_control' in block)) return [...thinking, ...texts, ...calls];
  let at = 0;
  let call = 0;
  return outline.flatMap((block): readonly JsonObject[] => {
    if (block.type === 'text') {
      at += block.length;
      return encodeText(text.slice(at - block.length, at));
    }
    if (block.type !== 'tool_use') return [{ ...block }];
    call += 1;
    return calls.slice(call - 1, call);
  });
}

function encodeCall(call: PromptToolCall): JsonObject {
  // What Anthropic recommends for arguments that are no JSON object ("fine-grained tool streaming").
  const input = call.arguments === '' ? {} : (asObject(parseJson(call.arguments)) ?? { INVALID_JSON: call.arguments });
  return { type: 'tool_use', id: callId(call.id), name: call.name, input };
}

/** Ids of other vendors may hold what `^[a-zA-Z0-9_-]+$` refuses. */
function callId(id: string): string {
  return id.replace(/[^a-zA-Z0-9_-]/g, '_') || '_';
}

function encodeText(text: string): readonly JsonObject[] {
  return text.trim() === '' ? [] : [{ type: 'text', text }];
}

function encodePart(part: PromptPart, isBreakpoint: boolean): readonly JsonObject[] {
  const blocks = part.type === 'text' ? encodeText(part.text) : [encodeMedia(part.type, part.media)];
  return isBreakpoint ? blocks.map(block => ({ ...block, cache_control: { type: 'ephemeral' } })) : blocks;
}

function encodeMedia(type: 'image' | 'audio' | 'file', media: MediaSource): JsonObject {
  // Audio has no place here: as a document it is refused by its media type, which tells the caller why.
  const block = type === 'image' ? { type: 'image' } : { type: 'document' };
  const title = type === 'file' && media.name !== undefined ? { title: media.name } : {};
  if ('url' in media) return { ...block, source: { type: 'url', url: media.url }, ...title };
  const isText = type === 'file' && media.mediaType.startsWith('text/');
  const source = isText
    ? { type: 'text', media_type: 'text/plain', data: Buffer.from(media.data, 'base64').toString('utf8') }
    : { type: 'base64', media_type: media.mediaType, data: media.data };
  return { ...block, source, ...title };
}

function resultsFirst(blocks: readonly JsonObject[]): readonly JsonObject[] {
  const isResult = (block: JsonObject): boolean => block.type === 'tool_result';
  return [...blocks.filter(isResult), ...blocks.filter(block => !isResult(block))];
}

/** "Final assistant content cannot end with trailing whitespace". */
function trimPrefill(blocks: readonly JsonObject[]): readonly JsonObject[] {
  const last = blocks.at(-1);
  if (last?.type !== 'text' || typeof last.text !== 'string') return blocks;
  return [...blocks.slice(0, -1), { ...last, text: last.text.trimEnd() }];
}

/** The last ones hold the longest prefixes, and so everything that the others hold. */
function lastBreakpoints(prompt: readonly PromptMessage[], { mayStore }: MessageContext): ReadonlySet<PromptPart> {
  if (!mayStore) return new Set();
  const system = prompt.filter(({ role }) => role === 'SYSTEM');
  const others = prompt.filter(({ role }) => role !== 'SYSTEM');
  const marked = [...system, ...others].flatMap(({ parts }) => parts).filter(part => part.cacheUpToHere);
  return new Set(marked.slice(-maxBreakpoints));
}
