/** A text as detectors read it, with the way back to the original. */
export interface ReadableText {
  readonly text: string;
  /** Where the character at this place of the readable text begins in the original; its length at the end. */
  originalAt(index: number): number;
}

const plainAscii = /^[\t\n\r\x20-\x7e]*$/;
/** Characters that are not seen: format characters, variation selectors, soft hyphens. */
const unseen = /^(?:\p{Cf}|\p{Variation_Selector}|\u034f|\u115f|\u1160|\u17b4|\u17b5|\u3164|\uffa0)$/u;
const blank = /^[\p{Zs}]$/u;
const dash = /^\p{Pd}$/u;
const digit = /^\p{Nd}$/u;

/**
 * Undoes what keeps a value readable for people and hides it from patterns: characters that are not seen, full-width and
 * other compatibility forms (NFKC), digits of other scripts, and blanks and dashes of all kinds. Plain ASCII stays as it is.
 */
export function readableText(text: string): ReadableText {
  if (plainAscii.test(text)) return { text, originalAt: index => index };
  const pieces: string[] = [];
  const places: number[] = [];
  let at = 0;
  for (const character of text) {
    const readable = character <= '\x7e' ? character : remembered(character);
    pieces.push(readable);
    for (let unit = 0; unit < readable.length; unit += 1) places.push(at);
    at += character.length;
  }
  places.push(text.length);
  return { text: pieces.join(''), originalAt: index => places[index] ?? text.length };
}

/** Scripts of the world have some thousands of characters in use; beyond so many it is found out anew. */
const mostRemembered = 20_000;
const known = new Map<string, string>();

function remembered(character: string): string {
  let readable = known.get(character);
  if (readable === undefined) {
    readable = readableCharacter(character);
    if (known.size < mostRemembered) known.set(character, readable);
  }
  return readable;
}

function readableCharacter(character: string): string {
  if (unseen.test(character)) return '';
  if (blank.test(character)) return ' ';
  if (dash.test(character)) return '-';
  if (digit.test(character)) return String(decimalValue(character));
  return character.normalize('NFKC');
}

/** Decimal digits stand in runs of ten, in order, the first at a place that ten digits before it are none. */
function decimalValue(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  for (let value = 0; value < 10; value += 1) {
    const isFirst = !digit.test(String.fromCodePoint(code - value - 1));
    if (isFirst) return value;
  }
  // Mathematical digits stand in runs that touch: NFKC knows them.
  return Number(character.normalize('NFKC'));
}
