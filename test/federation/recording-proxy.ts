import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';

/** Stands between a router and a subgraph, and notes what a log of accesses would hold. */
export interface RecordingProxy extends AsyncDisposable {
  /** `http://127.0.0.1:<port>/graphql` */
  readonly url: string;
  /** The first line of every request, with all of its URL. */
  readonly accesses: readonly string[];
  /** All that was sent, as text. */
  readonly sent: string;
}

/** Starts one before the server at this address. */
export async function startRecordingProxy(target: string): Promise<RecordingProxy> {
  const { port, hostname } = new URL(target);
  const sockets = new Set<Socket>();
  let sent = '';
  const server = createServer(client => {
    const upstream = createConnection(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket.setNoDelay(true));
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', bytes => {
      sent += bytes.toString('latin1');
      upstream.write(bytes);
    });
    upstream.pipe(client);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    get accesses() {
      return sent.match(/^(?:GET|POST) \S+ HTTP\/1\.1/gm) ?? [];
    },
    get sent() {
      return sent;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
