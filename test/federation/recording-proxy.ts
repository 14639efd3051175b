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
  /** From now on answers everything with status 502 and what was sent, as some proxies do. */
  echo(): void;
  /** Hangs up on everybody, now and from now on. */
  cut(): void;
}

/** Starts one before the server at this address. */
export async function startRecordingProxy(target: string): Promise<RecordingProxy> {
  const { port, hostname } = new URL(target);
  const sockets = new Set<Socket>();
  let sent = '';
  let isCut = false;
  let isEchoing = false;
  const server = createServer(client => {
    if (isCut) return void client.destroy();
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
      const text = bytes.toString('latin1');
      sent += text;
      if (isEchoing) client.write(badGateway(text.slice(text.indexOf('\r\n\r\n') + 4)));
      else upstream.write(bytes);
    });
    upstream.pipe(client);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    get accesses() {
      return sent.match(/(?:GET|POST) \S+ HTTP\/1\.1/g) ?? [];
    },
    get sent() {
      return sent;
    },
    echo() {
      isEchoing = true;
    },
    cut() {
      isCut = true;
      for (const socket of sockets) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function badGateway(text: string): string {
  return `HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\ncontent-length: ${text.length + 3}\r\n\r\n<p>${text}`;
}
