/** Takes one event: its `event:` name, empty where there was none, and its data, lines joined by `\n`. */
export type SseEventSink = (event: string, data: string) => void;

export interface SseScannerOptions {
  /** The longest line in bytes, and the longest data of one event in UTF-16 units. Default 1 MiB. */
  readonly maxEventBytes?: number;
}

/** A push parser of `text/event-stream`. */
export interface SseScanner {
  /**
   * Reads on; calls the sink, synchronously, for each event that is complete.
   *
   * @throws {RangeError} An event is larger than `maxEventBytes`. Events before it were delivered; the scanner is void.
   */
  push(chunk: Uint8Array): void;
  /** The body has ended: an event without its closing blank line is dropped, as the specification demands. */
  end(): void;
}

const lineFeed = 10;
const carriageReturn = 13;
const byteOrderMark = 0xfeff;
const nothing = new Uint8Array(0);

/**
 * Makes a scanner of server-sent events after the WHATWG rules: lines end in CR, LF or CRLF, wherever the bytes are
 * cut; a byte order mark and comments are skipped; `id` and `retry` are ignored; bytes that are not UTF-8 become U+FFFD.
 *
 * What it calls depends on the bytes alone, not on how they were cut. A line end is never inside a UTF-8 sequence, so
 * whole lines are decoded at once, and only the bytes after the last line end are kept.
 */
export function createSseScanner(onEvent: SseEventSink, options: SseScannerOptions = {}): SseScanner {
  const { maxEventBytes = 1_048_576 } = options;
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let pending: Uint8Array = nothing;
  let pendingLength = 0;
  let isStart = true;
  let skipsLineFeed = false;
  let event = '';
  let data: string | undefined;

  function keep(bytes: Uint8Array): void {
    const needed = pendingLength + bytes.length;
    if (needed > maxEventBytes) throw tooLarge(maxEventBytes);
    if (needed > pending.length) {
      const grown = new Uint8Array(Math.max(needed, Math.min(maxEventBytes, pending.length * 2)));
      grown.set(pending.subarray(0, pendingLength));
      pending = grown;
    }
    pending.set(bytes, pendingLength);
    pendingLength = needed;
  }

  function takePending(rest: Uint8Array): Uint8Array {
    if (pendingLength === 0) return rest;
    const joined = new Uint8Array(pendingLength + rest.length);
    joined.set(pending.subarray(0, pendingLength));
    joined.set(rest, pendingLength);
    pending = nothing;
    pendingLength = 0;
    return joined;
  }

  function readLine(text: string, start: number, end: number): void {
    // No UTF-16 unit takes more than three bytes, so only very long lines are measured exactly.
    if ((end - start) * 3 > maxEventBytes && utf8Length(text.slice(start, end)) > maxEventBytes) {
      throw tooLarge(maxEventBytes);
    }
    if (start === end) {
      if (data !== undefined && data !== '') onEvent(event, data);
      event = '';
      data = undefined;
      return;
    }
    if (text.startsWith('data', start)) {
      const value = fieldValue(text, start + 4, end);
      if (value === undefined) return;
      data = data === undefined ? value : `${data}\n${value}`;
      if (data.length > maxEventBytes) throw tooLarge(maxEventBytes);
    } else if (text.startsWith('event', start)) {
      event = fieldValue(text, start + 5, end) ?? event;
    }
  }

  function readLines(text: string): void {
    let start = isStart && text.charCodeAt(0) === byteOrderMark ? 1 : 0;
    isStart = false;
    if (!text.includes('\r')) {
      for (let end = text.indexOf('\n', start); end !== -1; end = text.indexOf('\n', start)) {
        readLine(text, start, end);
        start = end + 1;
      }
      return;
    }
    for (let at = start; at < text.length; at += 1) {
      const unit = text.charCodeAt(at);
      if (unit !== carriageReturn && unit !== lineFeed) continue;
      readLine(text, start, at);
      if (unit === carriageReturn && text.charCodeAt(at + 1) === lineFeed) at += 1;
      start = at + 1;
    }
  }

  return {
    push(chunk) {
      if (chunk.length === 0) return;
      const rest = skipsLineFeed && chunk[0] === lineFeed ? chunk.subarray(1) : chunk;
      skipsLineFeed = false;
      const lastLineEnd = Math.max(rest.lastIndexOf(lineFeed), rest.lastIndexOf(carriageReturn));
      if (lastLineEnd === -1) return keep(rest);
      skipsLineFeed = rest[rest.length - 1] === carriageReturn;
      readLines(decoder.decode(takePending(rest.subarray(0, lastLineEnd + 1))));
      if (lastLineEnd + 1 < rest.length) keep(rest.subarray(lastLineEnd + 1));
    },
    end() {
      pending = nothing;
      pendingLength = 0;
      event = '';
      data = undefined;
    },
  };
}

/** What follows the field's name: undefined where the name goes on, so that it is another field. */
function fieldValue(text: string, at: number, end: number): string | undefined {
  if (at === end) return '';
  if (text[at] !== ':') return undefined;
  return text.slice(text[at + 1] === ' ' && at + 1 < end ? at + 2 : at + 1, end);
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}

function tooLarge(maxEventBytes: number): RangeError {
  return new RangeError(`a server-sent event is larger than ${maxEventBytes} bytes`);
}
