import type { Redis } from 'ioredis';

/** Lets every lease on this server run out, as if its end had come. */
export async function endLeases(redis: Redis): Promise<void> {
  for (const key of await redis.keys('*:leases')) {
    for (const id of await redis.zrange(key, '0', '-1')) await redis.call('ZADD', key, 'XX', 1, id);
  }
}

/** Takes away what this server has of a slot: a tenant's, or that across tenants. */
export async function loseSlot(redis: Redis, tenantId: string | undefined): Promise<void> {
  const slot = tenantId === undefined ? '\\*' : `t:${tenantId}`;
  for (const key of await redis.keys(`{tollgate:${slot}}*`)) await redis.del(key);
}
