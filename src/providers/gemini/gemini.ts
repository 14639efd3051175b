import type { WireProtocol } from '../wire-protocol.ts';
import { decodeContent } from './decode-answer.ts';
import { createContentStreamDecoder } from './decode-stream.ts';
import { allowedOptions, encodeRequest } from './encode-request.ts';
import { decodeFailure } from './read-error.ts';

/**
 * Google's `generateContent` and `streamGenerateContent`. Bound to a provider it makes continuations that go back to
 * that provider alone: the thought signatures in them are checked there.
 */
export const gemini: WireProtocol = createGemini(undefined);

function createGemini(providerId: string | undefined): WireProtocol {
  return {
    protocol: 'gemini',
    unsupportedParameters: ['parallelToolCalls'],
    allowedOptions,
    bindTo: provider => createGemini(provider.providerId),
    credentialHeaders: apiKey => ({ 'x-goog-api-key': apiKey }),
    encode: encodeRequest,
    decodeAnswer: body => decodeContent(body, providerId),
    createStreamDecoder: () => createContentStreamDecoder(providerId),
    decodeFailure,
  };
}
