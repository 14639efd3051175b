import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import { freePort } from './free-port.ts';

/** A redis-server of the test's own on loopback, without persistence unless the flags say otherwise. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** Where it keeps its files. */
  readonly folder: string;
  /** A connection of the test's own, that waits for the server where it must. */
  readonly admin: Redis;
  /** Resolves when the process has ended, where the signal ends it. */
  kill(signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): Promise<void>;
  /** Starts it again on the same port; what it did not persist is gone. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Appended to the name of what is skipped without the program. */
export const redisAbsence = findRedisServer() === undefined ? ' (redis-server absent)' : '';

/** Starts redis-server on a free port of loopback, with further flags: `--maxmemory 1mb`. */
export async function startRedis(...flags: readonly string[]): Promise<RedisServer> {
  const program = findRedisServer();
  if (program === undefined) throw new Error('redis-server absent');
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-redis-'));
  const { port, child: first } = await launchOnFreePort(program, folder, flags);
  let child = first;
  const admin = new Redis({ port, host: '127.0.0.1', maxRetriesPerRequest: null, retryStrategy: () => 50 });
  admin.on('error', () => {});

  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    folder,
    admin,
    async kill(signal) {
      child.kill(signal);
      if ((signal === 'SIGKILL' || signal === 'SIGTERM') && !hasEnded(child)) await once(child, 'exit');
    },
    async restart() {
      child = await launch(program, folder, port, flags);
    },
    async stop() {
      admin.disconnect();
      if (!hasEnded(child)) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function launchOnFreePort(program: string, folder: string, flags: readonly string[]) {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    try {
      return { port, child: await launch(program, folder, port, flags) };
    } catch (error) {
      if (attempt === 5) throw error;
    }
  }
}

async function launch(program: string, folder: string, port: number, flags: readonly string[]): Promise<ChildProcess> {
  const own = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no'];
  const child = spawn(program, [...own, ...flags], { stdio: ['ignore', 'pipe', 'ignore'] });
  endWithThisProcess(child);
  await readyOrEnd(child);
  return child;
}

/** Also where a test has failed before it could stop the server: test workers are ended by SIGTERM. */
function endWithThisProcess(child: ChildProcess): void {
  const kill = () => {
    child.kill('SIGKILL');
  };
  const killAndEnd = () => {
    kill();
    process.kill(process.pid, 'SIGTERM');
  };
  process.once('exit', kill).once('SIGTERM', killAndEnd);
  child.once('exit', () => process.off('exit', kill).off('SIGTERM', killAndEnd));
}

async function readyOrEnd(child: ChildProcess): Promise<void> {
  if (child.stdout === null) throw new Error('redis-server has no output');
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    if (line.includes('Ready to accept connections')) {
      child.stdout.resume();
      return;
    }
  }
  throw new Error(`redis-server ended: ${said.slice(-3).join(' | ')}`);
}

function findRedisServer(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map(folder => join(folder, 'redis-server')).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
