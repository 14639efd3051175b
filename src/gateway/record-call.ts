import type { Endpoint } from '../model/catalog.ts';
import type { ProviderFailure } from '../providers/provider.ts';
import type { CredentialPool } from '../routing/credential-pool.ts';
import type { AttemptEnd } from './attempt.ts';
import type { RunParts } from './core.ts';
import { meaningOf, retryAfterOf } from './failure.ts';
import { tellAlert } from './observe.ts';
import { uuidV7 } from './uuid-v7.ts';

/** What the recorder of a call works with. */
export type RecordParts = Pick<RunParts, 'health' | 'clock' | 'observers'>;

/** What a caller of `HeldCredential.ended` knows of its call. */
export interface CallFacts {
  /** Whether its answer was to come in one piece: how long that takes depends on what the caller asked for. */
  readonly isUnary?: true;
  /** Of a stream without reasoning: what it was given to read, for the time that its first token takes. */
  readonly inputTokens?: number;
  /** How long its first event was waited for; absent: until the deadline. */
  readonly firstEventMs?: number;
}

interface RecordedCall extends CallFacts {
  readonly endpoint: Endpoint;
  readonly credential: string;
  /** On the monotonic clock, as `at`. */
  readonly startedAt: number;
  readonly at: number;
  readonly hasAnswered: boolean;
}

/**
 * Records what a call showed of its endpoint and its credential: a sample of health, a rate limit, or a rejection, which raises
 * an alarm.
 *
 * @returns Whether it tells for or against the endpoint; undefined where it tells nothing.
 */
export function recordCall(
  parts: RecordParts,
  credentials: CredentialPool<unknown>,
  call: RecordedCall,
  end: AttemptEnd,
): boolean | undefined {
  const { health } = parts;
  const { endpoint, credential, startedAt, at } = call;
  const { failure, firstTokenMs, generationMs } = end;
  if (end.wasAccepted) credentials.accepted(credential, endpoint.id);
  if (failure?.kind === 'rate-limited') {
    const askedMs = retryAfterOf(failure) ?? 0;
    health.coolDown(endpoint.id, credential, at, askedMs > 0 ? askedMs : undefined);
    return undefined;
  }
  if (failure?.kind === 'credentials') {
    reject(parts, credentials, call, failure);
    return undefined;
  }
  if (failure !== undefined && !meaningOf(failure).isUnhealthy) return undefined;
  const outputTokens = failure === undefined ? end.reportedUsage.outputTokens : undefined;
  const gaveUpAfterMs = failure?.kind === 'timeout' && firstTokenMs === undefined ? call.firstEventMs : undefined;
  const isGood = failure === undefined;
  const heardAt = startedAt + (firstTokenMs ?? 0) + (generationMs ?? 0);
  health.record({
    endpointId: endpoint.id,
    credential,
    startedAt,
    at,
    isGood,
    ...(failure?.kind === 'timeout' ? { silentMs: Math.max(0, at - heardAt) } : {}),
    ...(failure?.kind === 'timeout' && call.isUnary === true ? { mayHaveWorked: true } : {}),
    ...(call.hasAnswered ? { hasAnswered: true } : {}),
    ...(firstTokenMs === undefined ? {} : { firstTokenMs }),
    ...(call.inputTokens === undefined ? {} : { inputTokens: call.inputTokens }),
    ...(gaveUpAfterMs === undefined ? {} : { gaveUpAfterMs }),
    ...(generationMs === undefined || outputTokens === undefined ? {} : { generationMs, outputTokens }),
  });
  return isGood;
}

function reject(
  { clock, observers }: RecordParts,
  credentials: CredentialPool<unknown>,
  { endpoint, credential, startedAt, at }: RecordedCall,
  { status, providerCode }: ProviderFailure,
): void {
  // 403 may be said of one model that the account has no access to; the others speak of the account.
  const where = status === 403 ? { endpointId: endpoint.id } : {};
  const isDoubtful = status === 403 && providerCode === undefined;
  if (!credentials.rejected({ name: credential, ...where, isDoubtful, startedAt, at })) return;
  const now = clock.now();
  tellAlert(observers, {
    type: 'credential.rejected',
    id: uuidV7(now),
    at: now,
    providerId: endpoint.providerId,
    credential,
    ...where,
    ...(status === undefined ? {} : { status }),
  });
}
