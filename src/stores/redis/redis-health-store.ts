import type { Clock } from '../../model/clock.ts';
import type { HealthSample, HealthStore } from '../health-store.ts';
import type { RedisClient } from './redis-client.ts';
import { type ExchangeLoop, redisExchange } from './redis-exchange.ts';

export interface RedisHealthStoreOptions {
  readonly redis: RedisClient;
  readonly clock: Clock;
  /** What this process knows by itself: a memory store. */
  readonly local: HealthStore;
  /** How often nodes exchange what they saw, in milliseconds. Default: 1000. */
  readonly everyMs?: number;
}

/** A HealthStore that hears of other nodes. */
export interface SharedHealthStore extends HealthStore, ExchangeLoop {}

type Seen =
  | readonly ['sample', Omit<HealthSample, 'at'>]
  /** Until when, from the instant that it was told. */
  | readonly ['coolDown', endpointId: string, forMs: number];

const windowMs = 300_000;

/**
 * Health of endpoints as all nodes see it, in this process: read without waiting, and written to others about each second.
 *
 * A node that starts hears the last five minutes. Where Redis is away, it is what this node sees by itself. Of more than
 * 2000 samples between two exchanges others hear the last ones.
 */
export function redisHealthStore(options: RedisHealthStoreOptions): SharedHealthStore {
  const { redis, clock, local, everyMs } = options;
  const { tell, exchange, start, stop } = redisExchange<Seen>({
    redis,
    clock,
    key: '{tollgate}:health',
    keptMs: windowMs,
    ...(everyMs === undefined ? {} : { everyMs }),
    hear({ item, agoMs }) {
      const at = clock.now() - agoMs;
      if (item[0] === 'sample') local.record({ ...item[1], at });
      else if (item[0] === 'coolDown') local.coolDown(item[1], at + item[2]);
    },
  });

  return {
    record(sample) {
      local.record(sample);
      const { at: _, ...seen } = sample;
      tell(['sample', seen]);
    },
    coolDown(endpointId, until) {
      local.coolDown(endpointId, until);
      tell(['coolDown', endpointId, until - clock.now()]);
    },
    health: (endpointId, now) => local.health(endpointId, now),
    coolingUntil: (endpointId, now) => local.coolingUntil(endpointId, now),
    exchange,
    start,
    stop,
  };
}
