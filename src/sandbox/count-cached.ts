import { hash } from 'node:crypto';
import { countTokens, loadTokenizer } from '../stream/count-tokens.ts';

/** Beyond it the oldest are forgotten. Counts are kept by digest: no text stays in memory. */
const rememberedCounts = 4096;
const counts = new Map<string, number>();

let isReady = false;

/** Runs at once where the vocabulary is loaded, else as soon as it is: a count is never an estimate here. */
export function whenCounting(run: () => void): void {
  if (isReady) {
    run();
    return;
  }
  loadTokenizer().then(() => {
    isReady = true;
    run();
  });
}

/** Tokens of a text; free for what was counted lately, as fixed answers and a benchmark's prompts are. */
export function tokensOf(text: string): number {
  if (text === '') return 0;
  const key = hash('sha1', text, 'base64');
  const known = counts.get(key);
  if (known !== undefined) return known;
  const counted = countTokens(text);
  if (counts.size >= rememberedCounts) {
    for (const oldest of counts.keys()) {
      counts.delete(oldest);
      break;
    }
  }
  counts.set(key, counted);
  return counted;
}

/** How many of the first pieces stay within `maxTokens`. */
export function countPieces(pieces: readonly string[], maxTokens: number): number {
  let fits = 0;
  let exceeds = Math.min(pieces.length, maxTokens * 8) + 1;
  while (exceeds - fits > 1) {
    const middle = (fits + exceeds) >> 1;
    if (countTokens(pieces.slice(0, middle).join('')) <= maxTokens) fits = middle;
    else exceeds = middle;
  }
  return fits;
}
