import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** Stands between a client and a PostgreSQL server. */
export interface LossyProxy {
  readonly port: number;
  /** Of the next transaction that commits, the answer is lost together with its connection. @returns Once it is. */
  loseNextCommit(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a proxy on a free port of this machine. */
export async function startLossyProxy(serverPort: number): Promise<LossyProxy> {
  const sockets = new Set<Socket>();
  let lost: (() => void) | undefined;
  const server = createServer(client => {
    const upstream = connect(serverPort, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    let isCommitting = false;
    client.on('data', bytes => {
      // Readers commit as well: it is a writer's that is lost.
      if (bytes.includes('pg_advisory_xact_lock') || bytes.includes('write_lock')) isCommitting = lost !== undefined;
      upstream.write(bytes);
    });
    upstream.on('data', bytes => {
      if (!isCommitting || !bytes.includes('COMMIT\0')) client.write(bytes);
      else {
        lost?.();
        lost = undefined;
        client.destroy();
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    loseNextCommit: () =>
      new Promise(resolve => {
        lost = resolve;
      }),
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
