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

/** Lets every idempotency key come free, as if its holder were gone, and nobody wait for it. */
export async function endIdempotencyLeases(redis: Redis): Promise<void> {
  for (const key of await redis.keys('{tollgate:once:*')) await redis.hset(key, 'lease', '1', 'attended', '1');
}

/** Lets the time pass that idempotency keys are kept for, where it is a day. */
export async function forgetIdempotencyKeys(redis: Redis): Promise<void> {
  for (const key of await redis.keys('{tollgate:once:*')) {
    const leftMs = await redis.pttl(key);
    if (leftMs > 0 && leftMs <= 86_400_000) await redis.del(key);
  }
}

/** Lets the time pass that streams are kept for, where it is a minute. */
export async function forgetStreams(redis: Redis): Promise<void> {
  for (const key of await redis.keys('{tollgate:stream:*')) {
    const leftMs = await redis.pttl(key);
    if (leftMs > 0 && leftMs <= 60_000) await redis.del(key);
  }
}
