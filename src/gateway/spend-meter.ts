import type { Price } from '../model/catalog.ts';
import type { NanoDollars } from '../model/money.ts';
import { costOf, noTokens, type ReportedUsage } from '../model/usage.ts';
import { countTokens, loadTokenizer } from '../stream/count-tokens.ts';

/** Tells when a stream has cost what was reserved for it. */
export interface SpendMeter {
  /** @returns True where what came before has used up the reservation, so that nothing more may follow. */
  add(text: string): boolean;
}

export interface SpendMeterOptions {
  /** What was reserved. */
  readonly amount: NanoDollars;
  readonly price: Price | undefined;
  /** As counted here, until the provider reports its own count. */
  readonly inputTokens: number;
  /** What the provider has reported so far. */
  readonly reported: () => ReportedUsage;
}

/** Counting is worth its while once so much has come: some 200 tokens. */
const stretchCharacters = 1_024;
/** Running text has some four; what is not counted yet is taken for less than it will be, so that nothing is cut too early. */
const mostCharactersPerToken = 8;
/** A rare character takes up to three. */
const mostTokensPerCharacter = 3;

/**
 * Measures a stream as it passes. While even the dearest text of this length fits the reservation nothing is counted, which
 * is nearly always.
 */
export function createSpendMeter({ amount, price, inputTokens: counted, reported }: SpendMeterOptions): SpendMeter {
  let countedTokens = 0;
  let pending = '';
  let hasVocabulary = false;
  let isLoading = false;

  function costWith(outputTokens: number): NanoDollars {
    const { inputTokens = counted } = reported();
    return costOf({ ...noTokens, inputTokens, outputTokens }, price) ?? 0n;
  }

  function count(): void {
    if (!isLoading) {
      isLoading = true;
      // Without the vocabulary nothing is counted exactly, and nothing is cut but by the least that it can be.
      loadTokenizer().then(
        () => {
          hasVocabulary = true;
        },
        () => {},
      );
    }
    if (!hasVocabulary || pending.length < stretchCharacters) return;
    countedTokens += countTokens(pending);
    pending = '';
  }

  return {
    add(text) {
      const { outputTokens = 0 } = reported();
      const most = countedTokens + pending.length * mostTokensPerCharacter;
      let isUsedUp = false;
      if (costWith(Math.max(outputTokens, most)) >= amount) {
        count();
        const least = countedTokens + Math.floor(pending.length / mostCharactersPerToken);
        isUsedUp = costWith(Math.max(outputTokens, least)) >= amount;
      }
      pending += text;
      return isUsedUp;
    },
  };
}
