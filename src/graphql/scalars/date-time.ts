import { defineScalar } from './define-scalar.ts';
import { echoValue } from './echo-value.ts';

const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

/** An instant: milliseconds since the epoch inside, ISO 8601 in UTC outside. Input may carry an offset. */
export const dateTimeScalar = defineScalar({
  name: 'DateTime',
  description: 'An ISO 8601 instant in UTC with milliseconds.',
  read(value) {
    const at = typeof value === 'string' && instant.test(value) ? Date.parse(value) : Number.NaN;
    if (Number.isNaN(at) || !isRealDay(String(value))) {
      throw new TypeError(
        `an ISO 8601 instant with its offset, like "2026-11-22T10:00:00.000Z"; not${echoValue(value) || ' this'}`,
      );
    }
    return at;
  },
  write(value) {
    if (typeof value !== 'number' || Number.isNaN(value)) throw new TypeError('DateTime is kept in milliseconds');
    return new Date(value).toISOString();
  },
});

/** Date.parse takes 31 February for 3 March. */
function isRealDay(text: string): boolean {
  const day = text.slice(0, 10);
  const parsed = new Date(`${day}T00:00:00.000Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(day);
}
