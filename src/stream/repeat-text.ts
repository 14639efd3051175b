/** Waits until a text has said again, to the letter, what was delivered of another. */
export interface TextRepetition {
  /** @returns What follows the repetition; undefined where the text says something else. */
  push(text: string): string | undefined;
  /** Whether all of it was said again. */
  readonly isComplete: boolean;
}

/** Makes the comparison with what was delivered. */
export function createRepetition(delivered: string): TextRepetition {
  let at = 0;
  return {
    get isComplete() {
      return at === delivered.length;
    },
    push(text) {
      const length = Math.min(text.length, delivered.length - at);
      if (!delivered.startsWith(text.slice(0, length), at)) return undefined;
      at += length;
      return text.slice(length);
    },
  };
}
