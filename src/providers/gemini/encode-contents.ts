import type { MediaSource, PromptMessage, PromptPart, PromptToolCall } from '../../model/completion-request.ts';
import { asObject, type JsonObject, parseJson } from '../json-value.ts';
import { isLevelled } from './encode-thinking.ts';
import { readSignatures, type ThoughtSignatures } from './thought-signatures.ts';

export interface ContentsContext {
  readonly providerId: string;
  readonly wireModel: string;
}

/**
 * For calls that another model made: Gemini 3 refuses a turn whose first call has no signature, and takes this in its
 * place: https://ai.google.dev/gemini-api/docs/thought-signatures
 */
const foreignSignature = 'skip_thought_signature_validator';

/** Writes system messages, all in front as the API has one place for them. */
export function encodeSystem(prompt: readonly PromptMessage[]): JsonObject {
  const parts = prompt.filter(({ role }) => role === 'SYSTEM').flatMap(message => message.parts.flatMap(encodePart));
  return parts.length === 0 ? {} : { systemInstruction: { parts } };
}

/** Writes the conversation: turns that alternate between `user` and `model`, results of tools first in theirs. */
export function encodeContents(prompt: readonly PromptMessage[], context: ContentsContext): readonly JsonObject[] {
  const turns: { role: 'user' | 'model'; parts: JsonObject[] }[] = [];
  const toolNames = new Map<string, string>();
  for (const message of prompt) {
    if (message.role === 'SYSTEM') continue;
    for (const call of message.toolCalls) toolNames.set(call.id, call.name);
    const role = message.role === 'ASSISTANT' ? 'model' : 'user';
    const parts = encodeTurn(message, toolNames, context);
    const last = turns.at(-1);
    if (last?.role === role) last.parts.push(...parts);
    else if (parts.length > 0) turns.push({ role, parts: [...parts] });
  }
  return turns.map(({ role, parts }) => ({ role, parts: role === 'user' ? resultsFirst(parts) : parts }));
}

function encodeTurn(
  message: PromptMessage,
  toolNames: ReadonlyMap<string, string>,
  context: ContentsContext,
): readonly JsonObject[] {
  if (message.role === 'USER') return message.parts.flatMap(encodePart);
  if (message.role === 'TOOL') return encodeResult(message, toolNames);
  const signatures = readSignatures(message.continuation, context.providerId);
  return [...encodeTexts(message.parts, signatures), ...encodeCalls(message.toolCalls, signatures, context.wireModel)];
}

/** Cuts the text where its signatures stood; a text of another length has lost them, and goes as it is. */
function encodeTexts(parts: readonly PromptPart[], signatures: ThoughtSignatures | undefined): readonly JsonObject[] {
  const [first] = parts;
  const text = first?.type === 'text' ? first.text : '';
  const stretches = (signatures?.signed ?? []).flatMap(part => ('start' in part ? [part] : []));
  if (parts.length > 1 || stretches.length === 0 || signatures?.textLength !== text.length) {
    return parts.flatMap(encodePart);
  }
  const written: JsonObject[] = [];
  let at = 0;
  for (const { start, end, signature } of stretches) {
    if (start < at || end < start) return parts.flatMap(encodePart);
    if (start > at) written.push({ text: text.slice(at, start) });
    written.push({ text: text.slice(start, end), thoughtSignature: signature });
    at = end;
  }
  return at < text.length ? [...written, { text: text.slice(at) }] : written;
}

function encodeCalls(
  calls: readonly PromptToolCall[],
  signatures: ThoughtSignatures | undefined,
  wireModel: string,
): readonly JsonObject[] {
  const byId = new Map<string, string>();
  for (const part of signatures?.signed ?? []) {
    const id = 'call' in part ? signatures?.callIds[part.call] : undefined;
    if (id !== undefined) byId.set(id, part.signature);
  }
  return calls.map((call, index) => {
    const args = call.arguments === '' ? {} : (asObject(parseJson(call.arguments)) ?? { arguments: call.arguments });
    const demanded = index === 0 && isLevelled(wireModel) ? foreignSignature : undefined;
    const thoughtSignature = byId.get(call.id) ?? demanded;
    return {
      functionCall: { id: call.id, name: call.name, args },
      ...(thoughtSignature === undefined ? {} : { thoughtSignature }),
    };
  });
}

/** The result is an object, its text under `output`; media follow as parts of their own. */
function encodeResult(message: PromptMessage, toolNames: ReadonlyMap<string, string>): readonly JsonObject[] {
  const id = message.toolCallId ?? '';
  const text = message.parts.flatMap(part => (part.type === 'text' ? [part.text] : [])).join('\n');
  const response = asObject(parseJson(text)) ?? { output: text };
  const media = message.parts.filter(part => part.type !== 'text').flatMap(encodePart);
  return [{ functionResponse: { id, name: toolNames.get(id) ?? id, response } }, ...media];
}

function encodePart(part: PromptPart): readonly JsonObject[] {
  if (part.type === 'text') return part.text === '' ? [] : [{ text: part.text }];
  return [encodeMedia(part.media)];
}

function encodeMedia(media: MediaSource): JsonObject {
  if ('data' in media) return { inlineData: { mimeType: media.mediaType, data: media.data } };
  return { fileData: { fileUri: media.url, ...(media.mediaType === undefined ? {} : { mimeType: media.mediaType }) } };
}

function resultsFirst(parts: readonly JsonObject[]): readonly JsonObject[] {
  const isResult = (part: JsonObject): boolean => 'functionResponse' in part;
  return [...parts.filter(isResult), ...parts.filter(part => !isResult(part))];
}
