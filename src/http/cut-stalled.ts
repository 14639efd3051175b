import type { Socket } from 'node:net';

/** Ends connections whose client has stopped reading what waits for it. */
export interface StallGuard {
  watch(socket: Socket): void;
  stop(): void;
}

interface Watched {
  readonly taken: number;
  /** How many looks in a row saw bytes waiting and none taken. */
  readonly idleLooks: number;
}

const looksPerStall = 6;

/**
 * Destroys every watched socket of which the client takes nothing for `stallMs` while bytes wait for it.
 *
 * Whoever reads slowly, but reads, is left alone; what the client sends meanwhile does not count. One timer looks at
 * all sockets, six times in `stallMs`.
 */
export function cutStalled({ stallMs }: { readonly stallMs: number }): StallGuard {
  const sockets = new Map<Socket, Watched>();

  function look(): void {
    for (const [socket, { taken: before, idleLooks }] of sockets) {
      const taken = bytesTaken(socket);
      const isIdle = socket.writableLength > 0 && taken === before;
      if (isIdle && idleLooks >= looksPerStall) socket.destroy();
      else sockets.set(socket, { taken, idleLooks: isIdle ? idleLooks + 1 : 0 });
    }
  }

  const looking = setInterval(look, stallMs / looksPerStall).unref();
  return {
    watch(socket) {
      sockets.set(socket, { taken: 0, idleLooks: 0 });
      socket.once('close', () => sockets.delete(socket));
    },
    stop: () => clearInterval(looking),
  };
}

/**
 * How much the system has taken of what was written. `bytesWritten` alone counts one large write as gone the moment it
 * is begun; the handle says what is left of it, as Node's own socket timeout asks it.
 */
function bytesTaken(socket: Socket): number {
  const { _handle: handle } = socket as {
    readonly _handle?: { bytesWritten?: unknown; writeQueueSize?: unknown } | null;
  };
  const { bytesWritten, writeQueueSize } = handle ?? {};
  return typeof bytesWritten === 'number' && typeof writeQueueSize === 'number'
    ? bytesWritten - writeQueueSize
    : socket.bytesWritten - socket.writableLength;
}
