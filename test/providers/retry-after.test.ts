import { expect, test } from 'vitest';
import { readRetryAfterMs } from '../../src/providers/retry-after.ts';

const now = Date.UTC(2026, 0, 1);
const date = (ms: number): string => new Date(ms).toUTCString();

test.each([
  [{ 'retry-after-ms': '250', 'retry-after': '9' }, 250],
  [{ 'retry-after-ms': 'x', 'retry-after': '9' }, 9_000],
  [{ 'retry-after': ' 1.5 ' }, 1_500],
  [{ 'retry-after': '0' }, 0],
  [{ 'retry-after': '999999999999' }, 60_000],
  [{ 'retry-after': date(now + 30_000) }, 30_000],
  [{ 'retry-after': date(now - 30_000) }, 0],
  [{ 'retry-after': date(now + 86_400_000) }, 60_000],
  [{ 'retry-after': date(now + 5_000), date: date(now + 2_000) }, 3_000],
  [{ 'retry-after': date(now + 5_000), date: 'yesterday' }, 5_000],
  [{}, undefined],
  ...['', '-1', '1e9', 'NaN', '0x10', 'tomorrow', '1;2', '9'.repeat(400), 'Mon, 99 Foo 2026 99:99:99 GMT'].map(
    garbage => [{ 'retry-after': garbage }, undefined] as const,
  ),
] as const)('reads %j as %j ms', (headers, expected) => {
  expect(readRetryAfterMs(headers, now)).toBe(expected);
});
