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
