import type { Endpoint } from '../model/catalog.ts';
import type { EndpointHealth } from '../model/health.ts';
import type { CandidateFacts } from '../routing/candidate.ts';
import type { HealthStore } from '../stores/health-store.ts';
import type { ConfiguredProvider } from './core.ts';

const nobody: readonly string[] = [];

/** What is known of an endpoint over all nodes and the credentials of its provider, which may not be configured. */
export function healthOf(
  health: HealthStore,
  endpoint: Endpoint,
  provider: ConfiguredProvider | undefined,
  nowMs: number,
): EndpointHealth {
  return health.health(endpoint.id, provider?.credentials.names ?? nobody, nowMs);
}

/** Why an endpoint should not be called now, though it may be: all of its credentials are held back. */
export type CredentialStanding = Pick<CandidateFacts, 'coolingUntil' | 'areCredentialsRejected'>;

const free: CredentialStanding = {};
const rejected: CredentialStanding = { areCredentialsRejected: true };

/**
 * Whether every credential cools down after a rate limit, or was rejected lately.
 *
 * @param now Milliseconds since the epoch, as is `coolingUntil`.
 * @param nowMs The same instant on the monotonic clock.
 * @param out Names of those that are not to be looked at. Default: none.
 */
export function credentialStanding(
  health: HealthStore,
  { id }: Endpoint,
  provider: ConfiguredProvider | undefined,
  now: number,
  nowMs: number,
  out?: ReadonlySet<string>,
): CredentialStanding {
  if (provider === undefined) return free;
  const { names, isResting } = provider.credentials;
  let until: number | undefined;
  for (const name of names) {
    if (out?.has(name) === true || isResting(name, id, nowMs)) continue;
    const coolingUntil = health.coolingUntil(id, name, nowMs);
    if (coolingUntil === undefined) return free;
    until = Math.min(until ?? coolingUntil, coolingUntil);
  }
  return until === undefined ? rejected : { coolingUntil: now + (until - nowMs) };
}
