import { createHash } from 'node:crypto';
import type { Prompt } from '../../model/completion-request.ts';
import type { ChatRequestBody } from './chat-request-body.ts';

/** Longer session names of the header are refused; the body's are checked with the body. */
export const mostSessionCharacters = 256;

/**
 * The session that a chat belongs to, as OpenRouter's "Provider selection" names it (August 2026): `session_id`, else
 * the header `x-session-id`, else `prompt_cache_key`, else a digest of how the conversation begins, its first system and
 * its first other message.
 */
export function sessionOf(chat: ChatRequestBody, header: string | undefined, { messages }: Prompt): string {
  const named = chat.session_id ?? header ?? chat.prompt_cache_key;
  if (named !== undefined && named !== null) return named;
  const system = messages.find(({ role }) => role === 'SYSTEM');
  const other = messages.find(({ role }) => role !== 'SYSTEM');
  return createHash('sha256')
    .update(JSON.stringify([system?.parts, other?.parts]))
    .digest('base64url');
}
