import type { FinishReason } from '../../model/completion.ts';
import type { FailureKind } from '../provider.ts';

/** What a `finish_reason` says: how the answer ended, or that it broke. */
export type FinishWord = { readonly reason: FinishReason } | { readonly failure: FailureKind };

const words: Readonly<Record<string, FinishWord>> = {
  stop: { reason: 'STOP' },
  eos: { reason: 'STOP' },
  length: { reason: 'LENGTH' },
  max_tokens: { reason: 'LENGTH' },
  model_length: { reason: 'LENGTH' },
  tool_calls: { reason: 'TOOL_CALLS' },
  tool_use: { reason: 'TOOL_CALLS' },
  function_call: { reason: 'TOOL_CALLS' },
  content_filter: { reason: 'CONTENT_FILTER' },
  sensitive: { reason: 'CONTENT_FILTER' },
  refusal: { reason: 'REFUSAL' },
  error: { failure: 'server' },
  network_error: { failure: 'server' },
  insufficient_system_resource: { failure: 'overloaded' },
  abort: { failure: 'cut' },
};

/**
 * Reads a `finish_reason`; null, the empty string and absence say nothing yet.
 *
 * A word that is not known here still ends the answer as the protocol says, and counts as STOP.
 */
export function readFinish(value: unknown): FinishWord | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  return Object.hasOwn(words, value) ? words[value] : { reason: 'STOP' };
}
