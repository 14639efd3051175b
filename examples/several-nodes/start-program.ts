import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

export interface ProgramOptions {
  /** Where it runs, and where `<name>.log` takes what it writes. */
  readonly folder: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Who it runs as, where not as this process. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** Whether it does its work already; asked again and again, for 30 seconds. */
  readonly isReady: () => Promise<boolean>;
  /** What ends it in good order. */
  readonly stopSignal: NodeJS.Signals;
}

export interface Program {
  readonly name: string;
  readonly pid: number;
  /** Resolves when it has ended, to how: `SIGKILL`, or an exit code. */
  readonly ended: Promise<string>;
  /** Ends it, by its own signal, and by force where it has not ended after the limit. */
  stop(limitMs?: number): Promise<void>;
}

const startLimitMs = 30_000;

/**
 * Starts a program and waits until it does its work.
 *
 * It gets a process group of its own: a Ctrl-C at the terminal would otherwise end all at once, Redis before the nodes
 * that still book into it.
 *
 * @throws {Error} With the end of its log, where it ends or is not ready in time.
 */
export async function startProgram(name: string, argv: readonly string[], options: ProgramOptions): Promise<Program> {
  const { folder, env, user, isReady, stopSignal } = options;
  const logFile = join(folder, `${name}.log`);
  const log = openSync(logFile, 'a');
  const [program = '', ...words] = argv;
  const child = spawn(program, words, {
    cwd: folder,
    detached: true,
    stdio: ['ignore', log, log],
    ...(env === undefined ? {} : { env }),
    ...user,
  });
  closeSync(log);
  let hasEnded = false;
  const ended = new Promise<string>(resolve => {
    const end = (how: string) => {
      hasEnded = true;
      resolve(how);
    };
    child.once('exit', (code, signal) => end(signal ?? `exit code ${code}`));
    child.once('error', fault => end(fault.message));
  });
  const kill = () => {
    if (!hasEnded) child.kill('SIGKILL');
  };
  process.once('exit', kill);
  void ended.then(() => process.off('exit', kill));

  const limit = Date.now() + startLimitMs;
  while (!(await isReady())) {
    if (hasEnded || Date.now() > limit) {
      kill();
      throw new Error(`${name} did not start:\n${readFileSync(logFile, 'utf8').slice(-2_000)}`);
    }
    await wait(50);
  }
  return {
    name,
    pid: child.pid ?? 0,
    ended,
    async stop(limitMs = 20_000) {
      if (hasEnded) return;
      child.kill(stopSignal);
      const impatient = setTimeout(kill, limitMs);
      await ended;
      clearTimeout(impatient);
    },
  };
}

/** A port on loopback that was free a moment ago. */
export function freePort(): Promise<number> {
  return chosenPort('0');
}

/**
 * Looks whether a port of loopback is free; 0 lets the system choose one.
 *
 * @throws {Error} Where it is no port, or another program has it.
 */
export async function chosenPort(text: string): Promise<number> {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new Error('PORT: has to be a number from 0 to 65535.');
  const server = createServer().listen(Number(text), '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    throw new Error(`PORT: ${text} is in use by another program; set it to another number, or 0 for any.`);
  }
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Whether an address answers with status 200. */
export async function answersOk(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
