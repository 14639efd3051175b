import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** One WebSocket as bytes on TCP: it answers nothing by itself, and can stop reading. */
export interface RawSocket {
  readonly tcp: Socket;
  /** Sends the messages in one write. */
  say(...messages: readonly unknown[]): void;
  /** Resolves when this type of message has come; messages that came before this call count. */
  heard(type: string): Promise<void>;
  /** All that has come, the answer to the upgrade included, byte for character. */
  received(): string;
  destroy(): void;
}

export interface RawSocketOptions {
  /** Of `connection_init`, which is then acknowledged when the socket is handed out. Absent: nothing is said. */
  readonly payload?: unknown;
}

/** Opens a socket of graphql-transport-ws on a port of loopback. */
export async function openRawSocket(port: number, { payload }: RawSocketOptions = {}): Promise<RawSocket> {
  const tcp = connect(port, '127.0.0.1');
  tcp.on('error', () => {});
  let got = '';
  tcp.setEncoding('latin1').on('data', (chunk: string) => {
    got += chunk;
  });
  const comes = async (text: string): Promise<void> => {
    while (!got.includes(text)) {
      if (tcp.destroyed) throw new Error(`the socket closed before ${text}`);
      await Promise.race([once(tcp, 'data'), once(tcp, 'close')]);
    }
  };
  tcp.write(upgradeRequest('/graphql'));
  await comes('\r\n\r\n');
  const socket: RawSocket = {
    tcp,
    say: (...messages) => void tcp.write(Buffer.concat(messages.map(frame))),
    heard: type => comes(`"type":"${type}"`),
    received: () => got,
    destroy: () => tcp.destroy(),
  };
  if (payload !== undefined) {
    socket.say({ type: 'connection_init', payload });
    await socket.heard('connection_ack');
  }
  return socket;
}

/** The request that asks for a WebSocket. */
export function upgradeRequest(path: string, headers = ''): string {
  return (
    `GET ${path} HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-version: 13\r\n` +
    `sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-protocol: graphql-transport-ws\r\n${headers}\r\n`
  );
}

/** A text frame, masked with zeros; what is no string is sent as JSON. */
export function frame(message: unknown): Buffer {
  const body = Buffer.from(typeof message === 'string' ? message : JSON.stringify(message));
  const head = Buffer.alloc(14);
  head[0] = 0x81;
  head[1] = 0x80 | 127;
  head.writeBigUInt64BE(BigInt(body.length), 2);
  return Buffer.concat([head, body]);
}
