import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { answersOk, freePort, type Program, startProgram } from './start-program.ts';

export interface NodeOptions {
  /** `tollgate-1` */
  readonly id: string;
  readonly folder: string;
  /** What all nodes have in common. */
  readonly env: NodeJS.ProcessEnv;
}

/** A node, and where it answers without nginx. */
export interface RunningNode {
  readonly program: Program;
  readonly url: string;
}

const command = resolve(import.meta.dirname, '../../src/cli.ts');

/** Starts one node of the installation, with a state folder of its own, and waits until it takes requests. */
export async function startNode({ id, folder, env }: NodeOptions): Promise<RunningNode> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const state = join(folder, id);
  await mkdir(state, { mode: 0o700 });
  const program = await startProgram(id, [process.execPath, command, 'serve'], {
    folder,
    env: { ...env, HOST: '127.0.0.1', PORT: String(port), TOLLGATE_NODE_ID: id, TOLLGATE_STATE_DIR: state },
    isReady: () => answersOk(`${url}/readyz`),
    // As at a terminal: it finishes what runs, without waiting for balancers.
    stopSignal: 'SIGINT',
  });
  return { program, url };
}
