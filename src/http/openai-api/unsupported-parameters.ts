import { badInput } from '../../errors.ts';
import type { ChatRequestBody } from './chat-request-body.ts';

type Refusal = readonly [member: keyof ChatRequestBody, isAsked: (chat: ChatRequestBody) => boolean, why: string];

/** Parameters that OpenAI knows and that cannot be honoured here; `docs/openai-api.md` lists them. */
const refusals: readonly Refusal[] = [
  ['n', chat => chat.n != null && chat.n !== 1, 'one choice per request; send several requests'],
  ['logprobs', chat => chat.logprobs === true, 'log probabilities are not available'],
  ['top_logprobs', chat => chat.top_logprobs != null && chat.top_logprobs > 0, 'log probabilities are not available'],
  ['modalities', chat => (chat.modalities ?? []).some(modality => modality !== 'text'), 'answers are text only'],
  ['audio', chat => chat.audio != null, 'answers are text only'],
  ['store', chat => chat.store === true, 'the gateway does not have providers store completions'],
  [
    'service_tier',
    chat => chat.service_tier != null && chat.service_tier !== 'auto' && chat.service_tier !== 'default',
    'other tiers have other prices, which are not known',
  ],
  [
    'web_search_options',
    chat => chat.web_search_options != null,
    'searching the web is not available: tools that a provider runs itself are not passed on',
  ],
  ['plugins', chat => chat.plugins != null, 'tools that a provider runs itself are not passed on'],
  ['functions', chat => chat.functions != null, 'use tools'],
  ['function_call', chat => chat.function_call != null, 'use tool_choice'],
  [
    'max_tokens',
    ({ max_tokens: old, max_completion_tokens: limit }) => old != null && limit != null && old !== limit,
    'differs from max_completion_tokens; give one',
  ],
];

/** @throws {GatewayError} BAD_USER_INPUT, for the first parameter that cannot be honoured. */
export function refuseUnsupported(chat: ChatRequestBody): void {
  for (const [member, isAsked, why] of refusals) if (isAsked(chat)) throw badInput(member, why);
}
