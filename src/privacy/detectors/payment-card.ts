import type { Detector, Match } from '../detector.ts';

const fewestDigits = 12;
const mostDigits = 19;
/** Nineteen digits, each with a separator after it. */
const longestCard = mostDigits * 2;

interface DigitGroup {
  readonly start: number;
  readonly end: number;
}

/**
 * Numbers of payment cards: a valid check digit (Luhn, ISO/IEC 7812-1 annex B) and the leading digits and length of an
 * issuing network, in groups that single blanks or dashes separate.
 */
export const paymentCard: Detector = {
  kind: 'PAYMENT_CARD',
  find(text) {
    const found: Match[] = [];
    for (const groups of chainsOf(text)) {
      for (let first = 0; first < groups.length; first += 1) {
        const last = lastGroupOfCard(text, groups, first);
        const [start, end] = [groups[first]?.start, groups[last ?? -1]?.end];
        if (last === undefined || start === undefined || end === undefined) continue;
        found.push({ start, end });
        first = last;
      }
    }
    return found;
  },
  pendingFrom(text) {
    const earliest = Math.max(0, text.length - longestCard);
    let from = text.length;
    while (from > earliest && /[\d -]/.test(text[from - 1] ?? '')) from -= 1;
    while (from < text.length && !/\d/.test(text[from] ?? '')) from += 1;
    return from;
  },
};

/** Runs of groups of digits with one separator between two, that touch no letter. */
function* chainsOf(text: string): Generator<readonly DigitGroup[]> {
  let chain: DigitGroup[] = [];
  for (const { 0: digits, index } of text.matchAll(/\d+/g)) {
    const group = { start: index, end: index + digits.length };
    const previous = chain.at(-1);
    const gap = previous === undefined ? '' : text.slice(previous.end, group.start);
    if (previous !== undefined && !/^[ -]$/.test(gap)) {
      yield chain;
      chain = [];
    }
    chain.push(group);
  }
  if (chain.length > 0) yield chain;
}

/** The longest card that begins with this group. */
function lastGroupOfCard(text: string, groups: readonly DigitGroup[], first: number): number | undefined {
  const start = groups[first]?.start ?? 0;
  if (touchesWord(text[start - 1]) || /\d[.,]$/.test(text.slice(Math.max(0, start - 2), start))) return undefined;
  let digits = '';
  let found: number | undefined;
  for (let last = first; last < groups.length; last += 1) {
    const group = groups[last];
    if (group === undefined || digits.length + group.end - group.start > mostDigits) break;
    digits += text.slice(group.start, group.end);
    if (digits.length < fewestDigits || touchesWord(text[group.end])) continue;
    if (isOfNetwork(digits) && hasCheckDigit(digits)) found = last;
  }
  return found;
}

function touchesWord(unit: string | undefined): boolean {
  return unit !== undefined && /[\p{L}\p{N}_]/u.test(unit);
}

/** Leading digits and lengths, from the networks' own published ranges (as of November 2026). */
const networks: readonly (readonly [leading: RegExp, lengths: readonly number[]])[] = [
  [/^4/, [13, 16, 19]],
  [/^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, [16]],
  [/^3[47]/, [15]],
  [/^(?:6011|64[4-9]|65|622)/, [16, 17, 18, 19]],
  [/^(?:36|38|39|30[0-5])/, [14, 16, 17, 18, 19]],
  [/^35(?:2[89]|[3-8])/, [16, 17, 18, 19]],
  [/^(?:2131|1800)/, [15]],
  [/^(?:62|81)/, [16, 17, 18, 19]],
  [/^220[0-4]/, [16, 17, 18, 19]],
  [/^(?:50|5[6-8]|6[0-9])/, [12, 13, 14, 15, 16, 17, 18, 19]],
  [/^(?:82|9792|1)/, [15, 16]],
];

function isOfNetwork(digits: string): boolean {
  return networks.some(([leading, lengths]) => lengths.includes(digits.length) && leading.test(digits));
}

function hasCheckDigit(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const value = Number(digits[digits.length - 1 - index]);
    const weighted = index % 2 === 0 ? value : value * 2;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  // A row of zeros has a check digit as well.
  return sum % 10 === 0 && !/^(\d)\1+$/.test(digits);
}
