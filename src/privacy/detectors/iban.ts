import type { Detector, Match } from '../detector.ts';

/** Lengths by country, from the IBAN Registry of SWIFT (release 99). */
const lengths: ReadonlyMap<string, number> = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 ' +
    'FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 ' +
    'LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 ' +
    'SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map(entry => [entry.slice(0, 2), Number(entry.slice(2))]),
);
const start = /(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?=[ -]?[A-Za-z0-9])/g;
/** 34 characters (ISO 13616), and a separator after each. */
const longestIban = 68;
const unfinished = /(?<![A-Za-z0-9])[A-Za-z](?:[A-Za-z](?:\d(?:\d(?:[ -]?[A-Za-z0-9]){0,30}[ -]?)?)?)?$/;

/** International bank account numbers: the length of the country, and check digits by modulo 97 (ISO 7064). */
export const iban: Detector = {
  kind: 'IBAN',
  find(text) {
    const found: Match[] = [];
    for (const { index } of text.matchAll(start)) {
      const before = found.at(-1);
      if (before !== undefined && index < before.end) continue;
      const end = endOfIban(text, index);
      if (end !== undefined) found.push({ start: index, end });
    }
    return found;
  },
  pendingFrom(text) {
    const tailStart = Math.max(0, text.length - longestIban - 1);
    const tail = text.slice(tailStart);
    const match = unfinished.exec(tail);
    return match === null ? text.length : tailStart + match.index;
  },
};

function endOfIban(text: string, from: number): number | undefined {
  const length = lengths.get(text.slice(from, from + 2).toUpperCase());
  if (length === undefined) return undefined;
  let compact = '';
  let end = from;
  while (compact.length < length) {
    const unit = text[end] ?? '';
    if (/[A-Za-z0-9]/.test(unit)) compact += unit;
    else if (!/[ -]/.test(unit) || !/[A-Za-z0-9]/.test(text[end - 1] ?? '')) return undefined;
    end += 1;
  }
  if (/[\p{L}\p{N}]/u.test(text[end] ?? '')) return undefined;
  return hasCheckDigits(compact.toUpperCase()) ? end : undefined;
}

function hasCheckDigits(compact: string): boolean {
  let remainder = 0;
  for (const unit of compact.slice(4) + compact.slice(0, 4)) {
    for (const figure of Number.parseInt(unit, 36).toString()) remainder = (remainder * 10 + Number(figure)) % 97;
  }
  return remainder === 1;
}
