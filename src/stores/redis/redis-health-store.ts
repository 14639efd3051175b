import type { Clock } from '../../model/clock.ts';
import type { HealthSample, HealthStore, LocalHealthStore } from '../health-store.ts';
import type { RedisClient } from './redis-client.ts';
import { type ExchangeLoop, redisExchange } from './redis-exchange.ts';

export interface RedisHealthStoreOptions {
  readonly redis: RedisClient;
  readonly clock: Clock;
  /** What this process knows by itself: a memory store. */
  readonly local: LocalHealthStore;
  /** How often nodes exchange what they saw, in milliseconds. Default: 1000. */
  readonly everyMs?: number;
}

/** A HealthStore that hears of other nodes. */
export interface SharedHealthStore extends HealthStore, ExchangeLoop {}

type Seen =
  /** `tookMs`: how long before it was told it had begun. */
  | readonly ['call', Omit<HealthSample, 'at' | 'startedAt'>, tookMs: number]
  | readonly ['limit', endpointId: string, credential: string, forMs: number]
  | readonly ['probe', endpointId: string, credential: string, tookMs: number];

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
      const at = clock.monotonicMs() - agoMs;
      if (item[0] === 'call') local.record({ ...item[1], at, startedAt: at - item[2] });
      else if (item[0] === 'limit') local.coolDown(item[1], item[2], at, item[3]);
      else if (item[0] === 'probe') local.probeAnswered(item[1], item[2], at - item[3], at);
    },
  });

  return {
    record(sample) {
      local.record(sample);
      const { at, startedAt = at, ...seen } = sample;
      tell(['call', seen, at - startedAt]);
    },
    coolDown(endpointId, credential, now, forMs) {
      const until = local.coolDown(endpointId, credential, now, forMs);
      tell(['limit', endpointId, credential, until - now]);
      return until;
    },
    coolingUntil: local.coolingUntil,
    admit(endpointId, credential, now) {
      const pass = local.admit(endpointId, credential, now);
      if (pass?.isProbe !== true) return pass;
      let isOver = false;
      return {
        isProbe: true,
        answered(at) {
          if (isOver) return;
          isOver = true;
          pass.answered(at);
          tell(['probe', endpointId, credential, at - now]);
        },
        release(at, isGood) {
          isOver = true;
          pass.release(at, isGood);
        },
      };
    },
    health: local.health,
    firstTokenP99Ms: local.firstTokenP99Ms,
    exchange,
    start,
    stop,
  };
}
