import { randomUUID } from 'node:crypto';
import { createBoundedMap } from '../../model/bounded-map.ts';
import type { Clock } from '../../model/clock.ts';
import type { RedisClient } from './redis-client.ts';
import { exchangeScript } from './scripts/exchange.ts';

/** What another node saw, with how long ago that was, in milliseconds. */
export interface Heard<Item> {
  readonly item: Item;
  readonly agoMs: number;
}

export interface RedisExchangeOptions<Item> {
  readonly redis: RedisClient;
  readonly clock: Clock;
  /** The stream. */
  readonly key: string;
  /** How long a node that starts can hear what was said before. */
  readonly keptMs: number;
  /** How often nodes exchange. Default: 1000. */
  readonly everyMs?: number;
  /** Items beyond so many are dropped between two exchanges, the oldest first. Default: 2000. */
  readonly maxItems?: number;
  readonly hear: (heard: Heard<Item>) => void;
}

/** What goes on beside the requests, so that nodes hear of each other. */
export interface ExchangeLoop {
  /** Exchanges now. Never throws: where Redis is away, it is told next time. */
  exchange(): Promise<void>;
  /** Exchanges again and again until `stop`. */
  start(): void;
  stop(): void;
}

/** Tells other nodes what this one saw, and hears what they did, a little later. */
export interface RedisExchange<Item> extends ExchangeLoop {
  tell(item: Item): void;
}

interface Batch<Item> {
  readonly node: string;
  readonly number: number;
  readonly madeAt: number;
  readonly items: readonly (readonly [item: Item, at: number])[];
}

const entriesAtOnce = 200;

/**
 * Exchanges over a stream in Redis. A batch is sent again where its answer was lost, and heard once; instants are sent as
 * how long ago they were, by the clock of Redis in between, so that clocks of nodes may differ.
 */
export function redisExchange<Item>(options: RedisExchangeOptions<Item>): RedisExchange<Item> {
  const { redis, clock, key, keptMs, everyMs = 1000, maxItems = 2000, hear } = options;
  const node = randomUUID();
  /** The number of the last batch heard of each node. */
  const heardUpTo = createBoundedMap<string, number>(10_000);
  let told: (readonly [item: Item, at: number])[] = [];
  let pending: Batch<Item> | undefined;
  let number = 0;
  let lastEntry = '-';
  let cancel: (() => void) | undefined;
  let isStopped = true;

  function nextBatch(): Batch<Item> | undefined {
    if (pending === undefined && told.length > 0) {
      pending = { node, number: ++number, madeAt: clock.monotonicMs(), items: told };
      told = [];
    }
    return pending;
  }

  async function round(): Promise<void> {
    for (;;) {
      const batch = nextBatch();
      const answer = await redis.run({
        script: exchangeScript,
        keys: [key],
        arguments: [batch === undefined ? '' : written(batch, clock.monotonicMs()), lastEntry, keptMs, entriesAtOnce],
      });
      pending = undefined;
      const [now, ...entries] = Array.isArray(answer) ? answer.map(String) : [];
      for (let index = 0; index < entries.length; index += 2) {
        lastEntry = entries[index] ?? lastEntry;
        hearBatch(entries[index + 1] ?? '', Number(now) - Number.parseInt(lastEntry, 10));
      }
      if (entries.length < 2 * entriesAtOnce) return;
    }
  }

  function hearBatch(text: string, agoMs: number): void {
    const batch = read<Item>(text);
    if (batch === undefined || batch.node === node) return;
    if (batch.number <= (heardUpTo.get(batch.node) ?? 0)) return;
    heardUpTo.set(batch.node, batch.number);
    for (const [item, itemAgoMs] of batch.items) hear({ item, agoMs: Math.max(0, agoMs + itemAgoMs) });
  }

  async function exchange(): Promise<void> {
    // What cannot be told now is told next time; what is heard late is old by then, and counts as that.
    await round().catch(() => {});
  }

  function schedule(): void {
    cancel = clock.after(everyMs, () => {
      exchange().then(() => {
        if (!isStopped) schedule();
      });
    });
  }

  return {
    tell(item) {
      if (told.length >= maxItems) told.shift();
      told.push([item, clock.monotonicMs()]);
    },
    exchange,
    start() {
      if (!isStopped) return;
      isStopped = false;
      schedule();
    },
    stop() {
      isStopped = true;
      cancel?.();
    },
  };
}

function written<Item>({ node, number, items }: Batch<Item>, now: number): string {
  return JSON.stringify({ node, number, items: items.map(([item, at]) => [item, now - at]) });
}

/** Undefined for what a node of another version wrote in another way. */
function read<Item>(text: string) {
  try {
    const batch: { node: string; number: number; items: readonly (readonly [Item, number])[] } = JSON.parse(text);
    return Array.isArray(batch.items) && typeof batch.number === 'number' ? batch : undefined;
  } catch {
    return undefined;
  }
}
