const isoDuration = /^P(?:(\d{1,4})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9})(?:\.(\d{1,3}))?S)?)?$/;

/**
 * Reads an ISO 8601 duration of days, hours, minutes and seconds: `PT1M30S`, `PT0.5S`.
 *
 * Months and years are refused: they have no fixed length.
 *
 * @returns Milliseconds, or undefined where the text is not such a duration.
 */
export function parseDuration(text: string): number | undefined {
  const match = isoDuration.exec(text);
  if (match === null || text === 'P' || text.endsWith('T')) return undefined;
  const [, days = '0', hours = '0', minutes = '0', seconds = '0', fraction = ''] = match;
  const wholeSeconds = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
  return wholeSeconds * 1000 + Number(fraction.padEnd(3, '0'));
}
