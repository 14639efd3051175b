import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Resolves once it listens; rejects with the listener's own error. */
export function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Where it listens. */
export function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('host: the server must listen on TCP');
  return address;
}

/** `http://127.0.0.1:4000` */
export function urlOf(server: Server): string {
  const { address, port, family } = addressOf(server);
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

/** The origins of its own pages: a browser on this machine may have come by any of the names of loopback. */
export function ownOrigins(server: Server): readonly string[] {
  const { port } = addressOf(server);
  return [urlOf(server), `http://localhost:${port}`, `http://127.0.0.1:${port}`, `http://[::1]:${port}`];
}
