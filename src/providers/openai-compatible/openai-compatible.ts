import { parseJson } from '../json-value.ts';
import { readRetryAfterMs } from '../retry-after.ts';
import type { WireProtocol } from '../wire-protocol.ts';
import { decodeChatAnswer } from './decode-answer.ts';
import { createChatStreamDecoder } from './decode-stream.ts';
import { dialectOf, type OpenaiDialect, openDialect } from './dialect.ts';
import { allowedOptions, encodeRequest } from './encode-request.ts';
import { readError } from './read-error.ts';

/**
 * Chat completions, as OpenAI, Azure OpenAI, Groq, DeepSeek, Mistral, xAI, OpenRouter, Together, vLLM, Ollama and many
 * others speak it. Bound to a provider it uses that vendor's dialect, chosen by the host of the base URL, and makes
 * continuations that go back to that provider alone.
 */
export const openaiCompatible: WireProtocol = createOpenaiCompatible(openDialect, undefined);

function createOpenaiCompatible(dialect: OpenaiDialect, providerId: string | undefined): WireProtocol {
  return {
    protocol: 'openai',
    unsupportedParameters: dialect.takesTopK ? [] : ['topK'],
    allowedOptions,
    bindTo: provider => createOpenaiCompatible(dialectOf(provider.baseUrl), provider.providerId),
    credentialHeaders: apiKey =>
      dialect.credential === 'api-key' ? { 'api-key': apiKey } : { authorization: `Bearer ${apiKey}` },
    encode: request => encodeRequest(request, dialect),
    decodeAnswer: body => decodeChatAnswer(body, providerId),
    createStreamDecoder: () => createChatStreamDecoder(providerId),
    decodeFailure(head, body) {
      const retryAfterMs = readRetryAfterMs(head.headers);
      return readError(parseJson(body), {
        status: head.status,
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      });
    },
  };
}
