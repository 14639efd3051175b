import { CloseCode, type Server } from 'graphql-ws';
import type { WebSocket, WebSocketServer } from 'ws';

const pingEveryMs = 12_000;
/** What a socket may say in one message before it has said who it is: a credential, and no more. */
const maxBytesOfStranger = 16_384;
/** Answers that wait for a slow reader; above it nothing more is read from that one. */
const maxWaitingBytes = 1_048_576;
const farewellMs = 1_000;
const barePong = JSON.stringify({ type: 'pong' });
const tooLarge = 1009;

/**
 * Carries the frames between sockets and the protocol, and ends sockets that answer no ping.
 *
 * Whatever a client sends, nothing of it is printed, and none of it is sent back: a ping is answered with a bare pong.
 * Nothing is read from a client that does not read.
 *
 * @param isAcknowledged Whether the client has said who it is. One that has not may send small messages only, and is not
 *   waited for once its socket is closed.
 * @returns Stops the pings.
 */
export function carryFrames(
  server: WebSocketServer,
  protocol: Server<{ readonly socket: WebSocket }>,
  isAcknowledged: (socket: WebSocket) => boolean,
): () => void {
  const silent = new WeakSet<WebSocket>();
  const pinging = setInterval(() => {
    for (const socket of server.clients) {
      // Its pong would not be read; whether it takes what waits is seen on the connection itself.
      if (socket.isPaused) continue;
      if (silent.has(socket)) {
        socket.terminate();
        continue;
      }
      silent.add(socket);
      socket.ping();
    }
  }, pingEveryMs).unref();

  server.on('connection', (socket: WebSocket) => {
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: frame => send(socket, frame),
        close: (code, reason) => close(socket, code, reason),
        onPing: () => send(socket, barePong),
        onMessage: read => {
          socket.on('message', (data: Buffer) => {
            if (socket.readyState !== socket.OPEN) return;
            if (data.length > maxBytesOfStranger && !isAcknowledged(socket)) {
              return close(socket, tooLarge, 'Too large before connection_ack');
            }
            if (socket.bufferedAmount > maxWaitingBytes) socket.pause();
            read(String(data)).catch(() => socket.close(CloseCode.InternalServerError, 'Internal server error'));
          });
        },
      },
      { socket },
    );
    socket.on('pong', () => silent.delete(socket));
    // A frame that breaks the rules of WebSocket; the library closes the socket with the code for it.
    socket.on('error', () => {});
    socket.once('close', (code, reason) => void closed(code, String(reason)));
  });
  function close(socket: WebSocket, code?: number, reason?: string): void {
    socket.close(code, reason);
    if (isAcknowledged(socket)) return;
    const impatient = setTimeout(() => socket.terminate(), farewellMs).unref();
    socket.once('close', () => clearTimeout(impatient));
  }

  return () => clearInterval(pinging);
}

/** Resolves once the frame has left: the source of the next one waits for a slow reader. */
function send(socket: WebSocket, frame: string): Promise<void> {
  return new Promise((resolve, reject) => {
    if (socket.readyState !== socket.OPEN) resolve();
    else {
      socket.send(frame, error => {
        if (socket.isPaused && socket.bufferedAmount <= maxWaitingBytes) socket.resume();
        if (error == null) resolve();
        else reject(error);
      });
    }
  });
}
