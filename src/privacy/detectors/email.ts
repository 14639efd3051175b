import type { Detector, Match } from '../detector.ts';

/** RFC 5321, 4.5.3.1: 64 octets before the @, 255 after it. */
const longestLocal = 64;
const longestDomain = 255;
const localUnit = /[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]/u;
const domainUnit = /[\p{L}\p{N}.-]/u;
const domainShape = /^(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+(?:xn--[a-z0-9-]{2,59}|\p{L}{2,63})/iu;
/** Punctuation that may stand before an address without being part of it. */
const leading = /^[.!#$%&'*+/=?^`{|}~-]+/;

/** E-mail addresses with a domain that has a dot, of any script. */
export const email: Detector = {
  kind: 'EMAIL',
  find(text) {
    const found: Match[] = [];
    for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
      const start = localStart(text, at);
      const domain = domainShape.exec(text.slice(at + 1, at + 1 + longestDomain))?.[0];
      if (start === at || domain === undefined) continue;
      const end = at + 1 + domain.length;
      const before = found.at(-1);
      if (before === undefined || start >= before.end) found.push({ start, end });
    }
    return found;
  },
  pendingFrom(text) {
    const earliest = Math.max(0, text.length - longestLocal - longestDomain - 1);
    let from = text.length;
    while (from > earliest && isUnit(text[from - 1] ?? '')) from -= 1;
    return from;
  },
};

function isUnit(unit: string): boolean {
  return unit === '@' || localUnit.test(unit) || domainUnit.test(unit) || isSurrogate(unit);
}

/** Half of a character beyond the first plane: it may be a letter. */
function isSurrogate(unit: string): boolean {
  return unit >= '\ud800' && unit <= '\udfff';
}

function localStart(text: string, at: number): number {
  let start = at;
  while (start > 0 && at - start < longestLocal && localUnit.test(text[start - 1] ?? '')) start -= 1;
  const punctuation = leading.exec(text.slice(start, at))?.[0].length ?? 0;
  return start + punctuation;
}
