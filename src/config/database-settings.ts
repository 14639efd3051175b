import { resolve } from 'node:path';
import { ConfigError } from '../errors.ts';
import { readPostgresAddress } from '../stores/postgres/postgres-address.ts';
import { readRedisAddress } from '../stores/redis/redis-address.ts';
import type { Config, DatabaseConfig } from './config-shape.ts';
import type { Environment } from './environment.ts';
import { createSecret, type Secret } from './secret.ts';

const anySecret = { minBytes: 1, unit: 'characters', isHeaderValue: false };
const allowedDatabase =
  'file:<path>, such as file:./tollgate.db; postgres://user:password@host:5432/database; or nothing';

/**
 * DATABASE_URL and REDIS_URL, which may be files (`_FILE`), and TOLLGATE_MIGRATE.
 *
 * @param hasSecret Whether TOLLGATE_SECRET is set: several nodes have no folder in common where one could be kept.
 * @throws {ConfigError} Also where PostgreSQL and Redis are not given together.
 */
export function readDatabase(
  environment: Environment,
  cwd: string,
  stateDir: string,
  hasSecret: boolean,
): Pick<Config, 'database' | 'redisUrl' | 'migrate'> {
  const database = readDatabaseUrl(environment, cwd, stateDir);
  const redisUrl = readRedisUrl(environment);
  const isPostgres = database.kind === 'postgres';
  if (isPostgres !== (redisUrl !== undefined)) {
    throw new ConfigError({
      setting: 'REDIS_URL',
      problem: isPostgres
        ? 'is not set, but DATABASE_URL names PostgreSQL'
        : 'is set, but DATABASE_URL names no PostgreSQL',
      allowed: 'both, for one node or many, or neither, for one machine',
    });
  }
  if (isPostgres && !hasSecret) {
    throw new ConfigError({
      setting: 'TOLLGATE_SECRET',
      problem: 'is not set, but DATABASE_URL names PostgreSQL',
      allowed: '32 bytes or more, the same on every node',
    });
  }
  return { database, ...(redisUrl === undefined ? {} : { redisUrl }), migrate: readMigrate(environment) };
}

/** A URL of PostgreSQL, checked: for the environment, and for commands that take one. */
export function checkPostgresUrl(setting: string, url: string): Secret {
  try {
    readPostgresAddress(url);
    return createSecret(url);
  } catch (fault) {
    if (!(fault instanceof TypeError)) throw fault;
    throw new ConfigError({ setting, problem: fault.message, allowed: 'postgres://user:password@host:5432/database' });
  }
}

function readDatabaseUrl(environment: Environment, cwd: string, stateDir: string): DatabaseConfig {
  const url = readUrl(environment, 'DATABASE_URL');
  if (url === undefined) return { kind: 'sqlite', path: resolve(stateDir, 'tollgate.db') };
  if (/^postgres(ql)?:/i.test(url)) return { kind: 'postgres', url: checkPostgresUrl('DATABASE_URL', url) };
  const match = /^file:(?:\/\/(?=\/))?(?<path>[^?#]+)$/i.exec(url);
  const path = match?.groups?.path;
  if (path === undefined || path.includes(':memory:') || path.startsWith('//') || path.endsWith('/')) {
    throw new ConfigError({ setting: 'DATABASE_URL', problem: 'is no such URL', allowed: allowedDatabase });
  }
  return { kind: 'sqlite', path: resolve(cwd, path) };
}

function readRedisUrl(environment: Environment): Secret | undefined {
  const text = readUrl(environment, 'REDIS_URL');
  if (text === undefined) return undefined;
  try {
    readRedisAddress(text);
    return createSecret(text);
  } catch (fault) {
    if (!(fault instanceof TypeError) && !(fault instanceof URIError)) throw fault;
    throw new ConfigError({
      setting: 'REDIS_URL',
      problem: problemOf(fault),
      allowed: 'redis://user:password@host:6379/0, rediss:// for TLS, ?cluster=true for a Redis Cluster',
    });
  }
}

/** It never quotes the value, which may hold a password. */
function problemOf({ message }: Error): string {
  const isOther = !message.startsWith('url: ') || message.startsWith('url: must be redis://');
  return isOther ? 'is no such URL' : message.slice('url: '.length);
}

/** Empty counts as not set, unless a file is named. */
function readUrl(environment: Environment, name: string): string | undefined {
  if (environment.firstOf(name, `${name}_FILE`) === undefined) return undefined;
  return environment.secret(name, anySecret)?.reveal();
}

function readMigrate(environment: Environment): Config['migrate'] {
  const text = environment.text('TOLLGATE_MIGRATE') ?? 'at-start';
  if (text === 'at-start' || text === 'off') return text;
  throw new ConfigError({ setting: 'TOLLGATE_MIGRATE', problem: 'is no such setting', allowed: 'at-start, off' });
}
