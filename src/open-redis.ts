import { rootCertificates } from 'node:tls';
import type { Config } from './config.ts';
import { ConfigError, OperatorReason } from './errors.ts';
import { readRedisAddress } from './stores/redis/redis-address.ts';
import type { RedisClient } from './stores/redis/redis-client.ts';

/**
 * Connects to the Redis of the configuration; undefined where there is none. Redis may be away: every call says so.
 *
 * @param onFault Told why it cannot be reached, once until it is reached again; and where it turns out later to be one that
 * counters would be lost in.
 * @throws {ConfigError} Where it is such a one, or is spoken to in the wrong way.
 */
export async function openConfiguredRedis(
  { redisUrl, certificates }: Config,
  onFault: (cause: unknown) => void,
): Promise<RedisClient | undefined> {
  if (redisUrl === undefined) return undefined;
  // Loaded only where it is used: it takes part of the start.
  const { openRedis } = await import('./stores/redis/redis-client.ts');
  const url = redisUrl.reveal();
  const { isCluster } = readRedisAddress(url);
  // What is given replaces what is usual, so that is given too.
  const caCertificates = [...rootCertificates, ...certificates].join('\n');
  let isTold = false;
  let hasLooked = false;
  const redis = await openRedis({
    url,
    ...(certificates.length === 0 ? {} : { caCertificates }),
    onProblem(reason) {
      if (isTold) return;
      isTold = true;
      onFault(new OperatorReason(`Redis cannot be reached: ${reason.message}`));
    },
    onReady() {
      isTold = false;
      if (hasLooked) lookLater();
    },
  });

  async function look(): Promise<ConfigError | undefined> {
    const facts = await redis.inspect().catch(() => undefined);
    return facts === undefined ? undefined : unfit(facts, isCluster);
  }

  /** It may be another server than the one before. */
  function lookLater(): void {
    void look().then(fault => fault !== undefined && onFault(new OperatorReason(fault.message)));
  }

  const fault = await look();
  hasLooked = true;
  if (fault === undefined) return redis;
  await redis.close();
  throw fault;
}

function unfit(
  { version, isCluster, evictsKeys }: Awaited<ReturnType<RedisClient['inspect']>>,
  isSpokenToAsCluster: boolean,
): ConfigError | undefined {
  const refuse = (problem: string, allowed: string) => new ConfigError({ setting: 'REDIS_URL', problem, allowed });
  if (Number.parseInt(version, 10) < 7) return refuse(`names Redis ${version}`, 'Redis 7 or later');
  if (isCluster !== isSpokenToAsCluster) {
    const problem = isCluster ? 'names a node of a Redis Cluster without saying so' : 'names no Redis Cluster';
    return refuse(problem, 'a URL with ?cluster=true for a Redis Cluster, and only for one');
  }
  return evictsKeys
    ? refuse('names a Redis that evicts keys when its memory is full', 'maxmemory-policy noeviction')
    : undefined;
}
