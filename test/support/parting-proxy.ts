import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Stands between a client and a server of this machine, and can part them. */
export interface PartingProxy {
  readonly port: number;
  /** Takes connections and bytes from now on, and hands nothing on: as a network that loses every packet. */
  part(): void;
  /** Hangs up on all, and refuses further connections as soon as they come. */
  cut(): void;
  /** What waited goes through, and so does what comes. */
  join(): void;
  close(): Promise<void>;
}

/** Listens on a free port, and hands everything on to `port`. */
export async function startPartingProxy(port: number): Promise<PartingProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let state: 'joined' | 'parted' | 'cut' = 'joined';

  const server = createServer({ pauseOnConnect: true }, client => {
    if (state === 'cut') {
      client.destroy();
      return;
    }
    const upstream = connect({ host: '127.0.0.1', port });
    const pair = [client, upstream] as const;
    pairs.add(pair);
    for (const [from, to] of [pair, [upstream, client] as const]) {
      from.on('data', chunk => to.write(chunk));
      from.on('error', () => {});
      from.on('close', () => {
        to.destroy();
        pairs.delete(pair);
      });
      if (state === 'parted') from.pause();
      else from.resume();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const all = () => [...pairs].flat();
  return {
    port: (server.address() as AddressInfo).port,
    part() {
      state = 'parted';
      for (const socket of all()) socket.pause();
    },
    cut() {
      state = 'cut';
      for (const socket of all()) socket.destroy();
    },
    join() {
      state = 'joined';
      for (const socket of all()) socket.resume();
    },
    async close() {
      for (const socket of all()) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
