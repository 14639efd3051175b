import { rootCertificates } from 'node:tls';
import type { Config } from './config.ts';
import { ConfigError } from './errors.ts';
import type { RedisClient } from './stores/redis/redis-client.ts';

/**
 * Connects to the Redis of the configuration; undefined where there is none. Redis may be away: every call says so.
 *
 * @throws {ConfigError} Where it is one that counters would be lost in, or that is spoken to in the wrong way.
 */
export async function openConfiguredRedis({ redisUrl, certificates }: Config): Promise<RedisClient | undefined> {
  if (redisUrl === undefined) return undefined;
  // Loaded only where it is used: it takes part of the start.
  const { openRedis } = await import('./stores/redis/redis-client.ts');
  const url = redisUrl.reveal();
  // What is given replaces what is usual, so that is given too.
  const caCertificates = [...rootCertificates, ...certificates].join('\n');
  const redis = await openRedis({ url, ...(certificates.length === 0 ? {} : { caCertificates }) });
  try {
    await refuseUnfit(redis, new URL(url).searchParams.get('cluster') === 'true');
    return redis;
  } catch (fault) {
    await redis.close();
    throw fault;
  }
}

async function refuseUnfit(redis: RedisClient, isSpokenToAsCluster: boolean): Promise<void> {
  const facts = await redis.inspect().catch(() => undefined);
  if (facts === undefined) return;
  const { version, isCluster, evictsKeys } = facts;
  const problem =
    Number.parseInt(version, 10) < 7
      ? { problem: `names Redis ${version}`, allowed: 'Redis 7 or later' }
      : isCluster !== isSpokenToAsCluster
        ? {
            problem: isCluster ? 'names a node of a Redis Cluster without saying so' : 'names no Redis Cluster',
            allowed: 'a URL with ?cluster=true for a Redis Cluster, and only for one',
          }
        : evictsKeys
          ? {
              problem: 'names a Redis that evicts keys when its memory is full',
              allowed: 'maxmemory-policy noeviction',
            }
          : undefined;
  if (problem !== undefined) throw new ConfigError({ setting: 'REDIS_URL', ...problem });
}
