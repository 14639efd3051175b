import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Takes spans as an OTLP collector does, and keeps what it was sent. */
export interface SpanCollector {
  readonly url: string;
  /** The bodies of all exports so far, as they came. */
  sent(): string;
  close(): Promise<void>;
}

export async function startSpanCollector(): Promise<SpanCollector> {
  const bodies: Buffer[] = [];
  const server = createServer((incoming, outgoing) => {
    incoming.on('data', (piece: Buffer) => void bodies.push(piece));
    incoming.on('end', () => outgoing.setHeader('content-type', 'application/json').end('{}'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    sent: () => Buffer.concat(bodies).toString('latin1'),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
