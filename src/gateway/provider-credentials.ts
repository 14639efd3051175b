import type { ProviderAdapter } from '../providers/provider.ts';
import { type Credential, createCredentialPool } from '../routing/credential-pool.ts';
import type { ConfiguredProvider } from './core.ts';

/** A provider as the gateway calls it: one adapter for each of its credentials, all of one protocol; at least one. */
export function providerWith(
  adapters: readonly Credential<ProviderAdapter>[],
  { limits, isSandbox }: Pick<ConfiguredProvider, 'limits' | 'isSandbox'>,
): ConfiguredProvider {
  const [first] = adapters;
  if (first === undefined) throw new TypeError('adapters: one at least');
  return {
    credentials: createCredentialPool(adapters),
    hasCredential: adapters.some(({ use }) => use.hasCredential),
    protocolLacks: first.use.unsupportedParameters,
    limits,
    isSandbox,
  };
}
