import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nginxOnLoopback } from './nginx-on-loopback.ts';
import { answersOk, type Program, startProgram } from './start-program.ts';

export interface NginxOptions {
  /** nginx itself. */
  readonly program: string;
  readonly folder: string;
  readonly port: number;
  /** Those of the nodes, on loopback. */
  readonly nodePorts: readonly number[];
  /** The text that `deploy/nginx.conf` becomes for loopback, for whoever wants to see another one fail. */
  readonly change?: (text: string) => string;
}

/** Starts nginx before nodes on loopback, with the rules of `deploy/nginx.conf`. */
export async function startNginx(options: NginxOptions): Promise<Program> {
  const { program, folder, port, nodePorts, change = text => text } = options;
  const text = await readFile(new URL('../../deploy/nginx.conf', import.meta.url), 'utf8');
  const file = join(folder, 'nginx.conf');
  await writeFile(file, change(nginxOnLoopback(text, { folder, port, nodePorts })));
  // Started as root its processes run as nobody, who has to get through to what is made for them.
  await chmod(folder, 0o711);
  return await startProgram('nginx', [program, '-p', folder, '-e', 'stderr', '-c', file, '-g', 'daemon off;'], {
    folder,
    isReady: () => answersOk(`http://127.0.0.1:${port}/livez`),
    stopSignal: 'SIGQUIT',
  });
}
