import type { MediaSource, PromptMessage, PromptPart } from '../../model/completion-request.ts';
import { continuationData } from '../continuation.ts';
import { asArray, asObject, asText, type JsonObject } from '../json-value.ts';
import type { OpenaiDialect } from './dialect.ts';

export interface MessageContext {
  readonly providerId: string;
  readonly dialect: OpenaiDialect;
  /** Whether cache breakpoints may be set. */
  readonly mayStore: boolean;
}

const roles = { SYSTEM: 'system', USER: 'user', ASSISTANT: 'assistant', TOOL: 'tool' } as const;

/** Writes one message of the prompt as chat completions has it. */
export function encodeMessage(message: PromptMessage, context: MessageContext): JsonObject {
  const content = encodeContent(message.parts, context);
  if (message.role === 'TOOL') return { role: 'tool', tool_call_id: message.toolCallId ?? '', content: content ?? '' };
  if (message.role !== 'ASSISTANT') return { role: roles[message.role], content: content ?? '' };
  const calls = message.toolCalls.map(call => ({
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: call.arguments },
  }));
  return {
    role: 'assistant',
    content: content ?? (calls.length === 0 ? '' : null),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
    ...encodeContinuation(message.continuation, context.providerId),
  };
}

function encodeContent(
  parts: readonly PromptPart[],
  context: MessageContext,
): string | readonly JsonObject[] | undefined {
  const [first] = parts;
  if (first === undefined) return undefined;
  const isPlain = parts.length === 1 && first.type === 'text' && !hasBreakpoint(first, context);
  return isPlain ? first.text : parts.map(part => encodePart(part, context));
}

function hasBreakpoint(part: PromptPart, { dialect, mayStore }: MessageContext): boolean {
  return part.cacheUpToHere && mayStore && dialect.takesCacheControl;
}

function encodePart(part: PromptPart, context: MessageContext): JsonObject {
  const breakpoint = hasBreakpoint(part, context) ? { cache_control: { type: 'ephemeral' } } : {};
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text, ...breakpoint };
    case 'image':
      return { type: 'image_url', image_url: { url: mediaUrl(part.media) }, ...breakpoint };
    case 'audio':
      return { ...encodeAudio(part.media), ...breakpoint };
    case 'file':
      return { ...encodeFile(part.media, context.dialect), ...breakpoint };
  }
}

function encodeAudio(media: MediaSource): JsonObject {
  // Only vLLM and its kin fetch audio themselves; others refuse this part by name, which tells the caller why.
  if ('url' in media) return { type: 'audio_url', audio_url: { url: media.url } };
  const subtype = media.mediaType.split('/')[1]?.split(';')[0]?.replace(/^x-/, '') ?? '';
  const format = subtype === 'mpeg' ? 'mp3' : subtype === 'wave' ? 'wav' : subtype;
  return { type: 'input_audio', input_audio: { data: media.data, format } };
}

function encodeFile(media: MediaSource, dialect: OpenaiDialect): JsonObject {
  if (dialect.seed === 'random_seed') return { type: 'document_url', document_url: mediaUrl(media) };
  return { type: 'file', file: { filename: media.name ?? 'file', file_data: mediaUrl(media) } };
}

function mediaUrl(media: MediaSource): string {
  return 'url' in media ? media.url : `data:${media.mediaType};base64,${media.data}`;
}

/** Gives back what `ContinuationBuilder` kept. It comes from the caller: only the members known here are copied. */
function encodeContinuation(continuation: string | undefined, providerId: string): JsonObject {
  const data = asObject(continuationData(continuation, 'openai', providerId));
  const details = asArray(data?.reasoning_details);
  const reasoning = asText(data?.reasoning_content);
  return {
    ...(details.length === 0 ? {} : { reasoning_details: details }),
    ...(reasoning === undefined ? {} : { reasoning_content: reasoning }),
  };
}
