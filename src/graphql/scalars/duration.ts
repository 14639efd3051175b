import { defineScalar } from './define-scalar.ts';
import { echoValue } from './echo-value.ts';

const pattern =
  /^P(?:(\d{1,5})W|(?:(\d{1,6})D)?(?:T(?=\d)(?:(\d{1,7})H)?(?:(\d{1,8})M)?(?:(\d{1,9})(?:\.(\d{1,3}))?S)?)?)$/;
const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const longestMs = 36_525 * day;

/**
 * A setting of time: milliseconds inside, ISO 8601 outside.
 *
 * Weeks, days, hours, minutes and seconds, with at most three places. Months and years have no fixed length and are
 * refused. At most a hundred years.
 */
export const durationScalar = defineScalar({
  name: 'Duration',
  description:
    'A setting of time as ISO 8601, such as PT30S or P30D. Measured times are numbers of milliseconds instead.',
  read(value) {
    const durationMs = typeof value === 'string' ? parseDuration(value) : undefined;
    if (durationMs === undefined) {
      throw new TypeError(
        `an ISO 8601 duration of days, hours, minutes and seconds, like "PT30S" or "P30D"; months and years have no fixed length; not${echoValue(value) || ' this'}`,
      );
    }
    if (durationMs > longestMs) throw new TypeError('at most P36525D');
    return durationMs;
  },
  write(value) {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
      throw new TypeError('Duration is kept in whole milliseconds');
    }
    return formatDuration(value);
  },
});

function parseDuration(text: string): number | undefined {
  const match = pattern.exec(text);
  if (match === null || text === 'P') return undefined;
  const [, weeks = '0', days = '0', hours = '0', minutes = '0', seconds = '0', places = ''] = match;
  return (
    Number(weeks) * 7 * day +
    Number(days) * day +
    Number(hours) * hour +
    Number(minutes) * minute +
    Number(seconds) * second +
    Number(places.padEnd(3, '0'))
  );
}

function formatDuration(durationMs: number): string {
  if (durationMs === 0) return 'PT0S';
  const days = Math.floor(durationMs / day);
  const hours = Math.floor((durationMs % day) / hour);
  const minutes = Math.floor((durationMs % hour) / minute);
  const seconds = (durationMs % minute) / second;
  const date = days === 0 ? '' : `${days}D`;
  const time = `${hours === 0 ? '' : `${hours}H`}${minutes === 0 ? '' : `${minutes}M`}${seconds === 0 ? '' : `${seconds}S`}`;
  return `P${date}${time === '' ? '' : `T${time}`}`;
}
