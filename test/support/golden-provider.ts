import { leastOverlap } from '../../src/stream/trim-overlap.ts';
import { chunk, done, failWith, usageChunk } from './openai-bytes.ts';
import { lastChunk, type RawExchange, type RawScript, chunk as rawChunk, streamHead } from './raw-provider.ts';

/** How a stream breaks. */
export const streamFaults = ['reset', 'fin', 'clean-end', 'stall', 'malformed', 'bad-chunk', 'error-event'] as const;
export type StreamFault = (typeof streamFaults)[number];

export interface GoldenOptions {
  /** What every answer says. */
  readonly golden: string;
  /** UTF-16 units in one delta. Default 7. */
  readonly pieceUnits?: number;
  /** Breaks off once so many units of it were said. */
  readonly fault?: { readonly at: number; readonly kind: StreamFault };
  /** Units that are said again where it goes on from a prefix. Default 0. */
  readonly overlap?: number;
  /** Answers 400 to a prefix. Default false. */
  readonly refusesPrefix?: boolean;
  /** What is said in place of the golden text where it starts over. */
  readonly instead?: string;
  /** Waits for it before a stream goes on after its first delta. */
  readonly gate?: Promise<unknown>;
  /** Default: none is reported. */
  readonly usage?: readonly [input: number, output: number];
}

/** The assistant's text that a request ends with, to go on from. */
export function prefixOf({ request }: Pick<RawExchange, 'request'>): string | undefined {
  const { messages } = JSON.parse(request.body) as { messages: readonly { role: string; content: string }[] };
  const last = messages.at(-1);
  return last?.role === 'assistant' ? last.content : undefined;
}

/** What is shorter than 12 characters is there by chance, as far as anybody can tell. */
function saidAgain(prefix: string, overlap: number): number {
  const length = Math.min(prefix.length, overlap);
  return length < leastOverlap ? 0 : length;
}

/** Streams a text that is known, from its beginning or from a prefix of it, and breaks where it is told to. */
export function sayGolden(options: GoldenOptions): RawScript {
  const { golden, pieceUnits = 7, fault, overlap = 0, refusesPrefix = false, instead = golden, gate, usage } = options;
  return async exchange => {
    const prefix = prefixOf(exchange);
    if (prefix !== undefined && refusesPrefix) return await failWith(exchange, 400);
    const text = prefix === undefined ? instead : golden;
    const from = prefix === undefined ? 0 : prefix.length - saidAgain(prefix, overlap);
    const end = fault === undefined ? text.length : Math.min(text.length, fault.at);
    await exchange.write(streamHead() + rawChunk(chunk({ role: 'assistant', content: '' })));
    for (let at = from; at < end; at += pieceUnits) {
      await exchange.write(rawChunk(chunk({ content: text.slice(at, Math.min(at + pieceUnits, end)) })));
      if (at === from) await gate;
    }
    if (fault !== undefined) return await breakOff(exchange, fault.kind);
    const [input, output] = usage ?? [];
    const reported = input === undefined || output === undefined ? '' : usageChunk(input, output);
    await exchange.write(rawChunk(chunk({}, 'stop') + reported + done) + lastChunk);
    exchange.end();
  };
}

async function breakOff(exchange: RawExchange, kind: StreamFault): Promise<void> {
  switch (kind) {
    case 'reset':
      return exchange.reset();
    case 'fin':
      return exchange.end();
    case 'clean-end':
      await exchange.write(lastChunk);
      return exchange.end();
    case 'stall':
      await exchange.hungUp;
      return;
    case 'malformed':
      await exchange.write(rawChunk('data: {"choices":[{"delta":{"content":"\n\n'));
      return;
    case 'bad-chunk':
      return await exchange.write('zz\r\nthis is no chunk\r\n');
    case 'error-event':
      await exchange.write(rawChunk('data: {"error":{"message":"overloaded","type":"server_error","code":503}}\n\n'));
      return exchange.end();
  }
}
