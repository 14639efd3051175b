import { badInput } from '../../errors.ts';
import type { MediaSource, PromptMessage, PromptPart } from '../../model/completion-request.ts';
import type { ChatMessage, ContentPart } from './chat-request-body.ts';
import { readReasoningDetails } from './reasoning-details.ts';

const dataUrl = /^data:([\w.+-]+\/[\w.+-]+)((?:;[\w.+-]+=[^;,]*)*);base64,/i;
const base64 = /^[A-Za-z0-9+/_-]*={0,2}$/;
const audioTypes: Readonly<Record<string, string>> = { mp3: 'audio/mpeg', wav: 'audio/wav' };

/**
 * Turns OpenAI's messages into the neutral form.
 *
 * @throws {GatewayError} BAD_USER_INPUT with the place that is wrong.
 */
export function readMessages(messages: readonly ChatMessage[]): readonly PromptMessage[] {
  return messages.map(readMessage);
}

function readMessage(message: ChatMessage, index: number): PromptMessage {
  const path = `messages.${index}`;
  switch (message.role) {
    case 'system':
    case 'developer':
      return { role: 'SYSTEM', parts: readContent(message.content, path), toolCalls: [] };
    case 'user':
      return { role: 'USER', parts: readContent(message.content, path), toolCalls: [] };
    case 'tool':
      return {
        role: 'TOOL',
        parts: readContent(message.content, path),
        toolCalls: [],
        toolCallId: message.tool_call_id,
      };
    case 'assistant':
      return readAssistant(message, path);
  }
}

function readAssistant(message: Extract<ChatMessage, { readonly role: 'assistant' }>, path: string): PromptMessage {
  const continuation = readReasoningDetails(message.reasoning_details);
  const toolCalls = (message.tool_calls ?? []).map(call => ({
    id: call.id,
    name: call.function.name,
    arguments: call.function.arguments,
  }));
  const parts: PromptPart[] = [...readContent(message.content ?? [], path)];
  if (message.refusal != null && message.refusal !== '') parts.push(textPart(message.refusal));
  if (parts.length === 0 && toolCalls.length === 0) {
    throw badInput(path, 'a message of the assistant needs content, a refusal or tool_calls');
  }
  return { role: 'ASSISTANT', parts, toolCalls, ...(continuation === undefined ? {} : { continuation }) };
}

function readContent(content: string | readonly ContentPart[], path: string): readonly PromptPart[] {
  if (typeof content === 'string') return content === '' ? [] : [textPart(content)];
  return content.map((part, index) => readPart(part, `${path}.content.${index}`));
}

function readPart(part: ContentPart, path: string): PromptPart {
  if (part.type === 'refusal') return textPart(part.refusal);
  const cacheUpToHere = part.cache_control != null;
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text, cacheUpToHere };
    case 'image_url':
      return { type: 'image', media: readMedia(part.image_url.url, `${path}.image_url.url`), cacheUpToHere };
    case 'input_audio': {
      const { data, format } = part.input_audio;
      if (!base64.test(data)) throw badInput(`${path}.input_audio.data`, 'must be base64');
      if (!/^[a-z0-9]{1,16}$/.test(format))
        throw badInput(`${path}.input_audio.format`, 'must be a format such as wav or mp3');
      const mediaType = audioTypes[format] ?? `audio/${format}`;
      return { type: 'audio', media: { data, mediaType }, cacheUpToHere };
    }
    case 'file': {
      const media = readMedia(part.file.file_data, `${path}.file.file_data`);
      const name = part.file.filename;
      return { type: 'file', media: name === undefined ? media : { ...media, name }, cacheUpToHere };
    }
  }
}

/** The gateway never fetches a URL: an http(s) one goes to the provider as it is. */
function readMedia(url: string, path: string): MediaSource {
  if (/^https?:\/\//i.test(url)) {
    if (!URL.canParse(url)) throw badInput(path, 'must be a URL');
    return { url };
  }
  const match = dataUrl.exec(url);
  if (match === null) throw badInput(path, 'must be an http(s) URL, or a data URL in base64 with its media type');
  const data = url.slice(match[0].length);
  if (!base64.test(data)) throw badInput(path, 'must be base64 after the comma');
  return { data, mediaType: `${match[1]}`.toLowerCase() };
}

function textPart(text: string): PromptPart {
  return { type: 'text', text, cacheUpToHere: false };
}
