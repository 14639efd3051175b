import { CloseCode, type Server } from 'graphql-ws';
import type { WebSocket, WebSocketServer } from 'ws';

const pingEveryMs = 12_000;

/**
 * Carries the frames between sockets and the protocol, and ends sockets that answer no ping.
 *
 * Whatever a client sends, nothing of it is printed.
 *
 * @returns Stops the pings.
 */
export function carryFrames(server: WebSocketServer, protocol: Server<{ readonly socket: WebSocket }>): () => void {
  const silent = new WeakSet<WebSocket>();
  const pinging = setInterval(() => {
    for (const socket of server.clients) {
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
        close: (code, reason) => socket.close(code, reason),
        onMessage: read => {
          socket.on('message', data => {
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
  return () => clearInterval(pinging);
}

/** Resolves once the frame has left: the source of the next one waits for a slow reader. */
function send(socket: WebSocket, frame: string): Promise<void> {
  return new Promise((resolve, reject) => {
    if (socket.readyState !== socket.OPEN) resolve();
    else socket.send(frame, error => (error == null ? resolve() : reject(error)));
  });
}
