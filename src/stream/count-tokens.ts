import type { Prompt, PromptPart } from '../model/completion-request.ts';

/** A slice is counted at once; byte pair encoding takes quadratic time in the length of a word. */
const sliceCharacters = 512;

/** Of a longer text the beginning is counted and the rest taken to be alike, so that counting stays quick. */
const mostCountedCharacters = 65_536;

type Counter = (text: string) => number;

let counter: Counter | undefined;
let loading: Promise<void> | undefined;

/** Loads the vocabulary (about 100 MB and a third of a second); until then `countTokens` estimates. */
export function loadTokenizer(): Promise<void> {
  loading ??= import('gpt-tokenizer/encoding/o200k_base').then(vocabulary => {
    counter = text => vocabulary.countTokens(text, { allowedSpecial: 'all' });
  });
  return loading;
}

/**
 * Counts tokens with OpenAI's vocabulary o200k_base. Other vendors' counts differ by some percent.
 *
 * Linear in the length of the text: long words are cut, and beyond 65,536 characters the rest is extrapolated.
 */
export function countTokens(text: string): number {
  if (counter === undefined) return estimateTokens(text);
  const counted = text.length > mostCountedCharacters ? text.slice(0, mostCountedCharacters) : text;
  let tokens = 0;
  for (let start = 0; start < counted.length; ) {
    const end = sliceEnd(counted, start);
    tokens += counter(counted.slice(start, end));
    start = end;
  }
  return Math.ceil((tokens * text.length) / Math.max(1, counted.length));
}

/**
 * Estimates tokens quickly, leaning up: four characters of plain words to a token, two of everything else in ASCII (digits,
 * punctuation, base64), one and a half tokens for two characters of other scripts.
 */
export function estimateTokens(text: string): number {
  let plain = 0;
  let dense = 0;
  let foreign = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if ((code >= 97 && code <= 122) || code === 32) plain += 1;
    else if (code < 128) dense += 1;
    else foreign += 1;
  }
  return Math.ceil(plain / 3.5 + dense / 1.5 + foreign * 0.8);
}

/** Role and separators of a chat message (OpenAI cookbook, "How to count tokens with tiktoken"). */
const tokensPerMessage = 4;

/**
 * What one item of media counts: an image of 1,600 tokens is Anthropic's largest ("Vision"), OpenAI's high detail tops at
 * 1,445; a minute of audio is 1,920 at Gemini's 32 a second; a file counts as about ten pages at 258 (Gemini, "Documents").
 */
const tokensPerMedia: Readonly<Record<Exclude<PromptPart['type'], 'text'>, number>> = {
  image: 1_600,
  audio: 1_920,
  file: 2_580,
};

/** Estimates the input of a prompt for routing, without a vocabulary, leaning up. */
export function estimateInputTokens(prompt: Prompt): number {
  let tokens = 3;
  for (const message of prompt.messages) {
    tokens += tokensPerMessage;
    for (const part of message.parts) {
      tokens += part.type === 'text' ? estimateTokens(part.text) : tokensPerMedia[part.type];
    }
    for (const call of message.toolCalls) tokens += 8 + estimateTokens(call.name) + estimateTokens(call.arguments);
  }
  for (const tool of prompt.tools) {
    tokens += 12 + estimateTokens(tool.description ?? '') + estimateTokens(JSON.stringify(tool.parameters));
  }
  if (prompt.responseFormat.type === 'JSON_SCHEMA') tokens += estimateTokens(JSON.stringify(prompt.responseFormat.schema));
  return tokens;
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
