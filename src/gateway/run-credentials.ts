import type { Endpoint } from '../model/catalog.ts';
import type { CandidateFacts } from '../routing/candidate.ts';
import type { Configured, ConfiguredProvider, RunParts } from './core.ts';
import { credentialStanding } from './endpoint-standing.ts';
import { type HeldCredential, hasCredentialLeft, type NoCredential, takeCredential } from './take-credential.ts';

/** The credentials that one run may use: one that a provider has rejected is not tried again in it. */
export interface RunCredentials {
  take(candidate: CandidateFacts, isLastResort: boolean): HeldCredential | NoCredential;
  /** The provider has rejected it. @returns Whether another one is left there. */
  retire(candidate: CandidateFacts, credential: HeldCredential): boolean;
  /** Until when rate limits hold back all that are left; both in milliseconds since the epoch. */
  coolingUntil(candidate: CandidateFacts, now: number): number | undefined;
}

const nobody: ReadonlySet<string> = new Set();

/** Makes the credentials of one run: all that are configured, none of them rejected yet. */
export function createRunCredentials(parts: RunParts, { providers }: Configured): RunCredentials {
  const { health, clock } = parts;
  /** Names by provider. */
  const rejected = new Map<string, Set<string>>();

  function providerOf({ id, providerId }: Endpoint): ConfiguredProvider {
    const provider = providers.get(providerId);
    if (provider === undefined) throw new TypeError(`createRunCredentials: nobody is configured to serve ${id}`);
    return provider;
  }

  return {
    take({ endpoint }, isLastResort) {
      const out = rejected.get(endpoint.providerId) ?? nobody;
      return takeCredential(parts, endpoint, providerOf(endpoint), { rejected: out, isLastResort });
    },
    retire({ endpoint }, { name }) {
      const out = rejected.get(endpoint.providerId) ?? new Set();
      rejected.set(endpoint.providerId, out.add(name));
      return hasCredentialLeft(providerOf(endpoint), out);
    },
    coolingUntil({ endpoint }, now) {
      const out = rejected.get(endpoint.providerId) ?? nobody;
      const nowMs = clock.monotonicMs();
      return credentialStanding(health, endpoint, providers.get(endpoint.providerId), now, nowMs, out).coolingUntil;
    },
  };
}
