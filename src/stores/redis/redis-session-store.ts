import { createHash } from 'node:crypto';
import { createBoundedMap } from '../../model/bounded-map.ts';
import type { Clock } from '../../model/clock.ts';
import type { SessionStore } from '../session-store.ts';
import type { RedisClient } from './redis-client.ts';
import { type ExchangeLoop, redisExchange } from './redis-exchange.ts';

export interface RedisSessionStoreOptions {
  readonly redis: RedisClient;
  readonly clock: Clock;
  /** What this process knows by itself: a memory store. */
  readonly local: SessionStore;
  /** How often nodes exchange, in milliseconds. Default: 1000. */
  readonly everyMs?: number;
}

/** A SessionStore that hears of other nodes. */
export interface SharedSessionStore extends SessionStore, ExchangeLoop {}

type Remembered = readonly [hashedKey: string, endpointId: string];

const idleTtlMs = 600_000;
/** A session in use is told again so often, so that a node that starts hears of it. */
const tellAgainMs = 60_000;
const maxSessions = 100_000;

/**
 * Remembers which endpoint each session was served by, on all nodes: looked up without waiting, and told to others about
 * each second. Where Redis is away, a node knows its own sessions. Names of sessions leave the process as hashes.
 */
export function redisSessionStore(options: RedisSessionStoreOptions): SharedSessionStore {
  const { redis, clock, local, everyMs } = options;
  /** What was told or heard last of each session, and when. */
  const latest = createBoundedMap<string, { readonly endpointId: string; readonly at: number }>(maxSessions);
  const { tell, exchange, start, stop } = redisExchange<Remembered>({
    redis,
    clock,
    key: '{tollgate}:sessions',
    keptMs: idleTtlMs,
    ...(everyMs === undefined ? {} : { everyMs }),
    hear({ item: [key, endpointId], agoMs }) {
      const at = clock.now() - agoMs;
      if (at <= (latest.peek(key)?.at ?? Number.NEGATIVE_INFINITY)) return;
      latest.set(key, { endpointId, at });
      local.remember(key, endpointId, at);
    },
  });

  return {
    endpointOf: (sessionKey, now) => local.endpointOf(hashed(sessionKey), now),
    remember(sessionKey, endpointId, now) {
      const key = hashed(sessionKey);
      local.remember(key, endpointId, now);
      const known = latest.peek(key);
      const at = clock.now();
      if (known?.endpointId === endpointId && at - known.at < tellAgainMs) return;
      latest.set(key, { endpointId, at });
      tell([key, endpointId]);
    },
    exchange,
    start,
    stop,
  };
}

function hashed(sessionKey: string): string {
  return createHash('sha256').update(sessionKey).digest('base64url').slice(0, 22);
}
