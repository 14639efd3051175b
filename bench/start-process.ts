import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';

/** The gateway has a core of its own; load and upstream share the other. */
export type Core = 'gateway' | 'load';

export interface StartedProcess {
  readonly pid: number;
  readonly child: ChildProcess;
  /** @param signal Default SIGKILL. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface ProcessOptions {
  readonly arguments: readonly string[];
  /** Absent: any core. */
  readonly core?: Core;
  readonly env?: Readonly<Record<string, string>>;
  /** The process answers over `process.send`. */
  readonly speaks?: boolean;
}

/** Whether processes are kept on a core each. */
export const canPin = availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0;

/** Starts a Node process of the same version as this one. */
export function startProcess({ arguments: given, core, env = {}, speaks = false }: ProcessOptions): StartedProcess {
  const command = [process.execPath, ...given];
  const pinned = core !== undefined && canPin ? ['taskset', '-c', core === 'gateway' ? '0' : '1', ...command] : command;
  const [program = process.execPath, ...rest] = pinned;
  const child = spawn(program, rest, {
    env: { PATH: process.env.PATH ?? '', NODE_ENV: 'production', ...env },
    stdio: speaks ? ['ignore', 'inherit', 'inherit', 'ipc'] : ['ignore', 'pipe', 'inherit'],
  });
  if (child.pid === undefined) throw new Error(`could not start ${program}`);
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  const gone = new Promise<void>(resolve => {
    child.once('exit', () => {
      process.off('exit', kill);
      resolve();
    });
  });
  return {
    pid: child.pid,
    child,
    stop(signal = 'SIGKILL') {
      child.kill(signal);
      return gone;
    },
  };
}

/** The first message that the process sends after this call. */
export function nextMessage<T>({ child }: StartedProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) => reject(new Error(`a process of the benchmark ended with ${code}`));
    child.once('exit', onExit);
    child.once('message', message => {
      child.off('exit', onExit);
      resolve(message as T);
    });
  });
}

/** The first line on the process's standard output that matches; what comes later is read and dropped. */
export function lineOf({ child }: StartedProcess, pattern: RegExp): Promise<RegExpExecArray> {
  const { stdout } = child;
  if (stdout === null) throw new TypeError('lineOf: the process has no readable output');
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input: stdout });
    lines.on('line', line => {
      const match = pattern.exec(line);
      if (match !== null) resolve(match);
    });
    lines.once('close', () => reject(new Error(`ended before it printed ${pattern}`)));
  });
}
