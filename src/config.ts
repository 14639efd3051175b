import { X509Certificate } from 'node:crypto';
import { hostname } from 'node:os';
import { basename, resolve } from 'node:path';
import type { Config, GraphqlConfig, TrustedDocumentConfig } from './config/config-shape.ts';
import { readDatabase } from './config/database-settings.ts';
import { createEnvironment, type Environment, refuseUnknownVariables } from './config/environment.ts';
import { explainIssues } from './config/explain-issues.ts';
import { readFederation, readRouter } from './config/federation-settings.ts';
import { type ConfigFile, configFileSchema } from './config/file-schema.ts';
import { interpolate, settingAt } from './config/interpolate.ts';
import { parseConfigDocument } from './config/parse-document.ts';
import { readProviders } from './config/provider-settings.ts';
import { FileFault, type ReadFile, readSmallFile } from './config/read-small-file.ts';
import {
  isLoopbackHost,
  readHost,
  readLogLevel,
  readNodeId,
  readPort,
  readProxy,
  readTelemetry,
} from './config/server-settings.ts';
import { readStreams } from './config/stream-settings.ts';
import { type ReadFolder, readFolder, readTrustedDocuments } from './config/trusted-documents.ts';
import { readWebhooks } from './config/webhook-settings.ts';
import { ConfigError } from './errors.ts';
import type { JwtIssuer } from './identity/jwt.ts';

export type * from './config/config-shape.ts';
export type { Secret } from './config/secret.ts';

export interface LoadConfigOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where relative names in the environment start. */
  readonly cwd: string;
  /** Default: reads from disk. */
  readonly readFile?: ReadFile;
  /** Default: reads from disk. */
  readonly readFolder?: ReadFolder;
  /** What the node is called where `TOLLGATE_NODE_ID` is not set. Default: the name of this machine. */
  readonly machineName?: string;
}

const maxFileBytes = 1_048_576;
const defaultFileName = 'tollgate.yaml';

/**
 * Reads the environment and the configuration file, and checks all of it.
 *
 * Nothing is left out silently: unknown settings are refused too. No message holds a value.
 *
 * @throws {ConfigError} With the first setting that is wrong, in one line.
 */
export function loadConfig(options: LoadConfigOptions): Config {
  const { env, cwd, readFile = readSmallFile, machineName = hostname() } = options;
  refuseUnknownVariables(env);
  const environment = createEnvironment({ env, cwd, readFile });
  const host = readHost(environment);
  const port = readPort(environment);
  const stateDir = resolve(cwd, environment.text('TOLLGATE_STATE_DIR') ?? '.tollgate');
  const secret = environment.secret('TOLLGATE_SECRET', { minBytes: 32, unit: 'bytes', isHeaderValue: false });
  const previousSecret = environment.secret('TOLLGATE_SECRET_PREVIOUS', {
    minBytes: 32,
    unit: 'bytes',
    isHeaderValue: false,
  });
  if (previousSecret !== undefined && secret === undefined) {
    throw new ConfigError({
      setting: 'TOLLGATE_SECRET_PREVIOUS',
      problem: 'is set without TOLLGATE_SECRET',
      allowed: 'both, during rotation, or neither',
    });
  }
  const database = readDatabase(environment, cwd, stateDir, secret !== undefined);
  const administratorKey = environment.secret('TOLLGATE_ADMIN_KEY', {
    minBytes: 32,
    unit: 'characters',
    isHeaderValue: true,
  });
  const telemetry = readTelemetry(environment);

  const file = readConfigFile(env, cwd, readFile);
  const providers = readProviders(file.content.providers, file.setting, environment);
  return {
    host,
    port,
    ...database,
    stateDir,
    nodeId: readNodeId(environment, machineName),
    logLevel: readLogLevel(environment),
    ...(secret === undefined ? {} : { secret }),
    ...(previousSecret === undefined ? {} : { previousSecret }),
    ...(administratorKey === undefined ? {} : { administratorKey }),
    providers,
    aliases: checkedAliases(file.content.aliases, file.setting),
    names: file.content.names,
    graphql: readGraphql(file.content.graphql, isLoopbackHost(host) && environment.text('NODE_ENV') !== 'production'),
    allowedOrigins: file.content.graphql.allowedOrigins,
    ...readDocuments(file, readFile, options.readFolder ?? readFolder),
    receipts: {
      isEnabled: file.content.receipts.enabled,
      rotateAfterMs: file.content.receipts.rotateAfter,
    },
    webhooks: readWebhooks(file.content.webhooks, file.setting),
    jwtIssuers: readIssuers(file, readFile),
    ...(file.content.auth.router === undefined ? {} : { router: readRouter(file.content.auth.router, file.setting) }),
    federation: readFederation(file.content.federation, file.setting),
    budgets: file.content.budgets,
    streams: readStreams(file.content),
    overload: file.content.overload,
    sandbox: file.content.sandbox ?? (providers.length === 0 && isLoopbackHost(host)),
    proxy: readProxy(environment),
    certificates: readCertificates(file, readFile),
    ...(telemetry === undefined ? {} : { telemetry }),
    client: readClient(environment),
    ...(file.path === undefined ? {} : { configPath: file.path }),
  };
}

interface LoadedFile {
  readonly path?: string;
  /** How it is named in messages. */
  readonly setting: string;
  readonly content: ConfigFile;
}

function readConfigFile(env: LoadConfigOptions['env'], cwd: string, readFile: ReadFile): LoadedFile {
  const given = env.TOLLGATE_CONFIG === '' ? undefined : env.TOLLGATE_CONFIG;
  const path = resolve(cwd, given ?? defaultFileName);
  const setting = basename(path);
  const text = readText(path, given === undefined ? setting : 'TOLLGATE_CONFIG', readFile, maxFileBytes);
  if (text === undefined) {
    if (given === undefined) return { setting, content: configFileSchema.parse({}) };
    throw new ConfigError({
      setting: 'TOLLGATE_CONFIG',
      problem: 'names a file that does not exist',
      allowed: 'the name of a YAML or JSON file',
    });
  }
  const document = interpolate(parseConfigDocument(text, setting) ?? {}, setting, { env, readFile, configPath: path });
  const result = configFileSchema.safeParse(document, { reportInput: true });
  if (!result.success) throw explainIssues(result.error.issues, configFileSchema, setting);
  return { path, setting, content: result.data };
}

function readText(path: string, setting: string, readFile: ReadFile, maxBytes: number): string | undefined {
  try {
    return readFile(path, maxBytes);
  } catch (cause) {
    if (!(cause instanceof FileFault)) throw cause;
    throw new ConfigError({ setting, problem: cause.message, allowed: `UTF-8 text of at most ${maxBytes} bytes` });
  }
}

/** An alias stands for a model or an endpoint, not for another alias: chains would hide where requests go. */
function checkedAliases(aliases: Readonly<Record<string, string>>, setting: string): Readonly<Record<string, string>> {
  for (const [name, target] of Object.entries(aliases)) {
    const at = settingAt(setting, ['aliases', name]);
    if (name === 'auto') throw new ConfigError({ setting: at, problem: '"auto" is reserved', allowed: 'another name' });
    if (target === 'auto' || Object.hasOwn(aliases, target)) {
      throw new ConfigError({
        setting: at,
        problem: 'stands for another alias',
        allowed: 'the id of a model or an endpoint',
      });
    }
  }
  return aliases;
}

/** @param isOpen Whether the schema is no secret where nothing is said. */
function readGraphql(content: ConfigFile['graphql'], isOpen: boolean): GraphqlConfig {
  const { introspection = isOpen ? 'anyone' : 'authenticated', paidFields } = content;
  return { introspection, graphiql: content.graphiql ?? introspection === 'anyone', paidFields };
}

function readDocuments(
  { path, setting, content }: LoadedFile,
  readFile: ReadFile,
  readNames: ReadFolder,
): { readonly trustedDocuments?: TrustedDocumentConfig } {
  const { trustedDocuments } = content.graphql;
  if (trustedDocuments === undefined) return {};
  const byId = readTrustedDocuments({
    path: resolve(path ?? '', '..', trustedDocuments.path),
    setting: settingAt(setting, ['graphql', 'trustedDocuments', 'path']),
    readFile,
    readFolder: readNames,
  });
  return { trustedDocuments: { isStrict: trustedDocuments.strict, byId } };
}

function readIssuers({ path, setting, content }: LoadedFile, readFile: ReadFile): readonly JwtIssuer[] {
  const seen = new Set<string>();
  return content.auth.jwt.map((entry, index) => {
    const at = settingAt(setting, ['auth', 'jwt', index]);
    if (seen.has(entry.issuer)) {
      throw new ConfigError({
        setting: `${at}.issuer`,
        problem: 'is that of another entry already',
        allowed: 'one entry for each issuer; audience takes a list',
      });
    }
    seen.add(entry.issuer);
    const { issuer, audience, algorithms, type, projects, claims, jwksUri, jwksFile = '' } = entry;
    const keys =
      jwksUri === undefined
        ? { jwks: readKeyFile(resolve(path ?? '', '..', jwksFile), `${at}.jwksFile`, readFile) }
        : { uri: jwksUri };
    return {
      issuer,
      audience: typeof audience === 'string' ? [audience] : audience,
      keys,
      algorithms,
      maxLifetimeMs: entry.maxLifetime,
      claims,
      ...(type === undefined ? {} : { type }),
      ...(projects === undefined ? {} : { projects }),
    };
  });
}

function readKeyFile(path: string, setting: string, readFile: ReadFile): unknown {
  const allowed = 'a JSON Web Key Set of public keys';
  const text = readText(path, setting, readFile, maxFileBytes);
  if (text === undefined) throw new ConfigError({ setting, problem: 'names a file that does not exist', allowed });
  try {
    return JSON.parse(text);
  } catch {
    throw new ConfigError({ setting, problem: 'names a file that is not JSON', allowed });
  }
}

function readCertificates({ path, setting, content }: LoadedFile, readFile: ReadFile): readonly string[] {
  const { caFile } = content.tls;
  if (caFile === undefined) return [];
  const at = settingAt(setting, ['tls', 'caFile']);
  const allowed = 'a PEM file of certificates';
  const text = readText(resolve(path ?? '', '..', caFile), at, readFile, maxFileBytes);
  if (text === undefined) {
    throw new ConfigError({ setting: at, problem: 'names a file that does not exist', allowed });
  }
  const certificates = text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  if (certificates.length > 0 && certificates.every(isCertificate)) return certificates;
  throw new ConfigError({ setting: at, problem: 'names a file without readable certificates', allowed });
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

function readClient(environment: Environment): Config['client'] {
  const url = environment.httpUrl('TOLLGATE_URL');
  const apiKey = environment.secret('TOLLGATE_API_KEY', { minBytes: 1, unit: 'characters', isHeaderValue: true });
  return { ...(url === undefined ? {} : { url }), ...(apiKey === undefined ? {} : { apiKey }) };
}
