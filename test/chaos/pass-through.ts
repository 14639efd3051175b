import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A gateway without any guard: it hands each request to one provider, and back what comes. */
export async function startPassThrough(upstream: string): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((incoming, outgoing) => {
    const { 'content-type': type = 'application/json' } = incoming.headers;
    const headers = { 'content-type': type, authorization: 'Bearer key-of-the-pass-through' };
    const call = httpRequest(`${upstream}${incoming.url}`, { method: 'POST', agent: false, headers }, answer => {
      const { 'content-type': answered = 'application/json', 'retry-after': retryAfter } = answer.headers;
      outgoing.writeHead(answer.statusCode ?? 502, {
        'content-type': answered,
        ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
      });
      answer.on('data', bytes => outgoing.write(bytes));
      // As such proxies do: what has come is all there is.
      answer.on('close', () => outgoing.end());
      answer.on('error', () => {});
    });
    call.on('error', () => {
      if (!outgoing.headersSent)
        outgoing.writeHead(502, { 'content-type': 'application/json' }).end('{"error":{"message":"Bad gateway"}}');
    });
    incoming.pipe(call);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
