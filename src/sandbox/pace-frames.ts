import type { ServerResponse } from 'node:http';
import type { Ending, Frames } from './stream-frames.ts';

export interface Pace {
  /** Before the first frame. */
  readonly firstTokenMs: number;
  /** Frames a second; Infinity is as fast as the client reads. */
  readonly tokensPerSecond: number;
  /** The most frames in one write; 1 where they are bytes. */
  readonly burst: number;
}

/**
 * Sends frames at a pace, in writes of what is due, and waits where the client does not read.
 *
 * @returns Stops at once: no timer is left and no further frame is made.
 */
export function paceFrames(
  response: ServerResponse,
  frames: Frames,
  pace: Pace,
  onEnd: (how: Ending) => void,
): () => void {
  const { firstTokenMs, tokensPerSecond, burst } = pace;
  const isPaced = Number.isFinite(tokensPerSecond);
  let timer: NodeJS.Timeout | undefined;
  let turn: NodeJS.Immediate | undefined;
  let isStopped = false;
  let startedAt = 0;
  let sent = 0;

  function send(): void {
    if (isStopped) return;
    const elapsedMs = performance.now() - startedAt;
    const due = isPaced ? Math.min(burst, Math.floor((elapsedMs * tokensPerSecond) / 1000) + 1 - sent) : burst;
    const batch: (string | Buffer)[] = [];
    let ending: Ending | undefined;
    while (batch.length < due && ending === undefined) {
      const step = frames.next();
      if (step.done === true) ending = step.value;
      else batch.push(step.value);
    }
    sent += batch.length;
    const [only = ''] = batch;
    const data = batch.length < 2 ? only : batch.join('');
    if (ending !== undefined) {
      finish(data, ending);
    } else if (data === '' || response.write(data)) {
      schedule();
    } else {
      response.once('drain', restart);
    }
  }

  function finish(data: string | Buffer, ending: Ending): void {
    isStopped = true;
    const isEnd = ending === 'whole' || ending === 'cut';
    if (isEnd) response.end(data);
    else if (data !== '') response.write(data, () => onEnd(ending));
    if (isEnd || data === '') onEnd(ending);
  }

  function schedule(): void {
    if (isPaced) timer = setTimeout(send, Math.max(1, startedAt + (sent * 1000) / tokensPerSecond - performance.now()));
    else turn = setImmediate(send);
  }

  /** What a slow reader missed is not caught up with in one write. */
  function restart(): void {
    startedAt = performance.now();
    sent = 0;
    schedule();
  }

  function start(): void {
    startedAt = performance.now();
    send();
  }

  if (firstTokenMs > 0) timer = setTimeout(start, firstTokenMs);
  else start();

  return () => {
    isStopped = true;
    clearTimeout(timer);
    clearImmediate(turn);
    response.off('drain', restart);
  };
}
