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
import type { Protocol } from './model/catalog.ts';
import { formatDollars, type NanoDollars } from './model/money.ts';
import { anthropic } from './providers/anthropic/anthropic.ts';
import { gemini } from './providers/gemini/gemini.ts';
import { createHttpProvider, type HttpProviderOptions } from './providers/http-provider.ts';
import { openaiCompatible } from './providers/openai-compatible/openai-compatible.ts';
import type { WireProtocol } from './providers/wire-protocol.ts';
import { revealProxy } from './reveal-proxy.ts';
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
    providers.set(provider.id, {
      adapter: createHttpProvider(httpOptions(provider, config), wireProtocols[provider.protocol]),
      limits: limitsOf(provider.timeouts),
      isSandbox: false,
    });
  }
  if (sandboxUrl !== undefined) {
    const options: HttpProviderOptions = { id: sandboxProviderId, baseUrl: `${sandboxUrl}/v1` };
    const adapter = createHttpProvider(options, openaiCompatible);
    providers.set(sandboxProviderId, { adapter, limits: limitsOf(sandboxTimeouts), isSandbox: true });
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
    ...(provider.apiKey === undefined ? {} : { apiKey: provider.apiKey.reveal() }),
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
