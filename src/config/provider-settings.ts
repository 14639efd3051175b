import type { ConfiguredModel } from '../catalog/configured-provider.ts';
import { ConfigError } from '../errors.ts';
import type { ProviderConfig, TimeoutConfig } from './config-shape.ts';
import type { Environment } from './environment.ts';
import type { ConfigFile } from './file-schema.ts';
import { settingAt } from './interpolate.ts';
import { type KnownProvider, knownProviders } from './known-providers.ts';
import { readOwnKeys } from './provider-keys.ts';
import { timeoutsSchema } from './provider-schema.ts';
import { createSecret, type Secret } from './secret.ts';

type FileProvider = ConfigFile['providers'][number];
type FileModel = Exclude<NonNullable<FileProvider['models']>, 'catalogue'>[number];

const credentialHeaders = ['authorization', 'x-api-key', 'api-key', 'x-goog-api-key'];
/** The simulated provider's, as an id and as a vendor: what is booked to it cost nothing. */
const reservedNames: readonly string[] = ['sandbox'];

/**
 * The providers of the file, then those that a key in the environment turns on.
 *
 * A provider of the file with the id of a known one takes its protocol and address from there where it gives none,
 * and the key of the environment where it has no credential of its own.
 */
export function readProviders(
  entries: readonly FileProvider[],
  setting: string,
  environment: Environment,
): readonly ProviderConfig[] {
  const seen = new Set<string>();
  const fromFile = entries.map((entry, index) => {
    const at = settingAt(setting, ['providers', index]);
    if (seen.has(entry.id)) throw notUnique(`${at}.id`, 'another provider');
    for (const member of ['id', 'vendor'] as const) {
      const name = entry[member];
      if (name === undefined || !reservedNames.includes(name)) continue;
      throw new ConfigError({
        setting: `${at}.${member}`,
        problem: `"${name}" is reserved`,
        allowed: `another ${member}`,
      });
    }
    seen.add(entry.id);
    return readProvider(entry, at, environment);
  });
  const fromEnvironment = knownProviders.flatMap(known => {
    const apiKey = environmentKey(known, environment);
    return apiKey === undefined || seen.has(known.id) ? [] : [turnedOn(known, apiKey)];
  });
  return [...fromFile, ...fromEnvironment];
}

function turnedOn({ id, protocol, baseUrl }: KnownProvider, apiKey: Secret): ProviderConfig {
  return {
    id,
    vendor: id,
    protocol,
    baseUrl,
    apiKeys: [{ name: '1', key: apiKey }],
    headers: {},
    query: {},
    models: 'catalogue',
    timeouts: readTimeouts(timeoutsSchema.parse({})),
  };
}

function readProvider(entry: FileProvider, at: string, environment: Environment): ProviderConfig {
  const known = knownProviders.find(({ id }) => id === entry.id);
  const headers = wrapped(entry.headers ?? {}, `${at}.headers`);
  const hasOwnCredential = credentialHeaders.some(name => Object.hasOwn(headers, name));
  const ownKeys = readOwnKeys(entry, at);
  const fromEnvironment =
    known === undefined || hasOwnCredential || ownKeys.length > 0 ? undefined : environmentKey(known, environment);
  const models = entry.models ?? (known === undefined ? undefined : 'catalogue');
  const { name, region, headquarters, dataPolicy, billsAfterAbort, allowServerTools } = entry;
  return {
    id: entry.id,
    vendor: entry.vendor ?? entry.id,
    protocol: entry.protocol ?? known?.protocol ?? missing(`${at}.protocol`, 'openai, anthropic, gemini'),
    baseUrl: entry.baseUrl ?? known?.baseUrl ?? missing(`${at}.baseUrl`, 'an http or https URL'),
    apiKeys: fromEnvironment === undefined ? ownKeys : [{ name: '1', key: fromEnvironment }],
    headers,
    query: wrapped(entry.query ?? {}, undefined),
    models:
      models === undefined
        ? missing(`${at}.models`, '"catalogue" or a list of models')
        : models === 'catalogue'
          ? models
          : readModels(models, at),
    timeouts: readTimeouts(entry.timeouts),
    ...(name === undefined ? {} : { name }),
    ...(region === undefined ? {} : { region }),
    ...(headquarters === undefined ? {} : { headquarters }),
    ...(dataPolicy === undefined ? {} : { dataPolicy: present(dataPolicy) }),
    ...(billsAfterAbort === undefined ? {} : { billsAfterAbort }),
    ...(allowServerTools === undefined ? {} : { allowServerTools }),
  };
}

function readModels(models: readonly FileModel[], at: string): readonly ConfiguredModel[] {
  const seen = new Set<string>();
  return models.map((model, index) => {
    const variant = `${model.as ?? model.id} ${model.quantization ?? ''}`;
    if (seen.has(variant)) {
      throw notUnique(
        `${at}.models[${index}].${model.as === undefined ? 'id' : 'as'}`,
        'another model of this provider',
      );
    }
    seen.add(variant);
    const { price, ...facts } = model;
    if (price === undefined) return present(facts);
    const { tiers, ...amounts } = price;
    return {
      ...present(facts),
      price: { ...present(amounts), ...(tiers === undefined ? {} : { tiers: tiers.map(present) }) },
    };
  });
}

/** The same without members that are undefined: what a file leaves out must be absent, and not undefined. */
function present<T extends object>(members: T): Present<T> {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Present<T>;
}

type Present<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };

function readTimeouts({ connect, firstEvent, idle, unary, reasoning }: FileProvider['timeouts']): TimeoutConfig {
  return { connectMs: connect, firstEventMs: firstEvent, idleMs: idle, unaryMs: unary, reasoningMs: reasoning };
}

/** @param caseless The setting, where names differ by more than case only. */
function wrapped(
  values: Readonly<Record<string, string>>,
  caseless: string | undefined,
): Readonly<Record<string, Secret>> {
  const secrets: Record<string, Secret> = {};
  for (const [name, value] of Object.entries(values)) {
    const key = caseless === undefined ? name : name.toLowerCase();
    if (caseless !== undefined && Object.hasOwn(secrets, key)) throw notUnique(`${caseless}.${name}`, 'another header');
    secrets[key] = createSecret(value);
  }
  return secrets;
}

function environmentKey({ keyVariable }: KnownProvider, environment: Environment): Secret | undefined {
  const value = environment.text(keyVariable)?.trim();
  if (value === undefined || value === '') return undefined;
  if (/^[\x20-\x7e]+$/.test(value)) return createSecret(value);
  throw new ConfigError({
    setting: keyVariable,
    problem: 'holds characters that no HTTP header can',
    allowed: 'printable ASCII characters',
  });
}

function missing(setting: string, allowed: string): never {
  throw new ConfigError({ setting, problem: 'is missing', allowed });
}

function notUnique(setting: string, other: string): ConfigError {
  return new ConfigError({ setting, problem: `is that of ${other} already`, allowed: 'a unique one' });
}
