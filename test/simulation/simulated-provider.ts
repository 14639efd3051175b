import type { Clock } from '../../src/model/clock.ts';
import type { ProviderAdapter, ProviderEvent, ProviderFailure } from '../../src/providers/provider.ts';
import { createEventStream } from '../../src/stream/event-stream.ts';
import type { SeededRandom } from './seeded-random.ts';

/** How a provider behaves for a while. */
export type Mood =
  | 'well'
  | 'slow'
  | 'silent'
  | 'refused'
  | 'status 500'
  | 'status 503'
  | 'status 429'
  | 'status 401'
  | 'cut'
  | 'stalled'
  | 'malformed';

/** From this instant on, in milliseconds since the epoch. */
export interface MoodChange {
  readonly at: number;
  readonly mood: Mood;
}

/** One call, as the provider saw it. */
export interface SeenCall {
  readonly at: number;
  readonly endpointId: string;
  readonly mood: Mood;
  endedAt?: number;
}

export interface SimulatedProvider {
  readonly adapter: ProviderAdapter;
  readonly calls: readonly SeenCall[];
}

/** What every model answers: a text that is the same each time. */
export const golden = Array.from({ length: 24 }, (_, index) => `word${index}`).join(' ');

const failures: Partial<Record<Mood, ProviderFailure>> = {
  refused: { kind: 'unreachable', detail: 'ECONNREFUSED' },
  'status 500': { kind: 'server', status: 500, detail: 'status 500' },
  'status 503': { kind: 'overloaded', status: 503, detail: 'status 503' },
  'status 429': { kind: 'rate-limited', status: 429, retryAfterMs: 2_000, detail: 'status 429' },
  'status 401': { kind: 'credentials', status: 401, detail: 'status 401' },
};

/**
 * A provider whose calls take virtual time.
 *
 * It goes on from a last message of the assistant, as models with PREFIX do.
 */
export function simulatedProvider(
  id: string,
  clock: Clock,
  random: SeededRandom,
  moods: readonly MoodChange[],
): SimulatedProvider {
  const calls: SeenCall[] = [];
  const moodAt = (at: number) => moods.findLast(change => change.at <= at)?.mood ?? 'well';

  const adapter: ProviderAdapter = {
    providerId: id,
    protocol: 'openai',
    hasCredential: true,
    unsupportedParameters: [],
    close: async () => {},
    call(request, signal) {
      const mood = moodAt(clock.now());
      const call: SeenCall = { at: clock.now(), endpointId: request.endpoint.id, mood };
      calls.push(call);
      let cancelTimer = () => {};
      const source = createEventStream<ProviderEvent>({ onCancel: leave });
      signal.addEventListener('abort', leave, { once: true });

      function leave(): void {
        cancelTimer();
        call.endedAt ??= clock.now();
      }
      function end(events: readonly ProviderEvent[]): void {
        call.endedAt = clock.now();
        source.write(events);
        source.end();
      }
      /** Says the rest of the text, a few words at a time, and breaks off where its mood wants it. */
      function speak(said: number, breaksAt: number): void {
        const until = Math.min(golden.length, breaksAt, said + random.between(1, 40));
        source.write([{ type: 'text', text: golden.slice(said, until) }]);
        if (until < golden.length && until < breaksAt) {
          cancelTimer = clock.after(random.between(5, 200), () => speak(until, breaksAt));
          return;
        }
        if (mood === 'cut') end([{ type: 'failure', failure: { kind: 'cut', detail: 'ECONNRESET' } }]);
        else if (mood === 'malformed') end([{ type: 'failure', failure: { kind: 'protocol', detail: 'bad JSON' } }]);
        else if (mood !== 'stalled') {
          end([
            { type: 'finish', reason: 'STOP' },
            { type: 'usage', usage: { inputTokens: 10, outputTokens: 30 } },
            { type: 'end' },
          ]);
        }
      }

      const failure = failures[mood];
      const last = request.prompt.messages.at(-1);
      const prefix = last?.role === 'ASSISTANT' ? last.parts.map(part => (part.type === 'text' ? part.text : '')) : [];
      const from = prefix.join('').length;
      const breaks = mood === 'cut' || mood === 'stalled' || mood === 'malformed';
      const breaksAt = breaks ? random.between(from, golden.length - 1) : golden.length;
      const firstMs = mood === 'slow' ? 40_000 : random.between(20, 400);
      if (failure !== undefined)
        cancelTimer = clock.after(random.between(1, 50), () => end([{ type: 'failure', failure }]));
      else if (mood !== 'silent') {
        cancelTimer = clock.after(firstMs, () => {
          source.write([{ type: 'accepted', status: 200 }]);
          speak(from, breaksAt);
        });
      }
      return source.stream;
    },
  };
  return { adapter, calls };
}
