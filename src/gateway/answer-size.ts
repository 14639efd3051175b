import type { ProviderEvent, ProviderRequest } from '../providers/provider.ts';

/**
 * The most that one answer may hold, in UTF-16 units over all channels: 64 for each token that was allowed, some sixteen
 * times what text has on average, but at least 4 Mi (reasoning may come on top of the limit), and never more than the 32
 * MiB that a unary body may have. Beyond it a provider does not keep to the limit at all.
 */
export function mostUnits({ prompt }: ProviderRequest): number {
  return Math.min(Math.max(prompt.maxOutputTokens * 64, 4_194_304), 33_554_432);
}

/** What of an event the spend of a stream is measured by. */
export function textOf(event: ProviderEvent): string {
  if (event.type === 'tool-call') return event.arguments;
  return event.type === 'text' || event.type === 'reasoning' || event.type === 'refusal' ? event.text : '';
}

/** How much of an answer an event is; each one counts, so that a flood of empty ones ends too. */
export function unitsOf(event: ProviderEvent): number {
  switch (event.type) {
    case 'text':
    case 'reasoning':
    case 'refusal':
      return event.text.length + 1;
    case 'tool-call':
      return event.arguments.length + (event.name === undefined ? 1 : 64);
    case 'media':
    case 'continuation':
      return 64;
    default:
      return 1;
  }
}
