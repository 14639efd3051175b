import { createRepetition } from './repeat-text.ts';

/** Joins a text that goes on where another was cut: what it says again is left out. */
export interface OverlapTrimmer {
  /** Takes the next piece. @returns What can be let out; it waits while it may still be a repetition. */
  push(text: string): string;
  /** Nothing follows. @returns The rest. */
  flush(): string;
  /** It began the text anew and then said something else: no part of it goes on where the other was cut. */
  readonly hasDiverged: boolean;
}

export interface OverlapOptions {
  /** What the one who goes on was given to go on from. */
  readonly sent: string;
  /** What was delivered after it and not sent: white space that no model continues well from, half a character. */
  readonly unsent: string;
}

/** What is shorter may be there by chance. */
export const leastOverlap = 12;
/** An overlap ends within so many characters, and so long what may become one waits at most. */
export const seamCharacters = 200;

/**
 * Makes the trimmer of one seam.
 *
 * Left out is the longest end of `sent` that the new text begins with, of 12 to 200 characters, or all of `sent`, as some
 * vendors give back what they went on from; and then `unsent`, as far as it is said again.
 */
export function createOverlapTrimmer({ sent, unsent }: OverlapOptions): OverlapTrimmer {
  const tail = sent.slice(-seamCharacters);
  const beginning = sent.length > seamCharacters ? sent.slice(0, seamCharacters) : undefined;
  let phase: 'overlap' | 'anew' | 'unsent' | 'through' | 'diverged' = 'overlap';
  const anew = createRepetition(sent);
  let held = '';

  /** Goes on with what was held in the next phase. */
  function settle(isWhole: boolean): string {
    if (phase === 'overlap') {
      const isSettled = isWhole || held.length >= seamCharacters;
      if (beginning !== undefined && held.startsWith(beginning)) phase = 'anew';
      else if (beginning !== undefined && !isSettled && beginning.startsWith(held)) return '';
      else {
        const length = overlapLength(held, tail, isSettled);
        if (length === undefined) return '';
        held = held.slice(length);
        phase = 'unsent';
      }
    }
    if (phase === 'anew') {
      const rest = anew.push(held);
      held = rest ?? '';
      if (rest === undefined || (isWhole && !anew.isComplete)) phase = 'diverged';
      if (phase === 'diverged' || !anew.isComplete) return '';
      phase = 'unsent';
    }
    const again = commonLength(held, unsent);
    if (!isWhole && again === held.length && again < unsent.length) return '';
    phase = 'through';
    const out = held.slice(again);
    held = '';
    return out;
  }

  return {
    get hasDiverged() {
      return phase === 'diverged';
    },
    push(text) {
      if (phase === 'diverged') return '';
      if (phase === 'through') return text;
      held += text;
      return settle(false);
    },
    flush: () => (phase === 'through' || phase === 'diverged' ? '' : settle(true)),
  };
}

/**
 * The longest end of `tail` that `text` begins with, 0 where none is long enough; undefined while more text could make it
 * a longer one.
 */
function overlapLength(text: string, tail: string, isSettled: boolean): number | undefined {
  for (let start = 0; start <= tail.length - leastOverlap; start += 1) {
    const length = Math.min(text.length, tail.length - start);
    if (isInsideCharacter(tail, start) || !tail.startsWith(text.slice(0, length), start)) continue;
    if (length === tail.length - start) return length;
    if (!isSettled) return undefined;
  }
  return 0;
}

/** Nothing is said again from the middle of a character on. */
function isInsideCharacter(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff;
}

function commonLength(left: string, right: string): number {
  const most = Math.min(left.length, right.length);
  for (let at = 0; at < most; at += 1) if (left[at] !== right[at]) return at;
  return most;
}
