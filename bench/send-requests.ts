import { connect, type Socket } from 'node:net';
import { countOf, isWhole, requestText } from './raw-http.ts';
import { tokenText } from './workload.ts';

/** A number of requests that are the same, spread over some servers on loopback. */
export interface Sending {
  readonly ports: readonly number[];
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly requests: number;
  readonly connections: number;
  /** So many are begun each second. Absent: each connection begins the next one when its answer is whole. */
  readonly perSecond?: number;
  /** What every answer holds, and how many tokens, where it is a stream. */
  readonly expected: { readonly text: string; readonly tokens?: number };
}

export interface Sent {
  /** Of those that were answered as expected; waiting for a connection included. */
  readonly latenciesMs: readonly number[];
  /** What came instead, or why nothing came. */
  readonly failures: readonly string[];
}

/** A connection that carries one request at a time. */
export interface Carrier {
  readonly socket: Socket;
  readonly request: string;
  received: string;
  /** Ends the request under way. */
  end: (failure?: string) => void;
}

const stuckMs = 60_000;

/** Opens the connections of a sending. */
export async function openCarriers(sending: Sending): Promise<readonly Carrier[]> {
  const requests = sending.ports.map(port => requestText({ ...sending, port }));
  const carriers = Array.from({ length: sending.connections }, (_, place): Carrier => {
    const socket = connect({
      port: sending.ports[place % sending.ports.length] ?? 0,
      host: '127.0.0.1',
      noDelay: true,
    });
    const carrier: Carrier = { socket, request: requests[place % requests.length] ?? '', received: '', end() {} };
    socket.on('data', data => {
      carrier.received += data.toString('latin1');
      if (isWhole(carrier.received)) carrier.end();
    });
    socket.on('error', fault => carrier.end(fault.message)).on('close', () => carrier.end('the connection was closed'));
    return carrier;
  });
  await Promise.all(carriers.map(({ socket }) => new Promise(resolve => socket.once('connect', resolve))));
  return carriers;
}

/** Sends all of them, and resolves when all are answered; nothing is sent twice. */
export async function sendAll({ requests, perSecond, expected }: Sending, carriers: readonly Carrier[]): Promise<Sent> {
  const latenciesMs: number[] = [];
  const failures: string[] = [];
  /** When those began that no connection was free for. */
  const due: number[] = [];
  const idle: Carrier[] = [];
  let begun = 0;
  let onOver = () => {};
  const over = new Promise<void>(resolve => {
    onOver = resolve;
  });
  const stuck = setTimeout(() => {
    failures.push(`${requests - latenciesMs.length - failures.length} were not answered`);
    onOver();
  }, stuckMs);

  function ask(carrier: Carrier, since: number): void {
    carrier.received = '';
    carrier.end = failure => {
      carrier.end = () => {};
      if (failure === undefined && isRight(carrier.received, expected)) latenciesMs.push(performance.now() - since);
      else failures.push(failure ?? carrier.received.slice(0, 600));
      if (latenciesMs.length + failures.length >= requests) return onOver();
      if (carrier.socket.destroyed) return;
      const waited = due.shift();
      if (waited !== undefined) ask(carrier, waited);
      else if (perSecond === undefined && begun < requests) begin(carrier);
      else idle.push(carrier);
    };
    carrier.socket.write(carrier.request);
  }

  function begin(carrier: Carrier): void {
    begun++;
    ask(carrier, performance.now());
  }

  if (perSecond === undefined) {
    for (const carrier of carriers.slice(0, requests)) begin(carrier);
  } else {
    idle.push(...carriers);
    const start = performance.now();
    const timer = setInterval(() => {
      const wanted = Math.min(requests, Math.floor(((performance.now() - start) * perSecond) / 1_000) + 1);
      while (begun < wanted) {
        const carrier = idle.shift();
        if (carrier === undefined) {
          begun++;
          due.push(performance.now());
        } else begin(carrier);
      }
      if (begun >= requests) clearInterval(timer);
    }, 1);
  }
  await over;
  clearTimeout(stuck);
  return { latenciesMs, failures };
}

function isRight(received: string, { text, tokens }: Sending['expected']): boolean {
  if (!received.startsWith('HTTP/1.1 200') || received.includes('"errors"') || !received.includes(text)) return false;
  return tokens === undefined || countOf(tokenText, received) === tokens;
}
