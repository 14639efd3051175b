import type { OutgoingHttpHeaders } from 'node:http';
import type { RateLimitLeft } from '../../gateway/rate-limiting.ts';

/** What is left of the rate limits, in the headers that OpenAI's clients read: `x-ratelimit-remaining-requests` and the like. */
export function rateLimitHeaders(left: readonly RateLimitLeft[]): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {};
  for (const { unit, limit, remaining, resetAfterMs } of left) {
    headers[`x-ratelimit-limit-${unit}`] = String(limit);
    headers[`x-ratelimit-remaining-${unit}`] = String(remaining);
    headers[`x-ratelimit-reset-${unit}`] = written(resetAfterMs);
  }
  return headers;
}

/** As OpenAI writes durations: `1s`, `6m0s`, `250ms`. */
function written(durationMs: number): string {
  const wholeMs = Math.ceil(durationMs);
  if (wholeMs < 1_000) return `${wholeMs}ms`;
  const seconds = Math.ceil(wholeMs / 1_000);
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  const parts = [hours > 0 ? `${hours}h` : '', hours > 0 || minutes > 0 ? `${minutes}m` : ''];
  return `${parts.join('')}${seconds % 60}s`;
}
