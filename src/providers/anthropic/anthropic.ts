import type { WireProtocol } from '../wire-protocol.ts';
import { decodeMessage } from './decode-answer.ts';
import { createMessageStreamDecoder } from './decode-stream.ts';
import { encodeRequest } from './encode-request.ts';
import { decodeFailure } from './read-error.ts';

/**
 * Messages, as Anthropic and vendors that copy its API speak it. Bound to a provider it makes continuations that go
 * back to that provider alone: the signatures in them are checked there.
 *
 * `providerOptions` sets nothing here: what the API takes beyond the neutral form changes what is kept, what it costs
 * (`service_tier`, `speed`), or where the prompt goes (`container`, `mcp_servers`, `inference_geo`, server tools).
 */
export const anthropic: WireProtocol = createAnthropic(undefined);

function createAnthropic(providerId: string | undefined): WireProtocol {
  return {
    protocol: 'anthropic',
    unsupportedParameters: ['seed', 'frequencyPenalty', 'presencePenalty'],
    allowedOptions: [],
    bindTo: provider => createAnthropic(provider.providerId),
    credentialHeaders: apiKey => ({ 'x-api-key': apiKey }),
    encode: encodeRequest,
    decodeAnswer: body => decodeMessage(body, providerId),
    createStreamDecoder: () => createMessageStreamDecoder(providerId),
    decodeFailure,
  };
}
