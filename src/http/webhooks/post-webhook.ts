import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { Clock } from '../../model/clock.ts';
import { faultName } from '../../providers/read-body.ts';
import { readRetryAfterMs } from '../../providers/retry-after.ts';
import { maxRetryAfterMs } from './retry-delay.ts';

export interface WebhookPost {
  readonly origin: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** From the start to the head of the answer. */
  readonly timeoutMs: number;
}

/** How one try ended. */
export interface PostResult {
  /** Refused for good: the same request would be refused again. */
  readonly verdict: 'TAKEN' | 'REFUSED' | 'TRY_AGAIN';
  /** Absent: there was no answer. */
  readonly status?: number;
  /** The name of what went wrong, without any text of the receiver's: `ECONNREFUSED`, `TIMEOUT`. */
  readonly fault?: string;
  readonly retryAfterMs?: number;
}

export interface RunningPost {
  /** Never rejects. */
  readonly result: Promise<PostResult>;
  /** Hangs up at once; the result is then to try again. */
  cancel(): void;
}

/** More of an answer's body is not read, in bytes: only its end matters, for the connection to be used again. */
const maxAnswerBytes = 4_096;
/** The body of an answer may take so long, in milliseconds, before the connection is closed. */
const drainMs = 1_000;

/**
 * Posts one webhook once. The head of the answer decides; its body is thrown away, and a redirect is a refusal.
 *
 * @param dispatcher As providers are called with.
 */
export function postWebhook(dispatcher: Dispatcher, post: WebhookPost, clock: Clock): RunningPost {
  const { promise, resolve } = Promise.withResolvers<PostResult>();
  let controller: Dispatcher.DispatchController | undefined;
  let isAnswered = false;
  let isLeft = false;
  let readBytes = 0;
  let cancelTimer = clock.after(post.timeoutMs, () => leave('TIMEOUT'));

  /** Where the answer has come already, this only hangs up. */
  function leave(fault: string): void {
    cancelTimer();
    isLeft = true;
    resolve({ verdict: 'TRY_AGAIN', fault });
    controller?.abort(new Error('left'));
  }

  const handler: Dispatcher.DispatchHandler = {
    onRequestStart(started) {
      controller = started;
      if (isLeft) started.abort(new Error('left'));
    },
    onResponseStart(_, status, headers) {
      if (status < 200 || isLeft) return;
      cancelTimer();
      isAnswered = true;
      resolve(judgeAnswer(status, headers, clock.now()));
      cancelTimer = clock.after(drainMs, () => leave('NOT_ENDED'));
    },
    onResponseData(_, chunk) {
      readBytes += chunk.length;
      if (readBytes > maxAnswerBytes) leave('TOO_LONG');
    },
    onResponseEnd: () => cancelTimer(),
    onResponseError(_, error) {
      cancelTimer();
      if (!isAnswered) resolve({ verdict: 'TRY_AGAIN', fault: faultName(error) });
    },
  };
  const { origin, path, headers, body } = post;
  try {
    dispatcher.dispatch({ origin, path, method: 'POST', headers, body }, handler);
  } catch (fault) {
    leave(faultName(fault));
  }
  return { result: promise, cancel: () => leave('CANCELLED') };
}

function judgeAnswer(status: number, headers: IncomingHttpHeaders, now: number): PostResult {
  if (status < 300) return { verdict: 'TAKEN', status };
  if (status < 500 && ![408, 425, 429].includes(status)) return { verdict: 'REFUSED', status };
  const retryAfterMs = readRetryAfterMs(singleHeaders(headers), now, maxRetryAfterMs);
  return { verdict: 'TRY_AGAIN', status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

function singleHeaders(headers: IncomingHttpHeaders): Readonly<Record<string, string | undefined>> {
  const names = ['retry-after-ms', 'retry-after', 'date'];
  return Object.fromEntries(names.map(name => [name, [headers[name]].flat()[0]]));
}
