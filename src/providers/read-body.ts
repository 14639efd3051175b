import { Buffer } from 'node:buffer';
import { createSseScanner } from '../stream/decode-sse.ts';
import type { ProviderEvent, ProviderFailure } from './provider.ts';
import type { WireProtocol, WireResponseHead } from './wire-protocol.ts';

/** Turns the bytes of one body into events. A `failure` or `end` is the last; nothing is read after it. */
export interface BodyReader {
  push(chunk: Uint8Array, events: ProviderEvent[]): void;
  /** The body ended as its framing says. */
  end(events: ProviderEvent[]): void;
  /** The connection broke. What was whole by then stays whole. */
  cut(cause: string, events: ProviderEvent[]): void;
  /** As StreamDecoder has it. */
  readonly graceMs?: number | undefined;
}

/** An answer that is not a stream may be so large, in bytes. */
const maxAnswerBytes = 32 * 1_048_576;
const maxErrorBytes = 64 * 1_024;

/** Reads a body of server-sent events. */
export function readStream(wire: WireProtocol): BodyReader {
  const decoder = wire.createStreamDecoder();
  let into: ProviderEvent[] = [];
  const scanner = createSseScanner((event, data) => {
    for (const item of decoder.read(event, data)) into.push(item);
  });
  return {
    push(chunk, events) {
      into = events;
      try {
        scanner.push(chunk);
      } catch (error) {
        events.push(failed('protocol', error instanceof RangeError ? 'event too large' : faultName(error)));
      }
    },
    get graceMs() {
      return decoder.graceMs;
    },
    end(events) {
      scanner.end();
      events.push(...decoder.close());
    },
    cut(cause, events) {
      for (const event of decoder.close()) events.push(event.type === 'failure' ? failed('cut', cause) : event);
    },
  };
}

/** Reads a whole answer of at most 32 MiB. */
export function readAnswer(wire: WireProtocol): BodyReader {
  const body = createCollector(maxAnswerBytes);
  return {
    push(chunk, events) {
      if (!body.add(chunk)) events.push(failed('protocol', `answer larger than ${maxAnswerBytes} bytes`));
    },
    end(events) {
      try {
        events.push(...wire.decodeAnswer(body.text()));
      } catch (error) {
        events.push(failed('protocol', faultName(error)));
      }
    },
    cut: (cause, events) => void events.push(failed('cut', cause)),
  };
}

/** Reads the first 64 KiB of an error's body, and classifies it; a cut one too. */
export function readFailure(wire: WireProtocol, head: WireResponseHead, isReadable: boolean): BodyReader {
  const body = createCollector(maxErrorBytes);

  function classify(events: ProviderEvent[]): void {
    try {
      events.push({ type: 'failure', failure: wire.decodeFailure(head, isReadable ? body.text() : '') });
    } catch (error) {
      events.push(failed('server', faultName(error), head.status));
    }
  }

  return {
    push(chunk, events) {
      if (!body.add(chunk)) classify(events);
    },
    end: classify,
    cut: (_, events) => classify(events),
  };
}

/** The event that ends a call; `detail` is for the log and holds no content. */
export function failed(kind: ProviderFailure['kind'], detail: string, status?: number): ProviderEvent {
  return { type: 'failure', failure: { kind, detail, ...(status === undefined ? {} : { status }) } };
}

/** An errno or a class name; never a message, which may quote what was read. */
export function faultName(error: unknown): string {
  if (!(error instanceof Error)) return 'fault';
  const code = 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? code : error.name;
}

function createCollector(limit: number): { add(chunk: Uint8Array): boolean; text(): string } {
  const chunks: Uint8Array[] = [];
  let size = 0;
  return {
    /** False, and what fits is kept, where the limit is passed. */
    add(chunk) {
      chunks.push(chunk.subarray(0, Math.max(0, limit - size)));
      size += chunk.length;
      return size <= limit;
    },
    text: () => new TextDecoder().decode(Buffer.concat(chunks)),
  };
}
