import type { Config } from './config.ts';
import type { RedisClient } from './stores/redis/redis-client.ts';

/** Connects to the Redis of the configuration; undefined where there is none. Redis may be away: every call says so. */
export async function openConfiguredRedis({ redisUrl }: Config): Promise<RedisClient | undefined> {
  if (redisUrl === undefined) return undefined;
  // Loaded only where it is used: it takes part of the start.
  const { openRedis } = await import('./stores/redis/redis-client.ts');
  return await openRedis({ url: redisUrl.reveal() });
}
