import type { FinishReason } from '../../model/completion.ts';
import type { FailureKind } from '../provider.ts';

/** What a `finishReason` says: how the answer ended, or that it broke. */
export type FinishWord = { readonly reason: FinishReason } | { readonly failure: FailureKind };

/** https://ai.google.dev/api/generate-content#FinishReason, and Vertex AI's. */
const words: Readonly<Record<string, FinishWord>> = {
  STOP: { reason: 'STOP' },
  MAX_TOKENS: { reason: 'LENGTH' },
  SAFETY: { reason: 'CONTENT_FILTER' },
  RECITATION: { reason: 'CONTENT_FILTER' },
  LANGUAGE: { reason: 'CONTENT_FILTER' },
  BLOCKLIST: { reason: 'CONTENT_FILTER' },
  PROHIBITED_CONTENT: { reason: 'CONTENT_FILTER' },
  SPII: { reason: 'CONTENT_FILTER' },
  MODEL_ARMOR: { reason: 'CONTENT_FILTER' },
  IMAGE_SAFETY: { reason: 'CONTENT_FILTER' },
  IMAGE_PROHIBITED_CONTENT: { reason: 'CONTENT_FILTER' },
  IMAGE_RECITATION: { reason: 'CONTENT_FILTER' },
  MISSING_THOUGHT_SIGNATURE: { failure: 'bad-request' },
};

/**
 * Reads a `finishReason`; absence says nothing yet.
 *
 * The others (MALFORMED_FUNCTION_CALL, UNEXPECTED_TOOL_CALL, TOO_MANY_TOOL_CALLS, MALFORMED_RESPONSE, NO_IMAGE, OTHER),
 * and words not known here, mean that the model came to no answer: another attempt may.
 */
export function readFinish(value: string): FinishWord {
  return (Object.hasOwn(words, value) ? words[value] : undefined) ?? { failure: 'server' };
}
