import type { MediaSource, Prompt, PromptPart } from '../model/completion-request.ts';
import { estimateTokens } from './estimate-tokens.ts';

/** A slice is counted at once; byte pair encoding takes quadratic time in the length of a word. */
const sliceCharacters = 512;

/** Longer texts are counted in slices spread evenly over them: a hostile text takes up to 15 µs a character. */
const mostSlices = 64;

type Counter = (text: string) => number;

let counter: Counter | undefined;
/** The tokenizer keeps the words that it has seen; no prompt may stay in memory that way. */
let forget = (): void => {};
let loading: Promise<void> | undefined;

/** Loads the vocabulary (about 100 MB and a third of a second); until then `countTokens` estimates. */
export function loadTokenizer(): Promise<void> {
  loading ??= import('gpt-tokenizer/encoding/o200k_base').then(vocabulary => {
    counter = text => vocabulary.countTokens(text, { allowedSpecial: 'all' });
    forget = vocabulary.clearMergeCache;
  });
  return loading;
}

/**
 * Counts tokens with OpenAI's vocabulary o200k_base. Other vendors' counts differ by some percent.
 *
 * Exact but for a token where a slice ends, up to 32,768 characters; beyond that extrapolated from as many, taken from
 * all over the text. Linear in any text: long words are cut.
 */
export function countTokens(text: string): number {
  if (counter === undefined) return estimateTokens(text);
  // Each stretch of the text is represented by the slice that it begins with.
  const stretch = Math.max(sliceCharacters, Math.ceil(text.length / mostSlices));
  let tokens = 0;
  let counted = 0;
  for (let start = 0; start < text.length; ) {
    const end = sliceEnd(text, start);
    tokens += counter(text.slice(start, end));
    counted += end - start;
    start = stretch === sliceCharacters ? end : start + stretch;
  }
  forget();
  return counted === text.length ? tokens : Math.ceil((tokens * text.length) / counted);
}

/** Role and separators of a chat message (OpenAI cookbook, "How to count tokens with tiktoken"). */
const tokensPerMessage = 4;

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
const bytesPerTextToken = 3;

/** Estimates the input of a prompt for routing, without a vocabulary, leaning up. */
export function estimateInputTokens(prompt: Prompt): number {
  let tokens = 3;
  for (const message of prompt.messages) {
    tokens += tokensPerMessage;
    for (const part of message.parts) {
      tokens += part.type === 'text' ? estimateTokens(part.text) : estimateMedia(part.type, part.media);
    }
    for (const call of message.toolCalls) tokens += 8 + estimateTokens(call.name) + estimateTokens(call.arguments);
  }
  for (const tool of prompt.tools) {
    tokens +=
      12 +
      estimateTokens(tool.name) +
      estimateTokens(tool.description ?? '') +
      estimateTokens(JSON.stringify(tool.parameters));
  }
  if (prompt.responseFormat.type === 'JSON_SCHEMA')
    tokens += estimateTokens(JSON.stringify(prompt.responseFormat.schema));
  return tokens;
}

function estimateMedia(type: 'image' | 'audio' | 'file', media: MediaSource): number {
  if (type === 'image' || 'url' in media) return tokensPerMedia[type];
  const bytes = (media.data.length * 3) / 4;
  if (type === 'audio') {
    return Math.ceil(bytes / (/wav|pcm|l16/i.test(media.mediaType) ? waveBytesPerToken : audioBytesPerToken));
  }
  if (media.mediaType.startsWith('text/')) return Math.ceil(bytes / bytesPerTextToken);
  return Math.ceil(bytes / bytesPerPage) * tokensPerPage;
}

/** Cuts at white space where there is some in the second half of the slice, and never inside a surrogate pair. */
function sliceEnd(text: string, start: number): number {
  const most = start + sliceCharacters;
  if (most >= text.length) return text.length;
  for (let end = most; end > start + sliceCharacters / 2; end -= 1) {
    if (text.charCodeAt(end) === 32 || text.charCodeAt(end) === 10) return end;
  }
  const isInPair = (text.charCodeAt(most) & 0xfc00) === 0xdc00;
  return isInPair ? most - 1 : most;
}
