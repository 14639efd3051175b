import { Buffer } from 'node:buffer';
import type { MediaSource, Prompt, PromptMessage, PromptPart } from '../model/completion-request.ts';
import { estimateTokens } from '../stream/estimate-tokens.ts';
import { mostTokens } from '../stream/most-tokens.ts';

/** Role and separators of a chat message (OpenAI cookbook, "How to count tokens with tiktoken"). */
const tokensPerMessage = 4;
const tokensPerCall = 8;
const tokensPerTool = 12;
/** The system prompt that tools bring with them: at most 530 (Anthropic, "Tool use", "Pricing"). */
const mostTokensOfToolPrompt = 530;
/** Words that an adapter adds: that JSON is wanted, that a schema is closed, a signature in the place of a foreign one. */
const mostTokensOfInstruction = 32;
const mostTokensOfClosing = 8;
const mostTokensOfForeignSignature = 16;

type MediaKind = 'image' | 'audio' | 'pdf' | 'text' | 'other';

/**
 * What one item of media counts where its size is not known: an image Anthropic's 1,600 ("Vision"), above OpenAI's 1,445
 * at high detail; audio a minute at Gemini's 32 a second; a file ten pages at Gemini's 258 ("Document understanding").
 */
const tokensPerMedia: Readonly<Record<Exclude<PromptPart['type'], 'text'>, number>> = {
  image: 1_600,
  audio: 1_920,
  file: 2_580,
};
/** 32 tokens a second (Gemini, "Audio understanding") of speech at 32 kbit/s; uncompressed it has eight times as many bytes. */
const audioBytesPerToken = 4_000 / 32;
const waveBytesPerToken = 32_000 / 32;
/** A page of a PDF is at most 3,000 tokens (Anthropic, "PDF support"); 100 kB hold one or more. */
const tokensPerPage = 3_000;
const bytesPerPage = 100_000;
/** For text that nobody can read here: signatures, encrypted reasoning, files of unknown kinds. */
const bytesPerOpaqueToken = 3;

/** Estimates the input of a prompt for routing, without a vocabulary, leaning up; hostile text can be three times as long. */
export function estimateInputTokens(prompt: Prompt): number {
  return tokensOf(prompt, estimateTokens);
}

/**
 * Counts at least as many tokens as the input of a prompt has in o200k_base, for budgets, rates and limits of cost.
 *
 * Everything counts that an adapter may send. Media count by usual sizes, which no bound follows from: see `mediaTokens`.
 */
export function mostInputTokens(prompt: Prompt): number {
  const { tools, responseFormat, messages } = prompt;
  const schemas = tools.map(({ parameters }) => parameters);
  if (responseFormat.type === 'JSON_SCHEMA') schemas.push(responseFormat.schema);
  const objects = schemas.reduce(
    (sum, schema) => sum + (JSON.stringify(schema).match(/"object"|"properties"/g)?.length ?? 0),
    0,
  );
  return (
    tokensOf(prompt, mostTokens) +
    (tools.length === 0 ? 0 : mostTokensOfToolPrompt) +
    (responseFormat.type === 'TEXT' ? 0 : mostTokensOfInstruction) +
    objects * mostTokensOfClosing +
    messages.filter(({ toolCalls }) => toolCalls.length > 0).length * mostTokensOfForeignSignature
  );
}

/**
 * What both counts hold for each image, recording and document that comes as data: an endpoint may count more of it, up to
 * its `maxMediaTokens`. Files of text, and of unknown kinds, are not among them: they count by their bytes.
 */
export function mediaTokens(prompt: Prompt): readonly number[] {
  const counts: number[] = [];
  for (const { parts } of prompt.messages) {
    for (const part of parts) {
      if (part.type === 'text' || !('data' in part.media)) continue;
      const kind = kindOf(part.media.mediaType);
      if (kind !== 'text' && kind !== 'other') counts.push(tokensOfMedia(part.type, part.media, estimateTokens));
    }
  }
  return counts;
}

/** All texts that an adapter may send, but for media: what a tokenizer counts where a provider reports no usage. */
export function textsOf(prompt: Prompt): readonly string[] {
  const texts: string[] = [];
  tokensOf(prompt, text => {
    texts.push(text);
    return 0;
  });
  return texts;
}

function tokensOf(prompt: Prompt, count: (text: string) => number): number {
  const { messages, tools, responseFormat, stop, providerOptions } = prompt;
  const callNames = new Map<string, string>();
  let tokens = 3;
  for (const message of messages) {
    tokens += tokensPerMessage + tokensOfParts(message.parts, count);
    for (const call of message.toolCalls) {
      callNames.set(call.id, call.name);
      tokens += tokensPerCall + count(call.name) + count(call.arguments) + count(call.id);
    }
    // Results are sent with the name of their call as well, where the protocol wants it.
    const { toolCallId, continuation } = message;
    if (toolCallId !== undefined) tokens += count(toolCallId) + count(callNames.get(toolCallId) ?? toolCallId);
    if (continuation !== undefined) tokens += timesSent(message) * tokensOfContinuation(continuation, count);
  }
  for (const tool of tools) {
    tokens += tokensPerTool + count(tool.name) + count(tool.description ?? '') + count(JSON.stringify(tool.parameters));
  }
  if (responseFormat.type === 'JSON_SCHEMA')
    tokens += count(responseFormat.name) + count(JSON.stringify(responseFormat.schema));
  for (const sequence of stop) tokens += count(sequence);
  for (const options of Object.values(providerOptions)) {
    if (options !== undefined) tokens += tokensOfOpaque(JSON.stringify(options), count);
  }
  return tokens;
}

function tokensOfParts(parts: readonly PromptPart[], count: (text: string) => number): number {
  let tokens = 0;
  for (const part of parts) {
    if (part.type === 'text') tokens += count(part.text);
    else tokens += tokensOfMedia(part.type, part.media, count) + count(part.media.name ?? '');
  }
  return tokens;
}

/** A signature in it goes out with each call of its id. */
function timesSent({ toolCalls }: PromptMessage): number {
  const times = new Map<string, number>();
  for (const { id } of toolCalls) times.set(id, (times.get(id) ?? 0) + 1);
  return Math.max(1, ...times.values());
}

function tokensOfContinuation(continuation: string, count: (text: string) => number): number {
  return tokensOfOpaque(Buffer.from(continuation, 'base64url').toString('utf8'), count);
}

function tokensOfOpaque(text: string, count: (text: string) => number): number {
  return Math.max(count(text), Math.ceil(Buffer.byteLength(text) / bytesPerOpaqueToken));
}

/** Judged by the media type first: adapters pass it on whatever the part is called. */
function kindOf(mediaType: string): MediaKind {
  const type = mediaType.toLowerCase();
  if (type.startsWith('image/')) return 'image';
  if (type.startsWith('audio/')) return 'audio';
  if (type.startsWith('application/pdf')) return 'pdf';
  return /^text\/|json|xml|yaml|csv|javascript/.test(type) ? 'text' : 'other';
}

function tokensOfMedia(type: 'image' | 'audio' | 'file', media: MediaSource, count: (text: string) => number): number {
  if ('url' in media) return Math.max(tokensPerMedia[type], Math.ceil(media.url.length / bytesPerOpaqueToken));
  const bytes = (media.data.length * 3) / 4;
  switch (kindOf(media.mediaType)) {
    case 'image':
      return tokensPerMedia.image;
    case 'audio':
      return Math.ceil(bytes / (/wav|pcm|l16/i.test(media.mediaType) ? waveBytesPerToken : audioBytesPerToken));
    case 'pdf':
      return Math.ceil(bytes / bytesPerPage) * tokensPerPage;
    case 'text':
      return tokensOfOpaque(Buffer.from(media.data, 'base64').toString('utf8'), count);
    case 'other':
      return Math.ceil(bytes / bytesPerOpaqueToken);
  }
}
