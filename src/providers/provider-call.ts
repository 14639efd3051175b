import type { IncomingHttpHeaders } from 'node:http';
import { clearTimeout, setTimeout } from 'node:timers';
import type { Dispatcher } from 'undici';
import { createEventStream, type EventStream } from '../stream/event-stream.ts';
import type { ProviderEvent } from './provider.ts';
import { type BodyReader, failed, faultName, readAnswer, readFailure, readStream } from './read-body.ts';
import type { WireProtocol, WireResponseHead } from './wire-protocol.ts';

/** One HTTP request, ready to be sent. */
export interface OutgoingCall {
  readonly origin: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly stream: boolean;
}

/** After the answer is whole the connection gets so long, in milliseconds, to end it and be used again. */
const drainMs = 1_000;
const requestId = /^[\w.:-]{1,128}$/;

/**
 * Sends one request and returns its events: one write for all that one read of the socket brought.
 *
 * It is pushed from the parser's callbacks; a reader that is full pauses the socket. Leaving, by `cancel` or `signal`,
 * destroys the socket within the same tick.
 */
export function startCall(
  dispatcher: Dispatcher,
  wire: WireProtocol,
  call: OutgoingCall,
  signal: AbortSignal,
): EventStream<ProviderEvent> {
  const source = createEventStream<ProviderEvent>({
    onResume() {
      isPaused = false;
      controller?.resume();
    },
    onCancel: leave,
  });
  let controller: Dispatcher.DispatchController | undefined;
  let body: BodyReader | undefined;
  let waiting: ProviderEvent[] = [];
  let isFlushDue = false;
  let isOver = false;
  let isPaused = false;
  let grace: { readonly ms: number; readonly timer: NodeJS.Timeout } | undefined;

  function leave(): void {
    if (isOver) return;
    isOver = true;
    clearTimeout(grace?.timer);
    signal.removeEventListener('abort', abort);
    controller?.abort(new Error('left'));
  }

  function abort(): void {
    if (isOver) return;
    leave();
    source.write([failed('cancelled', 'aborted by the gateway')]);
    source.end();
  }

  function flush(): void {
    isFlushDue = false;
    if (isOver || waiting.length === 0) return;
    const batch = waiting;
    waiting = [];
    const last = batch.findIndex(event => event.type === 'end' || event.type === 'failure');
    if (last === -1) {
      if (!source.write(batch)) {
        isPaused = true;
        controller?.pause();
      }
      return;
    }
    isOver = true;
    clearTimeout(grace?.timer);
    signal.removeEventListener('abort', abort);
    hangUp(batch[last]?.type === 'end');
    source.write(last === batch.length - 1 ? batch : batch.slice(0, last + 1));
    source.end();
  }

  /** A whole answer's connection may be used again; a failed one's is closed, unless its body has ended. */
  function hangUp(isWhole: boolean): void {
    const open = controller;
    if (open === undefined || body === undefined) return;
    open.resume();
    if (!isWhole) {
      open.abort(new Error('failed'));
      return;
    }
    setTimeout(() => {
      if (body !== undefined) open.abort(new Error('not ended'));
    }, drainMs).unref();
  }

  /** Closes an answer that only lacks what may never come; further content puts it off, comments and usage do not. */
  function waitForRest(reader: BodyReader, hasContent: boolean): void {
    const { graceMs } = reader;
    if (graceMs === undefined || (grace?.ms === graceMs && !hasContent)) return;
    clearTimeout(grace?.timer);
    const timer = setTimeout(() => {
      grace = undefined;
      if (isOver) return;
      // What is missing may wait in the socket that the consumer has paused.
      if (isPaused) return waitForRest(reader, false);
      reader.end(waiting);
      flush();
    }, graceMs);
    grace = { ms: graceMs, timer };
  }

  function flushLater(): void {
    if (isFlushDue || waiting.length === 0) return;
    isFlushDue = true;
    queueMicrotask(flush);
  }

  function fail(event: ProviderEvent): void {
    waiting.push(event);
    flush();
  }

  const handler: Dispatcher.DispatchHandler = {
    onRequestStart(started) {
      controller = started;
      if (isOver) started.abort(new Error('left'));
    },
    onResponseStart(_, status, headers) {
      if (isOver || status < 200) return;
      const head: WireResponseHead = { status, headers: singleHeaders(headers) };
      const refusal = refuseHead(head);
      body = status >= 300 ? readFailure(wire, head, isPlain(head)) : chooseReader(wire, head, call.stream);
      if (status < 300) waiting.push(acceptedEvent(head));
      if (refusal !== undefined) waiting.push(refusal);
      flushLater();
    },
    onResponseData(_, chunk) {
      if (isOver || body === undefined) return;
      const before = waiting.length;
      body.push(chunk, waiting);
      waitForRest(
        body,
        waiting.slice(before).some(({ type }) => type !== 'usage'),
      );
      flushLater();
    },
    onResponseEnd() {
      const ended = body;
      body = undefined;
      if (isOver) return;
      ended?.end(waiting);
      flush();
    },
    onResponseError(_, error) {
      const broken = body;
      body = undefined;
      if (isOver) return;
      if (broken === undefined) return fail(failed(isMalformed(error) ? 'protocol' : 'unreachable', faultName(error)));
      broken.cut(faultName(error), waiting);
      flush();
    },
  };

  if (signal.aborted) {
    abort();
    return source.stream;
  }
  signal.addEventListener('abort', abort, { once: true });
  const { origin, path, headers, body: payload } = call;
  dispatcher.dispatch({ origin, path, method: 'POST', headers, body: payload }, handler);
  return source.stream;
}

function chooseReader(wire: WireProtocol, { headers }: WireResponseHead, wantsStream: boolean): BodyReader {
  const mediaType = headers['content-type'] ?? '';
  if (/^text\/event-stream/i.test(mediaType)) return readStream(wire);
  // Some answer a whole object, or an error in one, where a stream was asked for.
  return wantsStream && !/^application\/json/i.test(mediaType) ? readStream(wire) : readAnswer(wire);
}

/** What is wrong with an answer by its head alone. */
function refuseHead(head: WireResponseHead): ProviderEvent | undefined {
  const { status, headers } = head;
  if (status >= 300 && status < 400) return failed('protocol', `redirect ${status}, not followed`, status);
  if (status >= 300) return undefined;
  if (!isPlain(head)) return failed('protocol', 'compressed, though identity was asked for', status);
  return /^text\/html/i.test(headers['content-type'] ?? '') ? failed('protocol', 'HTML', status) : undefined;
}

function isPlain({ headers }: WireResponseHead): boolean {
  const encoding = headers['content-encoding'];
  return encoding === undefined || encoding === '' || encoding.toLowerCase() === 'identity';
}

function acceptedEvent({ status, headers }: WireResponseHead): ProviderEvent {
  const id = headers['x-request-id'] ?? headers['request-id'] ?? headers['apim-request-id'];
  return { type: 'accepted', status, ...(id !== undefined && requestId.test(id) ? { requestId: id } : {}) };
}

function isMalformed(error: Error): boolean {
  return /^(HPE_|HTTPParserError|UND_ERR_HEADERS_OVERFLOW)/.test(faultName(error));
}

function singleHeaders(headers: IncomingHttpHeaders): Readonly<Record<string, string | undefined>> {
  const single: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(headers)) {
    single[name.toLowerCase()] = Array.isArray(value) ? value[0] : value;
  }
  return single;
}
