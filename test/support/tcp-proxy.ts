import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';

/** Stands between a client and a server on loopback, and holds back or drops what passes. */
export interface TcpProxy {
  readonly port: number;
  /** Keeps what the client sends until `release`. */
  hold(): void;
  /** Sends on what was held. */
  release(): void;
  /** How many bytes are held. */
  held(): number;
  /** Drops what the server answers, until `reconnect`. */
  loseAnswers(): void;
  /** Hangs up, as answers are lost only with their connection, and lets everything pass on the next one. */
  reconnect(): void;
  /** Lets nothing pass any more over the connections that there are; new ones work. */
  silence(): void;
  stop(): Promise<void>;
}

export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const waiting: { readonly to: Socket; readonly bytes: Buffer }[] = [];
  let isHolding = false;
  let isLosing = false;

  const silenced = new WeakSet<Socket>();

  const server = createServer(client => {
    const upstream = createConnection(targetPort, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket.setNoDelay(true));
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        // What is held is sent even where the client has hung up: a server has it in its buffers, too.
        if (socket === client && !isHolding) upstream.end();
        if (socket === upstream) client.destroy();
      });
    }
    client.on('data', bytes => {
      if (silenced.has(client)) return;
      if (isHolding) waiting.push({ to: upstream, bytes });
      else upstream.write(bytes);
    });
    upstream.on('data', bytes => {
      if (!isLosing && !silenced.has(client)) client.write(bytes);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');

  return {
    port: address.port,
    hold() {
      isHolding = true;
    },
    release() {
      isHolding = false;
      for (const { to, bytes } of waiting.splice(0)) to.write(bytes);
    },
    held: () => waiting.reduce((total, { bytes }) => total + bytes.length, 0),
    loseAnswers() {
      isLosing = true;
    },
    reconnect() {
      isLosing = false;
      for (const socket of sockets) socket.destroy();
    },
    silence() {
      for (const socket of sockets) silenced.add(socket);
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
