import { GatewayError } from '../errors.ts';
import type { CompletionRequest } from '../model/completion-request.ts';
import type { Principal } from '../model/principal.ts';
import type { RunParts } from './core.ts';

/** What an idempotency store is told of a key and its input: keyed hashes. */
export interface IdempotencyHashes {
  readonly key: string;
  readonly input: string;
}

/**
 * Hashes a key in its scope (tenant, project, caller), and the input that it was sent with. How the answer is read, and which
 * endpoint is preferred for its session, is no part of the input: a twin may come by another entrance.
 *
 * @param commonRules How many rules every handle has. A handle with more is another input: its rules bind its own runs.
 */
export function idempotencyHashes(
  { hashIdempotency, rules }: RunParts,
  { tenantId, projectId, apiKeyId = '', user = '' }: Principal,
  request: CompletionRequest,
  idempotencyKey: string,
  commonRules: number,
): IdempotencyHashes {
  if (hashIdempotency === undefined) throw new GatewayError('STORE_UNAVAILABLE', 'There is no key to hash with.');
  const { stream: _how, hold: _when, sessionId: _where, ...input } = request;
  const further = rules.slice(commonRules).map(({ kind, settings }) => [kind, settings ?? null]);
  return {
    key: hashIdempotency(`key\n${JSON.stringify([tenantId, projectId, apiKeyId, user, idempotencyKey])}`),
    input: hashIdempotency(`input\n${canonical([input, further])}`),
  };
}

/** JSON whose members are in the order of their names, so that two entrances write one input alike. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => {
    if (typeof member === 'bigint') return member.toString();
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([left], [right]) => (left < right ? -1 : 1)));
  });
}
