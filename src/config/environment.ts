import { resolve } from 'node:path';
import { ConfigError } from '../errors.ts';
import { FileFault, type ReadFile } from './read-small-file.ts';
import { createSecret, type Secret } from './secret.ts';
import { suggest } from './suggest.ts';

export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

/** Reads single settings out of the environment; a variable that is empty counts as not set, unless it is a secret. */
export interface Environment {
  text(name: string): string | undefined;
  /** The first of these that is set. */
  firstOf(...names: readonly string[]): string | undefined;
  /** From `NAME`, or from the file that `NAME_FILE` names; both are refused, and so is an empty one. */
  secret(name: string, rule: SecretRule): Secret | undefined;
  httpUrl(name: string): string | undefined;
}

export interface SecretRule {
  /** In bytes of UTF-8. */
  readonly minBytes: number;
  /** The unit in messages: `bytes`, `characters`. */
  readonly unit: string;
  /** Whether it travels in a header: printable ASCII without spaces. */
  readonly isHeaderValue: boolean;
}

export interface EnvironmentOptions {
  readonly env: EnvironmentVariables;
  readonly cwd: string;
  readonly readFile: ReadFile;
}

const maxSecretBytes = 65_536;

/** Reads variables; secrets from the file that `_FILE` names too. */
export function createEnvironment({ env, cwd, readFile }: EnvironmentOptions): Environment {
  function text(name: string): string | undefined {
    const value = env[name];
    return value === undefined || value === '' ? undefined : value;
  }

  function secret(name: string, { minBytes, unit, isHeaderValue }: SecretRule): Secret | undefined {
    const fileVariable = `${name}_FILE`;
    const allowed = `${minBytes} ${unit} or more`;
    if (env[name] !== undefined && env[fileVariable] !== undefined) {
      throw new ConfigError({ setting: name, problem: `is set, and ${fileVariable} too`, allowed: 'one of the two' });
    }
    const setting = env[fileVariable] === undefined ? name : fileVariable;
    const value = env[fileVariable] === undefined ? env[name] : readSecretFile(fileVariable, env[fileVariable]);
    if (value === undefined) return undefined;
    if (Buffer.byteLength(value) < minBytes) {
      throw new ConfigError({ setting, problem: value === '' ? 'is empty' : 'is too short', allowed });
    }
    if (isHeaderValue && !/^[\x21-\x7e]+$/.test(value)) {
      throw new ConfigError({
        setting,
        problem: 'holds characters that no HTTP header can',
        allowed: 'printable ASCII without spaces',
      });
    }
    return createSecret(value);
  }

  function readSecretFile(setting: string, name: string): string {
    const allowed = 'the name of a text file with the value';
    if (name === '') throw new ConfigError({ setting, problem: 'is empty', allowed });
    try {
      const content = readFile(resolve(cwd, name), maxSecretBytes);
      if (content !== undefined) return content.replace(/\r?\n$/, '');
    } catch (cause) {
      if (!(cause instanceof FileFault)) throw cause;
      throw new ConfigError({ setting, problem: `names a file that ${cause.message}`, allowed });
    }
    throw new ConfigError({ setting, problem: 'names a file that does not exist', allowed });
  }

  return {
    text,
    secret,
    firstOf: (...names) => names.map(text).find(value => value !== undefined),
    httpUrl(name) {
      const value = text(name);
      return value === undefined ? undefined : plainHttpUrl(name, value);
    },
  };
}

function plainHttpUrl(setting: string, value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (
    url === undefined ||
    !isHttp ||
    url.username !== '' ||
    url.password !== '' ||
    url.search !== '' ||
    url.hash !== ''
  ) {
    throw new ConfigError({
      setting,
      problem: 'is not such a URL',
      allowed: 'an http or https URL without credentials, query and fragment',
    });
  }
  return value.replace(/\/+$/, '');
}

const tollgateVariables = [
  'TOLLGATE_CONFIG',
  'TOLLGATE_ADMIN_KEY',
  'TOLLGATE_ADMIN_KEY_FILE',
  'TOLLGATE_SECRET',
  'TOLLGATE_SECRET_FILE',
  'TOLLGATE_SECRET_PREVIOUS',
  'TOLLGATE_SECRET_PREVIOUS_FILE',
  'TOLLGATE_STATE_DIR',
  'TOLLGATE_MIGRATE',
  'TOLLGATE_NODE_ID',
  'TOLLGATE_URL',
  'TOLLGATE_API_KEY',
];

const otherVariables = ['HOST', 'PORT', 'DATABASE_URL', 'REDIS_URL', 'LOG_LEVEL'];

/** Where the project's own tests find their data; it changes nothing here. */
const testVariable = 'TOLLGATE_CORPUS';

/** What Kubernetes and Docker set in every container beside a service that is called `tollgate`, or `tollgate-…`. */
const serviceLink = /^TOLLGATE_(?:.+_)?(?:SERVICE_(?:HOST|PORT)(?:_.+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_.+)?)$/;
const servicePort = /^TOLLGATE_(?:.+_)?PORT$/;

/**
 * Refuses variables that start with `TOLLGATE_` and mean nothing: a setting with a slip in its name is not left out
 * silently.
 */
export function refuseUnknownVariables(env: EnvironmentVariables): void {
  for (const name of Object.keys(env).sort()) {
    if (!name.startsWith('TOLLGATE_') || name === testVariable || tollgateVariables.includes(name)) continue;
    if (serviceLink.test(name)) continue;
    if (servicePort.test(name) && /^(tcp|udp|sctp):\/\//.test(env[name] ?? '')) continue;
    const bare = name.slice('TOLLGATE_'.length);
    const meant = otherVariables.includes(bare) ? bare : suggest(name, tollgateVariables);
    throw new ConfigError({
      setting: name,
      problem: `is not a known setting${meant === undefined ? '' : `, did you mean ${meant}?`}`,
      allowed: tollgateVariables.filter(known => !known.endsWith('_FILE')).join(', '),
    });
  }
}
