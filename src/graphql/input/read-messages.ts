import { badInput } from '../../errors.ts';
import type { MediaSource, PromptMessage, PromptPart } from '../../model/completion-request.ts';
import type { MediaInput, MessageInput, PartInput } from '../resolvers.generated.ts';
import { checkCount, checkText, given } from './check-input.ts';

const mostMessages = 2_000;
const mostParts = 1_000;
const mostCalls = 256;
const mediaTypePattern = /^[A-Za-z0-9!#$&^_.+-]{1,64}\/[A-Za-z0-9!#$&^_.+-]{1,64}$/;
const base64Pattern = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * The messages of a prompt, each with its text as a part.
 *
 * @throws {GatewayError} BAD_USER_INPUT with the path of what is wrong.
 */
export function readMessages(path: string, messages: readonly MessageInput[]): readonly PromptMessage[] {
  if (messages.length === 0) throw badInput(path, 'at least one message is needed');
  checkCount(path, messages, mostMessages);
  return messages.map((message, index) => readMessage(`${path}.${index}`, message));
}

function readMessage(path: string, message: MessageInput): PromptMessage {
  const toolCalls = message.toolCalls ?? [];
  if (message.text != null && message.parts != null) throw badInput(path, 'give either text or parts, not both');
  const hasContent = message.text != null || message.parts != null;
  if (!hasContent && toolCalls.length === 0 && message.continuation == null) throw badInput(path, 'give text or parts');
  if (message.parts?.length === 0) throw badInput(`${path}.parts`, 'holds no part');
  checkRole(path, message);
  checkCount(`${path}.toolCalls`, toolCalls, mostCalls);
  toolCalls.forEach((call, index) => {
    checkText(`${path}.toolCalls.${index}.id`, call.id, 256);
    checkText(`${path}.toolCalls.${index}.name`, call.name, 128);
    if (!isJson(call.arguments)) throw badInput(`${path}.toolCalls.${index}.arguments`, 'is not a JSON document');
  });
  return {
    role: message.role,
    parts: readParts(path, message),
    toolCalls: toolCalls.map(({ id, name, arguments: text }) => ({ id, name, arguments: text })),
    ...given('toolCallId', message.toolCallId),
    ...given('continuation', message.continuation),
  };
}

function checkRole(path: string, { role, toolCalls, toolCallId, continuation }: MessageInput): void {
  if (role !== 'ASSISTANT' && (toolCalls?.length ?? 0) > 0) {
    throw badInput(`${path}.toolCalls`, 'only a message of the role ASSISTANT makes calls');
  }
  if (role !== 'ASSISTANT' && continuation != null) {
    throw badInput(`${path}.continuation`, 'only a message of the role ASSISTANT has one');
  }
  if (role === 'TOOL' && (toolCallId == null || toolCallId === '')) {
    throw badInput(`${path}.toolCallId`, 'a message of the role TOOL names the call that it answers');
  }
  if (role !== 'TOOL' && toolCallId != null) {
    throw badInput(`${path}.toolCallId`, 'only a message of the role TOOL answers a call');
  }
}

function readParts(path: string, { text, parts }: MessageInput): readonly PromptPart[] {
  if (text != null) return [{ type: 'text', text, cacheUpToHere: false }];
  if (parts == null) return [];
  checkCount(`${path}.parts`, parts, mostParts);
  return parts.map((part, index) => readPart(`${path}.parts.${index}`, part));
}

function readPart(path: string, part: PartInput): PromptPart {
  const cacheUpToHere = part.cacheUpToHere ?? false;
  const given = (['text', 'image', 'audio', 'file'] as const).filter(kind => part[kind] != null);
  const [kind] = given;
  if (kind === undefined || given.length > 1) throw badInput(path, 'give exactly one of text, image, audio and file');
  if (kind === 'text') return { type: 'text', text: part.text ?? '', cacheUpToHere };
  return { type: kind, media: readMedia(`${path}.${kind}`, part[kind] ?? {}), cacheUpToHere };
}

function readMedia(path: string, { url, data, mediaType, name }: MediaInput): MediaSource {
  if (mediaType != null && !mediaTypePattern.test(mediaType)) {
    throw badInput(`${path}.mediaType`, 'a media type like "image/png"');
  }
  if (name != null) checkText(`${path}.name`, name, 256);
  if (url != null && data == null) {
    checkUrl(`${path}.url`, url);
    return { url, ...given('mediaType', mediaType), ...given('name', name) };
  }
  if (data == null || url != null) throw badInput(path, 'give either url or data');
  if (mediaType == null) throw badInput(`${path}.mediaType`, 'is needed with data');
  if (data.length % 4 !== 0 || !base64Pattern.test(data)) throw badInput(`${path}.data`, 'is not base64');
  return { data, mediaType, ...given('name', name) };
}

function checkUrl(path: string, url: string): void {
  const parsed = url.length <= 8_192 && URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || (parsed.protocol !== 'https:' && parsed.protocol !== 'http:')) {
    throw badInput(path, 'a http or https URL of at most 8192 characters; for base64 use data');
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
