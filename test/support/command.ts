import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/** How a process ended, and all that it wrote. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly error: string;
}

export interface Started {
  readonly process: ChildProcess;
  readonly out: string;
  readonly error: string;
  /** Resolves to the first match in what it wrote to standard output; rejects where it ends without. */
  see(pattern: RegExp): Promise<RegExpExecArray>;
  readonly ended: Promise<Ended>;
}

export interface CommandOptions {
  readonly cwd: string;
  /** The whole environment but `PATH`: what the machine has set means nothing here. */
  readonly env?: Readonly<Record<string, string>>;
  /** What it reads from standard input. Default: nothing. */
  readonly input?: string;
}

/** Starts Node with these arguments. */
export function startProcess(argv: readonly string[], { cwd, env, input = '' }: CommandOptions): Started {
  const child = spawn(process.execPath, argv, {
    cwd,
    env: { PATH: process.env.PATH ?? '', ...env },
  });
  let out = '';
  let error = '';
  const watchers = new Set<() => void>();
  const notify = () => watchers.forEach(watch => void watch());
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    notify();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    error += text;
  });
  // A command that reads no input may be gone before it comes.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const ended = new Promise<Ended>((resolveEnded, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      resolveEnded({ code, signal, out, error });
      notify();
    });
  });
  return {
    process: child,
    get out() {
      return out;
    },
    get error() {
      return error;
    },
    ended,
    see: pattern =>
      new Promise((resolveSeen, reject) => {
        const watch = () => {
          const match = pattern.exec(out);
          const isOver = child.exitCode !== null || child.signalCode !== null;
          if (match === null && !isOver) return;
          watchers.delete(watch);
          if (match !== null) resolveSeen(match);
          else reject(new Error(`ended before ${pattern}: ${out}${error}`));
        };
        watchers.add(watch);
        watch();
      }),
  };
}

/** Starts a TypeScript file of this project as a process of its own. */
export function startScript(file: string, argv: readonly string[], options: CommandOptions): Started {
  return startProcess([resolve(root, file), ...argv], options);
}

/** Runs one `tollgate` command to its end. */
export function tollgate(argv: readonly string[], options: CommandOptions): Promise<Ended> {
  return startScript('src/cli.ts', argv, options).ended;
}

export interface ServeCommand extends Started {
  readonly url: string;
}

/** Starts `tollgate serve` on a free port, and waits until it says where it listens. */
export async function startServe({ cwd, env = {} }: CommandOptions): Promise<ServeCommand> {
  const started = startScript('src/cli.ts', ['serve'], { cwd, env: { PORT: '0', LOG_LEVEL: 'silent', ...env } });
  await started.see(/OpenAI clients: .*\n/);
  const url = /Tollgate listens on (\S+)/.exec(started.out)?.[1] ?? '';
  return Object.defineProperties({ url }, Object.getOwnPropertyDescriptors(started)) as ServeCommand;
}

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<{ readonly path: string; close(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'tollgate-test-'));
  return { path, close: () => rm(path, { recursive: true, force: true }) };
}
