import type { ProviderEvent } from '../../src/providers/provider.ts';
import type { WireProtocol } from '../../src/providers/wire-protocol.ts';
import { createSseScanner } from '../../src/stream/decode-sse.ts';
import { cutBytes } from './corpus.ts';

/** What an answer's events add up to. */
export interface CollectedAnswer {
  readonly text: string;
  readonly reasoning: string;
  readonly refusal: string;
  readonly toolCalls: readonly { readonly id: string; readonly name: string; readonly arguments: string }[];
  readonly usage: Readonly<Record<string, number>>;
  /** The finish reason, or `failure:` and its kind. */
  readonly finish: string;
}

/** Reads a stream in pieces of `size` bytes (`Infinity` for one), as the transport does. */
export function decodeStream(
  protocol: WireProtocol,
  bytes: Uint8Array,
  size = Number.POSITIVE_INFINITY,
): ProviderEvent[] {
  const decoder = protocol.createStreamDecoder();
  const events: ProviderEvent[] = [];
  const scanner = createSseScanner((event, data) => events.push(...decoder.read(event, data)));
  for (const piece of cutBytes(bytes, size)) scanner.push(piece);
  scanner.end();
  events.push(...decoder.close());
  return events;
}

/** Reads a stream from its events' data alone. */
export function decodeEvents(protocol: WireProtocol, ...data: readonly unknown[]): ProviderEvent[] {
  const lines = data.map(item => `data: ${typeof item === 'string' ? item : JSON.stringify(item)}\n\n`);
  return decodeStream(protocol, new TextEncoder().encode(lines.join('')));
}

/** Adds events up; later usage replaces the members that it carries. */
export function collectAnswer(events: readonly ProviderEvent[]): CollectedAnswer {
  const toolCalls: { id: string; name: string; arguments: string }[] = [];
  const said = { text: '', reasoning: '', refusal: '' };
  const usage: Record<string, number> = {};
  let finish = 'NONE';
  for (const event of events) {
    switch (event.type) {
      case 'text':
      case 'reasoning':
      case 'refusal':
        said[event.type] += event.text;
        break;
      case 'tool-call': {
        const call = toolCalls[event.index];
        if (call === undefined) {
          toolCalls.push({ id: event.id ?? '', name: event.name ?? '', arguments: event.arguments });
        } else call.arguments += event.arguments;
        break;
      }
      case 'usage':
        for (const [name, count] of Object.entries(event.usage)) if (typeof count === 'number') usage[name] = count;
        break;
      case 'finish':
        finish = event.reason;
        break;
      case 'failure':
        finish = `failure:${event.failure.kind}`;
    }
  }
  return { ...said, toolCalls, usage, finish };
}

/** Makes arguments comparable, whatever their white space. */
export function parsedCalls({ toolCalls }: CollectedAnswer): readonly (readonly [string, unknown])[] {
  return toolCalls.map(call => [call.name, JSON.parse(call.arguments) as unknown] as const);
}
