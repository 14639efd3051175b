import { basename } from 'node:path';
import { readBuiltInFacts } from './catalog/built-in-facts.ts';
import type { Catalog } from './catalog/catalog.ts';
import type { ConfiguredProvider as CatalogProvider, ConfiguredModel } from './catalog/configured-provider.ts';
import { createCatalog } from './catalog/create-catalog.ts';
import { readImportedFacts } from './catalog/imported-files.ts';

import type { Config, ProviderConfig, TimeoutConfig } from './config.ts';
import { ConfigError, GatewayError } from './errors.ts';
import type { ConfiguredProvider, ProviderLimits } from './gateway/core.ts';
import { type LeasedConfiguration, leaseOut } from './gateway/lease.ts';
import { providerWith } from './gateway/provider-credentials.ts';
import type { Protocol } from './model/catalog.ts';
import { formatDollars, type NanoDollars } from './model/money.ts';
import { anthropic } from './providers/anthropic/anthropic.ts';
import { gemini } from './providers/gemini/gemini.ts';
import { createHttpProvider, type HttpProviderOptions } from './providers/http-provider.ts';
import { openaiCompatible } from './providers/openai-compatible/openai-compatible.ts';
import type { ProviderAdapter } from './providers/provider.ts';
import type { WireProtocol } from './providers/wire-protocol.ts';
import { revealProxy } from './reveal-proxy.ts';
import type { Credential } from './routing/credential-pool.ts';
import { sandboxModels } from './sandbox/models.ts';

/** Every wire protocol that an adapter exists for. A new one is one line here. */
export const wireProtocols: Readonly<Record<Protocol, WireProtocol>> = {
  openai: openaiCompatible,
  anthropic,
  gemini,
};

/** The simulator's provider id. */
export const sandboxProviderId = 'sandbox';

/** How long the embedded simulator may take. It is on this machine, and some of its models are slow on purpose. */
const sandboxTimeouts: TimeoutConfig = {
  connectMs: 3_000,
  firstEventMs: 12_000,
  idleMs: 20_000,
  unaryMs: 60_000,
  reasoningMs: 120_000,
};

/**
 * Turns a checked configuration into what the gateway works with, whole or not at all.
 *
 * @param sandboxUrl Where the simulator listens; absent: it does not serve.
 * @param today `YYYY-MM-DD`.
 * @throws {ConfigError} Where catalogue and configuration contradict each other.
 */
export function configure(config: Config, sandboxUrl: string | undefined, today: string): LeasedConfiguration {
  const sandbox = sandboxUrl === undefined ? [] : [sandboxProvider];
  const catalog = catalogOf(config, [...config.providers, ...sandbox], today);
  const providers = new Map<string, ConfiguredProvider>();
  for (const provider of config.providers) {
    const limits = limitsOf(provider.timeouts);
    providers.set(provider.id, providerWith(adaptersOf(provider, config), { limits, isSandbox: false }));
  }
  if (sandboxUrl !== undefined) {
    const options: HttpProviderOptions = { id: sandboxProviderId, baseUrl: `${sandboxUrl}/v1` };
    const adapter = createHttpProvider(options, openaiCompatible);
    const limits = limitsOf(sandboxTimeouts);
    providers.set(sandboxProviderId, providerWith([{ name: '1', use: adapter }], { limits, isSandbox: true }));
  }
  return leaseOut({ catalog, providers, streams: config.streams });
}

function catalogOf(config: Config, providers: readonly CatalogProvider[], today: string): Catalog {
  const facts = [readBuiltInFacts(), ...readImportedFacts(config.stateDir)];
  try {
    return createCatalog(facts, { today, providers, aliases: config.aliases });
  } catch (fault) {
    if (!(fault instanceof GatewayError) || fault.path === undefined) throw fault;
    throw new ConfigError({
      setting: `${basename(config.configPath ?? 'tollgate.yaml')}: ${fault.path}`,
      problem: fault.message.slice(fault.path.length + 2),
      allowed: fault.path.startsWith('aliases.')
        ? 'a model or endpoint that "tollgate models --all" lists, under a name that no model has'
        : 'see docs/configuration.md',
      cause: fault,
    });
  }
}

const sandboxProvider: CatalogProvider = {
  id: sandboxProviderId,
  name: 'Sandbox (simulated answers, no model)',
  vendor: sandboxProviderId,
  protocol: 'openai',
  dataPolicy: { retention: 'NONE', training: false, evidence: 'Runs inside this process and keeps nothing.' },
  billsAfterAbort: false,
  models: sandboxModels.map(
    (model): ConfiguredModel => ({
      id: model.id,
      as: model.as,
      price: priceText(model.price),
      contextTokens: model.contextTokens,
      maxOutputTokens: model.maxOutputTokens,
      inputModalities: ['TEXT', 'IMAGE', 'AUDIO', 'FILE'],
      capabilities: model.capabilities,
    }),
  ),
};

/** One for each key, with connections of its own; one without a key where none is given. */
function adaptersOf(provider: ProviderConfig, config: Config): readonly Credential<ProviderAdapter>[] {
  const options = httpOptions(provider, config);
  const wire = wireProtocols[provider.protocol];
  if (provider.apiKeys.length === 0) return [{ name: '1', use: createHttpProvider(options, wire) }];
  return provider.apiKeys.map(({ name, key }) => {
    return { name, use: createHttpProvider({ ...options, apiKey: key.reveal() }, wire) };
  });
}

function httpOptions(provider: ProviderConfig, { proxy, certificates }: Config): HttpProviderOptions {
  const reveal = (secrets: ProviderConfig['headers']) =>
    Object.fromEntries(Object.entries(secrets).map(([name, secret]) => [name, secret.reveal()]));
  return {
    id: provider.id,
    baseUrl: provider.baseUrl,
    headers: reveal(provider.headers),
    query: reveal(provider.query),
    connectMs: provider.timeouts.connectMs,
    certificates,
    proxy: revealProxy(proxy),
  };
}

function limitsOf({ firstEventMs, idleMs, unaryMs, reasoningMs }: TimeoutConfig): ProviderLimits {
  return { firstEventMs, idleMs, unaryMs, reasoningMs };
}

function priceText({ input, output }: { readonly input?: NanoDollars; readonly output?: NanoDollars }) {
  return {
    ...(input === undefined ? {} : { input: formatDollars(input) }),
    ...(output === undefined ? {} : { output: formatDollars(output) }),
  };
}
