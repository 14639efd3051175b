import { answerBody, inChunks, readChatRequest, wholeStream } from './chat-wire.ts';
import {
  lastChunk,
  type RawExchange,
  type RawProvider,
  startRawProvider,
  streamHead,
  wholeAnswer,
} from './raw-provider.ts';
import type { FaultyCall, Play, SeenAttempt, UpstreamName } from './scenario.ts';

export interface FaultyUpstreams {
  readonly urls: Readonly<Record<UpstreamName, string>>;
  /** All that was ever asked of both. */
  readonly attempts: number;
  /**
   * Plays this for every attempt whose prompt holds the tag.
   *
   * @returns The attempts, as they come; an attempt's members change while it lasts.
   */
  playFor(tag: string, play: Play): readonly SeenAttempt[];
  /** Has one of them refuse connections while `during` lasts. */
  refuse(upstream: UpstreamName, during: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** Stands in a prompt, so that an attempt can be told to belong to a request of the caller. */
const tagPattern = /\bchaos-[0-9a-f]{8}-\d+\b/;

interface Playing {
  readonly play: Play;
  readonly attempts: { -readonly [Member in keyof SeenAttempt]: SeenAttempt[Member] }[];
}

/**
 * Starts two providers on loopback that play faults, and remember how the gateway dealt with them.
 *
 * @param port The first one's; the second has the next. Default 0: any that are free.
 */
export async function startFaultyUpstreams({ port = 0 }: { readonly port?: number } = {}): Promise<FaultyUpstreams> {
  const playing = new Map<string, Playing>();
  let attempts = 0;

  async function receive(upstream: UpstreamName, exchange: RawExchange): Promise<void> {
    const { request } = exchange;
    if (request.method !== 'POST' || !request.path.split('?')[0]?.endsWith('/chat/completions')) {
      return await exchange.write(answerOther(request.path));
    }
    attempts += 1;
    const chat = readChatRequest(request.body);
    const tag = tagPattern.exec(chat.text)?.[0];
    const current = tag === undefined ? undefined : playing.get(tag);
    const credential =
      request.headers.authorization ?? request.headers['api-key'] ?? request.headers['x-api-key'] ?? '';
    const earlier = [...(current?.attempts ?? [])];
    const seen: Playing['attempts'][number] = {
      upstream,
      at: request.at,
      model: chat.model,
      isStream: chat.isStream,
      credential,
    };
    current?.attempts.push(seen);
    let isAnswered = false;
    void exchange.hungUp.then(at => {
      if (!isAnswered) seen.hungUpAt = at;
    });
    const call: FaultyCall = {
      upstream,
      isFaulty: (earlier[0]?.upstream ?? upstream) === upstream,
      earlier,
      chat,
      credential,
      write: exchange.write,
      hungUp: exchange.hungUp,
      end() {
        isAnswered = true;
        exchange.end();
      },
      reset() {
        isAnswered = true;
        exchange.reset();
      },
      async answer() {
        const { model, isStream, textToCome } = chat;
        isAnswered = true;
        await exchange.write(
          isStream
            ? streamHead() + inChunks([wholeStream(model, textToCome)]) + lastChunk
            : wholeAnswer(200, answerBody(model, textToCome)),
        );
      },
    };
    await (current?.play ?? (healthy => healthy.answer()))(call);
    // Who hangs up before a script is through has ended it.
    isAnswered = true;
  }

  const providers: Readonly<Record<UpstreamName, RawProvider>> = {
    primary: await startRawProvider(exchange => receive('primary', exchange), { port }),
    secondary: await startRawProvider(exchange => receive('secondary', exchange), { port: port === 0 ? 0 : port + 1 }),
  };

  return {
    urls: { primary: providers.primary.url, secondary: providers.secondary.url },
    get attempts() {
      return attempts;
    },
    playFor(tag, play) {
      const current: Playing = { play, attempts: [] };
      playing.set(tag, current);
      return current.attempts;
    },
    async refuse(upstream, during) {
      await providers[upstream].refuse();
      try {
        await during();
      } finally {
        await providers[upstream].accept();
      }
    },
    async close() {
      await Promise.all([providers.primary.close(), providers.secondary.close()]);
    },
  };
}

/** Gateways look for models, and whether their provider lives. */
function answerOther(path: string): string {
  if (!/\/models(\/|\?|$)/.test(path)) return wholeAnswer(404, '{"error":{"message":"No such path."}}');
  return wholeAnswer(200, JSON.stringify({ object: 'list', data: [] }));
}
