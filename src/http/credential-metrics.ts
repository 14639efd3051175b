import { Gauge, type Registry } from 'prom-client';
import type { CredentialState } from '../gateway/credential-states.ts';

/** Adds a gauge of the providers' credentials, by the names that the configuration gives them. */
export function addCredentialMetrics(registry: Registry, states: () => readonly CredentialState[] | undefined): void {
  new Gauge({
    name: 'tollgate_credential_rejected',
    help: 'Whether a provider has rejected this credential lately: 1 or 0.',
    labelNames: ['provider', 'credential'],
    registers: [registry],
    collect() {
      // A reload may have taken some away.
      this.reset();
      for (const { providerId: provider, credential, isRejected } of states() ?? []) {
        this.set({ provider, credential }, isRejected ? 1 : 0);
      }
    },
  });
}
