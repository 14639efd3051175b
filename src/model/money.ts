/**
 * An exact amount of US dollars in nano-dollars: 1 dollar is 1_000_000_000n.
 *
 * Unit prices are whole nano-dollars per million tokens, so a cost is rounded once, up, per attempt.
 */
export type NanoDollars = bigint;

const nanosPerDollar = 1_000_000_000n;
const decimalDollars = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?$/;

/**
 * Reads a decimal string of US dollars with at most nine places.
 *
 * @returns Nano-dollars, or undefined where the text is not such a number.
 */
export function parseDollars(text: string): NanoDollars | undefined {
  const match = decimalDollars.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '0', places = ''] = match;
  const nanos = BigInt(whole) * nanosPerDollar + BigInt(places.padEnd(9, '0'));
  return sign === '-' ? -nanos : nanos;
}

/** Writes nano-dollars as decimal dollars without trailing zeros: 1_175_990n is "0.00117599". */
export function formatDollars(nanoDollars: NanoDollars): string {
  const sign = nanoDollars < 0n ? '-' : '';
  const amount = nanoDollars < 0n ? -nanoDollars : nanoDollars;
  const whole = amount / nanosPerDollar;
  const places = (amount % nanosPerDollar).toString().padStart(9, '0').replace(/0+$/, '');
  return places === '' ? `${sign}${whole}` : `${sign}${whole}.${places}`;
}

/** Rounds a floating number of dollars up to whole nano-dollars. For estimates and scores only, never for a bill. */
export function nanoDollarsFromNumber(dollars: number): NanoDollars {
  return BigInt(Math.ceil(dollars * 1e9));
}

/** The larger of two amounts. */
export function maxNanoDollars(left: NanoDollars, right: NanoDollars): NanoDollars {
  return left > right ? left : right;
}
