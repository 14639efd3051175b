import type { Clock } from '../../model/clock.ts';
import { type CompletionEvent, isTerminal } from '../../model/completion.ts';
import type { StreamFacts, StreamLog, StreamPart, StreamStore } from '../stream-store.ts';
import type { RedisClient } from './redis-client.ts';
import { openRedisStreamLog, streamKeys } from './redis-stream-log.ts';
import { streamReadScript } from './scripts/streams.ts';
import { readBatch } from './stream-batch.ts';

export interface RedisStreamStoreOptions {
  readonly redis: RedisClient;
  readonly clock: Clock;
  /** Between two writes of one stream, in milliseconds. Default: 50. */
  readonly flushMs?: number;
  /** For how long a writer may be silent before it counts as gone, in milliseconds. Default: 15,000. */
  readonly silenceMs?: number;
}

const mostBatches = 32;

/** Streams that any node can attach to, in Redis: two keys each, `{tollgate:stream:<completion>}:…`. */
export function redisStreamStore(options: RedisStreamStoreOptions): StreamStore {
  const { redis, clock, flushMs = 50, silenceMs = 15_000 } = options;
  const open = new Set<StreamLog>();

  async function part(completionId: string, after: number, most: number): Promise<StreamPart | undefined> {
    const keys = streamKeys(completionId);
    const answer = await redis.run({ script: streamReadScript, keys, arguments: [after + 1, most] });
    const [factsText, isAlive, ...batches] = Array.isArray(answer) ? answer.map(String) : [];
    if (factsText === undefined) return undefined;
    const events: CompletionEvent[] = [];
    for (const text of batches) {
      const batch = readBatch(text, completionId) ?? [];
      for (const event of batch) {
        // A gap would be a text that nobody wrote: what comes after it is not there.
        if (event.seq === after + 1 + events.length) events.push(event);
      }
    }
    return { facts: JSON.parse(factsText) as StreamFacts, events, isAlive: isAlive === '1' };
  }

  return {
    open(facts, keptMs) {
      const onClosed = () => open.delete(log);
      const log = openRedisStreamLog({ redis, clock, facts, keptMs, flushMs, silenceMs, onClosed });
      open.add(log);
      return log;
    },
    async read(completionId, after) {
      const found = await part(completionId, after, mostBatches);
      const last = found?.events.at(-1);
      if (found === undefined || last === undefined || !isTerminal(last)) return found;
      // A decision is written once, with the first event.
      const first = found.events[0]?.seq === 0 ? found.events[0] : (await part(completionId, -1, 1))?.events[0];
      if (first?.type !== 'accepted') return found;
      const whole = { ...last, completion: { ...last.completion, route: first.route } };
      return { ...found, events: [...found.events.slice(0, -1), whole] };
    },
    async close() {
      await Promise.all([...open].map(log => log.close()));
    },
  };
}
