import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { type RedisAddress, readRedisAddress } from './redis-address.ts';
import type { ScriptCall } from './redis-script.ts';
import { isUnknownScript, reasonOf, redisUnavailable } from './redis-unavailable.ts';

export interface RedisClientOptions {
  /** `redis://…` or, with TLS, `rediss://…`; with `?cluster=true` one node of a Redis Cluster. */
  readonly url: string;
  /** Certificates in PEM that the server's may be signed by. Default: those that Node trusts. */
  readonly caCertificates?: string;
  /** After so many milliseconds a call has failed, whatever becomes of it. Default: 200. */
  readonly commandTimeoutMs?: number;
  /** A connection that says nothing for so long while something is asked of it is closed. Default: 2000. */
  readonly silenceMs?: number;
  /** More calls without an answer fail at once. Default: 10,000. */
  readonly maxInFlight?: number;
  /** Hears why a connection failed: no address, no password. */
  readonly onProblem?: (reason: Error) => void;
  /** Told whenever the connection stands, the first time too. */
  readonly onReady?: () => void;
}

/** What is known of a server that somebody pointed to. */
export interface RedisServerFacts {
  readonly version: string;
  /** Whether it belongs to a Redis Cluster, whatever the connection string says. */
  readonly isCluster: boolean;
  /** Whether it throws keys away when memory runs short: it would forget money that was spent. */
  readonly evictsKeys: boolean;
}

/**
 * A connection to Redis 7 or later, one server or a Cluster, that fails fast and reconnects by itself.
 *
 * @throws {GatewayError} STORE_UNAVAILABLE, from every method that promises something.
 */
export interface RedisClient {
  /** Whether the connection stands, as far as this process knows. */
  readonly isConnected: boolean;
  run(call: ScriptCall): Promise<unknown>;
  /** A command on one key. */
  command(name: string, key: string, ...values: readonly (string | number)[]): Promise<unknown>;
  /** Never throws: whether something could be written just now. */
  isReachable(): Promise<boolean>;
  inspect(): Promise<RedisServerFacts>;
  /** A hint: whoever is not listening at this moment does not get it. */
  publish(channel: string, text: string): Promise<void>;
  /** Listens over a connection of its own, also after a reconnection. The result stops it. */
  subscribe(channel: string, listener: (text: string) => void): Promise<() => Promise<void>>;
  /** Hangs up; calls under way fail. */
  close(): Promise<void>;
}

const longestReconnectMs = 2000;

/**
 * Connects to Redis, and resolves when it is connected or the first try has failed: then it goes on trying.
 *
 * Nothing is queued while there is no connection, nothing is sent twice, and no call outlives its time limit. What was
 * sent may still run later.
 */
export async function openRedis(options: RedisClientOptions): Promise<RedisClient> {
  const { commandTimeoutMs = 200, maxInFlight = 10_000, onProblem, onReady } = options;
  const address = readRedisAddress(options.url);
  const redis = connect(address, options);
  const listeners = new Map<string, Set<(text: string) => void>>();
  let subscriber: Redis | Cluster | undefined;
  let inFlight = 0;

  redis.on('error', error => onProblem?.(reasonOf(error)));
  redis.on('ready', () => onReady?.());
  // Who calls is told so by every call.
  await redis.connect().catch(() => {});

  async function within<Result>(call: () => Promise<Result>): Promise<Result> {
    if (inFlight >= maxInFlight) throw redisUnavailable(new Error('too many calls at once'));
    inFlight++;
    const answer = call().finally(() => {
      inFlight--;
    });
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      // Once more around the loop: where this process was slow itself, the answer has come and is yet to be read.
      const refuse = () => setImmediate(() => reject(new Error('no answer in time')));
      timer = setTimeout(refuse, commandTimeoutMs);
    });
    try {
      return await Promise.race([answer, timeout]);
    } catch (error) {
      throw redisUnavailable(error);
    } finally {
      clearTimeout(timer);
    }
  }

  async function evaluate({ script, keys, arguments: values }: ScriptCall): Promise<unknown> {
    try {
      return await redis.evalsha(script.sha, keys.length, ...keys, ...values);
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      return redis.eval(script.text, keys.length, ...keys, ...values);
    }
  }

  function connectSubscriber(): Redis | Cluster {
    const connection = connect(address, options, true);
    connection.on('error', error => onProblem?.(reasonOf(error)));
    connection.on('message', (channel: string, text: string) => {
      for (const listener of listeners.get(channel) ?? []) listener(text);
    });
    // What the library does by itself ends the process where the server refuses: see its `event_handler`, `ready`.
    const resubscribe = () => {
      const channels = [...listeners.keys()];
      if (channels.length === 0 || connection !== subscriber) return;
      connection.subscribe(...channels).catch(error => {
        onProblem?.(reasonOf(error));
        if (connection.status === 'ready') setTimeout(resubscribe, longestReconnectMs).unref();
      });
    };
    connection.on('ready', resubscribe);
    connection.connect().catch(() => {});
    return connection;
  }

  return {
    get isConnected() {
      return redis.status === 'ready';
    },
    run: call => within(() => evaluate(call)),
    command: (name, key, ...values) => within(() => redis.call(name, key, ...values)),
    async isReachable() {
      const written = within(() => redis.set('tollgate:reachable', '1', 'PX', 60_000));
      return written.then(
        () => true,
        () => false,
      );
    },
    inspect: () => within(() => inspect(redis)),
    publish: (channel, text) => within(async () => void (await redis.publish(channel, text))),
    async subscribe(channel, listener) {
      subscriber ??= connectSubscriber();
      const known = listeners.get(channel) ?? new Set();
      listeners.set(channel, known.add(listener));
      // A connection that comes later subscribes by itself: what it missed was a hint.
      if (known.size === 1) await within(async () => void (await subscriber?.subscribe(channel)));
      return async () => {
        known.delete(listener);
        if (known.size > 0 || listeners.get(channel) !== known) return;
        listeners.delete(channel);
        await within(async () => void (await subscriber?.unsubscribe(channel)));
      };
    },
    async close() {
      const connections = [redis, subscriber];
      subscriber = undefined;
      for (const connection of connections) connection?.disconnect();
    },
  };
}

function connect(address: RedisAddress, options: RedisClientOptions, mayQueue = false): Redis | Cluster {
  const { host, port } = address;
  const redisOptions = connectionOptions(address, options, mayQueue);
  if (!address.isCluster) return new Redis({ ...redisOptions, host, port, db: address.database });
  return new Cluster([{ host, port }], {
    lazyConnect: true,
    enableOfflineQueue: mayQueue,
    clusterRetryStrategy: reconnectMs,
    maxRedirections: 4,
    retryDelayOnFailover: 50,
    retryDelayOnClusterDown: 50,
    retryDelayOnTryAgain: 20,
    slotsRefreshInterval: 5000,
    // A certificate is for the name that the Cluster announces, not for the address behind it.
    ...(address.isTls ? { dnsLookup: (name, callback) => callback(null, name) } : {}),
    redisOptions,
  });
}

function connectionOptions(address: RedisAddress, options: RedisClientOptions, mayQueue: boolean) {
  const { username, password } = address;
  const { caCertificates: ca, silenceMs = 2000 } = options;
  return {
    lazyConnect: true,
    // Answers have one shape, however a command is called and whatever stands between.
    protocol: 2,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(address.isTls ? { tls: ca === undefined ? {} : { ca } } : {}),
    connectTimeout: 2000,
    socketTimeout: silenceMs,
    enableOfflineQueue: mayQueue,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    retryStrategy: reconnectMs,
  } satisfies RedisOptions;
}

/** Doubles from 50 ms up to the limit, each with up to half of it less, so that not all nodes come back at once. */
function reconnectMs(attempt: number): number {
  const delayMs = Math.min(longestReconnectMs, 50 * 2 ** Math.min(attempt - 1, 10));
  return delayMs * (1 - Math.random() / 2);
}

async function inspect(redis: Redis | Cluster): Promise<RedisServerFacts> {
  const text = await redis.info();
  const facts = new Map(
    text.split('\r\n').map(line => [line.split(':')[0], line.slice(line.indexOf(':') + 1)] as const),
  );
  return {
    version: facts.get('redis_version') ?? 'unknown',
    isCluster: facts.get('redis_mode') === 'cluster',
    evictsKeys: facts.get('maxmemory_policy') !== 'noeviction' && facts.get('maxmemory') !== '0',
  };
}
