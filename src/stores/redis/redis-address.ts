/** Where Redis is, as a connection string says it. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
  readonly database: number;
  readonly isTls: boolean;
  readonly isCluster: boolean;
}

/**
 * Reads `redis://user:password@host:port/database`, or `rediss://` for TLS. `?cluster=true` says that it is one node of a
 * Redis Cluster; the others are found through it.
 *
 * @throws {TypeError} Says what is wrong, without the value: it may hold a password.
 */
export function readRedisAddress(text: string): RedisAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'redis:' && url.protocol !== 'rediss:') || url.hostname === '') {
    throw new TypeError('url: must be redis://host:port or rediss://host:port');
  }
  const database = /^\/?$/.test(url.pathname) ? 0 : Number(url.pathname.slice(1));
  if (!Number.isSafeInteger(database) || database < 0) throw new TypeError('url: the database must be a number');
  for (const name of url.searchParams.keys()) {
    if (name !== 'cluster') throw new TypeError('url: knows no parameter but cluster');
  }
  const cluster = url.searchParams.get('cluster');
  if (cluster !== null && cluster !== 'true' && cluster !== 'false') {
    throw new TypeError('url: cluster must be true or false');
  }
  const isCluster = cluster === 'true';
  if (isCluster && database !== 0) throw new TypeError('url: a Redis Cluster has no database but 0');
  return {
    host: decodeURIComponent(url.hostname).replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? 6379 : Number(url.port),
    ...(url.username === '' ? {} : { username: decodeURIComponent(url.username) }),
    ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
    database,
    isTls: url.protocol === 'rediss:',
    isCluster,
  };
}
