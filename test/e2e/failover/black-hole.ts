import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** An address on loopback whose host answers no connection request, as one behind a firewall that drops them. */
export interface BlackHole {
  readonly url: string;
  close(): Promise<void>;
}

const listener = `
const server = require('node:net').createServer(() => {});
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => process.stdout.write(String(server.address().port)));
`;

/** Stops a process that listens, and fills the queue of those who wait to be accepted: the kernel drops all others. */
export async function startBlackHole(): Promise<BlackHole> {
  const child = spawn(process.execPath, ['-e', listener], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  child.kill('SIGSTOP');
  const waiting: Socket[] = [];
  let isAnswered = true;
  while (isAnswered && waiting.length < 16) {
    const socket = connect(Number(String(port)), '127.0.0.1');
    socket.on('error', () => {});
    waiting.push(socket);
    isAnswered = await Promise.race([
      once(socket, 'connect').then(() => true),
      new Promise<false>(resolve => setTimeout(resolve, 500, false)),
    ]);
  }
  if (isAnswered) throw new Error('the queue of the stopped process never filled');
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      for (const socket of waiting) socket.destroy();
      child.kill('SIGKILL');
      await once(child, 'close');
    },
  };
}
