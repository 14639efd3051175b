import {
  chunk,
  lastChunk,
  type RawExchange,
  type RawProvider,
  startRawProvider,
  streamHead,
  wholeAnswer,
} from '../support/raw-provider.ts';
import type { ProviderCall } from './history.ts';
import { type SeededRandom, seededRandom } from './seeded-random.ts';

/** What a provider may do with a request. */
const behaviours = [
  ['whole', 62],
  ['slow', 8],
  ['without-usage', 6],
  ['error-500', 5],
  ['error-429', 2],
  ['reset-at-once', 3],
  ['cut', 7],
  ['reset-midway', 3],
  ['silent', 4],
] as const satisfies readonly (readonly [string, number])[];

export type Behaviour = (typeof behaviours)[number][0];

/** Nano-dollars for a token. */
export interface TokenPrice {
  readonly input: bigint;
  readonly output: bigint;
}

export interface ScriptedProvider {
  readonly id: string;
  readonly url: string;
  readonly price: TokenPrice;
  readonly calls: readonly ProviderCall[];
  /** From now on every answer is whole. */
  calmDown(): void;
  close(): Promise<void>;
}

/** What a request's id looks like in its prompt. */
export const requestMark = /\[(r\d+)\]/;

/** Starts a provider that answers in the OpenAI protocol, well or badly, as the seed says, and records what it did. */
export async function startScriptedProvider(seed: string, id: string, price: TokenPrice): Promise<ScriptedProvider> {
  const calls: ProviderCall[] = [];
  let isCalm = false;
  const provider: RawProvider = await startRawProvider(async exchange => {
    const request = requestMark.exec(exchange.request.body)?.[1] ?? 'nobody';
    const random = seededRandom(`${seed} ${id} ${request}`);
    const behaviour = isCalm ? 'whole' : random.weighted(behaviours);
    const { stream = false, max_tokens: mostTokens = 10 } = JSON.parse(exchange.request.body);
    const usage = { input: random.whole(3, 9), output: random.whole(1, Math.floor(mostTokens * 0.8)) };
    const isWhole = behaviour === 'whole' || behaviour === 'slow';
    calls.push({
      request,
      providerId: id,
      at: Date.now(),
      behaviour,
      ...(isWhole ? { reportedNanos: BigInt(usage.input) * price.input + BigInt(usage.output) * price.output } : {}),
    });
    await play(exchange, { behaviour, isStream: stream === true, usage, random });
  });
  return {
    id,
    url: provider.url,
    price,
    calls,
    calmDown() {
      isCalm = true;
    },
    close: provider.close,
  };
}

interface Answer {
  readonly behaviour: Behaviour;
  readonly isStream: boolean;
  readonly usage: { readonly input: number; readonly output: number };
  readonly random: SeededRandom;
}

async function play(exchange: RawExchange, { behaviour, isStream, usage, random }: Answer): Promise<void> {
  await pause(behaviour === 'slow' ? random.whole(900, 1_800) : random.whole(10, 250));
  if (behaviour === 'silent') return;
  if (behaviour === 'reset-at-once') return exchange.reset();
  if (behaviour === 'error-500' || behaviour === 'error-429') {
    const status = behaviour === 'error-500' ? 500 : 429;
    return await exchange.write(wholeAnswer(status, '{"error":{"message":"scripted","code":"scripted"}}'));
  }
  const reported = {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
  };
  if (isStream) return await playStream(exchange, behaviour, reported, random);
  const body = JSON.stringify({
    choices: [{ index: 0, message: { role: 'assistant', content: 'An answer.' }, finish_reason: 'stop' }],
    ...(behaviour === 'without-usage' ? {} : { usage: reported }),
  });
  const whole = wholeAnswer(200, body);
  if (behaviour !== 'cut' && behaviour !== 'reset-midway') return await exchange.write(whole);
  await exchange.write(whole.slice(0, -10));
  if (behaviour === 'cut') exchange.end();
  else exchange.reset();
}

async function playStream(
  exchange: RawExchange,
  behaviour: Behaviour,
  reported: unknown,
  random: SeededRandom,
): Promise<void> {
  const event = (value: unknown) => chunk(`data: ${JSON.stringify(value)}\n\n`);
  await exchange.write(streamHead());
  for (const word of ['One ', 'two ', 'three ', 'four.']) {
    await exchange.write(event({ choices: [{ index: 0, delta: { content: word } }] }));
    await pause(random.whole(5, behaviour === 'slow' ? 400 : 80));
  }
  if (behaviour === 'cut') return exchange.end();
  if (behaviour === 'reset-midway') return exchange.reset();
  await exchange.write(event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }));
  if (behaviour !== 'without-usage') await exchange.write(event({ choices: [], usage: reported }));
  await exchange.write(`${chunk('data: [DONE]\n\n')}${lastChunk}`);
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms));
}
