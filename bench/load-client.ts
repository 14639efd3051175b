import { connect, type Socket } from 'node:net';
import { readCpu } from './process-cpu.ts';
import { chunkedEnd, countOf, isWhole, requestText } from './raw-http.ts';
import { tokenText } from './workload.ts';

/** One measurement: load on one gateway, while its CPU time is read. */
export interface LoadJob {
  readonly port: number;
  /** The gateway's. */
  readonly pid: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Open at the same time. Each sends the next request when its answer is whole; a stream is one request. */
  readonly connections: number;
  /** The load runs so long before the window opens, in milliseconds. */
  readonly warmMs: number;
  readonly windowMs: number;
  /** Present for streams: how many tokens each has, all of which must arrive. */
  readonly streamTokens?: number;
}

/** What happened within the window. */
export interface LoadResult {
  /** Answers, or streamed tokens, that were received. */
  readonly count: number;
  readonly windowMs: number;
  readonly allMicros: number;
  readonly mainMicros: number;
  /** Answers that were not 200, not whole, or never came; over the whole job. */
  readonly failures: number;
  /** Of the first failure: the start of what was received. */
  readonly firstFailure?: string;
}

function run(job: LoadJob): Promise<LoadResult> {
  const { port, pid, connections, warmMs, windowMs, streamTokens } = job;
  const request = requestText(job);
  const sockets = new Set<Socket>();
  let count = 0;
  let failures = 0;
  let firstFailure: string | undefined;
  let isOver = false;
  let onIdle = () => {};

  function fail(socket: Socket, received: string): void {
    failures++;
    firstFailure ??= received.slice(0, 600);
    socket.destroy();
  }

  function leave(socket: Socket): void {
    sockets.delete(socket);
    socket.destroy();
    if (sockets.size === 0) onIdle();
  }

  /** Keeps no more of a stream than what a token may be cut in. */
  function readTokens(socket: Socket): void {
    let tail = '';
    let ending = '';
    let tokens = 0;
    socket.on('data', data => {
      const brought = data.toString('latin1');
      const text = tail + brought;
      const found = countOf(tokenText, text);
      tokens += found;
      count += found;
      tail = text.slice(-tokenText.length + 1);
      ending = (ending + brought).slice(-chunkedEnd.length);
      if (ending !== chunkedEnd) return;
      if (tokens !== streamTokens) fail(socket, `${tokens} of ${streamTokens} tokens: ${text}`);
      leave(socket);
    });
  }

  function readAnswers(socket: Socket): void {
    let received = '';
    socket.on('data', data => {
      received += data.toString('latin1');
      if (!isWhole(received)) return;
      if (!received.startsWith('HTTP/1.1 200') || received.includes('"errors"')) return fail(socket, received);
      received = '';
      count++;
      if (isOver) leave(socket);
      else socket.write(request);
    });
  }

  function open(): void {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    sockets.add(socket);
    socket.on('error', error => fail(socket, error.message));
    socket.on('close', () => leave(socket));
    if (streamTokens === undefined) readAnswers(socket);
    else readTokens(socket);
    socket.write(request);
  }

  return new Promise(resolve => {
    // Spread over time, so that streams do not beat together.
    const spreadMs = streamTokens === undefined ? 0 : warmMs * 0.8;
    for (let index = 0; index < connections; index++) setTimeout(open, (index * spreadMs) / connections);
    setTimeout(() => {
      const before = { ...readCpu(pid), count, atMs: performance.now() };
      setTimeout(() => {
        const after = { ...readCpu(pid), count, atMs: performance.now() };
        isOver = true;
        const stuck = setTimeout(() => {
          for (const socket of sockets) fail(socket, 'nothing more came');
        }, 5_000);
        onIdle = () => {
          clearTimeout(stuck);
          resolve({
            count: after.count - before.count,
            windowMs: after.atMs - before.atMs,
            allMicros: after.allMicros - before.allMicros,
            mainMicros: after.mainMicros - before.mainMicros,
            failures,
            ...(firstFailure === undefined ? {} : { firstFailure }),
          });
        };
        if (sockets.size === 0) onIdle();
      }, windowMs);
    }, warmMs);
  });
}

process.on('message', (job: LoadJob) => {
  void run(job).then(result => process.send?.(result));
});
process.on('disconnect', () => process.exit());
