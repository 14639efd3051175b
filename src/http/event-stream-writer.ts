import type { OutgoingHttpHeaders } from 'node:http';
import type { OutgoingResponse } from './carrier.ts';
import { endResponse } from './end-response.ts';

/** Writes one `text/event-stream` answer. */
export interface EventStreamWriter {
  /** Sends the head alone, where the first event is not there yet. Later calls do nothing. */
  open(): void;
  /** @returns False when the client reads too slowly: nothing more is to be written until `onDrain`. */
  write(text: string): boolean;
  /** Gives the response back unused, for an answer that turned out to be no stream. */
  release(): void;
  /** Ends the answer, with a last text. A client that does not take it is cut off as any other that stalls. */
  end(text?: string): void;
  readonly isClosed: boolean;
}

export interface EventStreamWriterOptions {
  /** Asked for when the head is sent. */
  readonly headers: () => OutgoingHttpHeaders;
  /** Written every twelve seconds so that proxies keep a quiet stream open. A comment, by default `:`. */
  readonly ping?: string;
  /** The client reads again. */
  readonly onDrain: () => void;
  /** The client left, or was cut off for not reading, before `end`. Called at most once. */
  readonly onClose: () => void;
  /** How long a client may take nothing before it is cut off, in milliseconds. Default 30,000. */
  readonly stallMs?: number;
}

const pingEveryMs = 12_000;
const streams = new Set<() => void>();
let timer: NodeJS.Timeout | undefined;

/** One timer for all open streams: a timer for each costs more than the pings do. */
function pingTogether(ping: () => void): () => void {
  streams.add(ping);
  timer ??= setInterval(() => {
    for (const each of streams) each();
  }, pingEveryMs).unref();
  return () => {
    streams.delete(ping);
    if (streams.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** Opens an event stream on a response. Head and first event leave in one write. */
export function createEventStreamWriter(
  response: OutgoingResponse,
  options: EventStreamWriterOptions,
): EventStreamWriter {
  const { headers, ping = ':\n\n', onDrain, onClose, stallMs = 30_000 } = options;
  let stalled: NodeJS.Timeout | undefined;
  let isClosed = response.destroyed;
  const stopPinging = pingTogether(() => {
    // A ping behind a full buffer would say nothing and only make it fuller.
    if (!isClosed && response.headersSent && stalled === undefined) write(ping);
  });

  function close(): void {
    isClosed = true;
    clearTimeout(stalled);
    stopPinging();
    response.off('drain', drained);
  }

  function drained(): void {
    clearTimeout(stalled);
    stalled = undefined;
    onDrain();
  }

  function writeHead(): void {
    if (response.headersSent) return;
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      ...headers(),
    });
  }

  function write(text: string): boolean {
    if (isClosed || text === '') return !isClosed;
    writeHead();
    if (response.write(text)) return true;
    stalled ??= setTimeout(() => response.destroy(), stallMs).unref();
    return false;
  }

  response.on('drain', drained);
  response.once('close', () => {
    if (isClosed) return;
    close();
    onClose();
  });

  return {
    open() {
      if (isClosed || response.headersSent) return;
      writeHead();
      response.flushHeaders();
    },
    write,
    release: close,
    end(text = '') {
      if (isClosed) return;
      close();
      writeHead();
      endResponse(response, text, stallMs);
    },
    get isClosed() {
      return isClosed;
    },
  };
}
