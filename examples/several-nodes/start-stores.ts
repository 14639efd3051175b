import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import type { Programs } from './find-programs.ts';
import { freePort, type Program, startProgram } from './start-program.ts';

const run = promisify(execFile);

/** A server that nodes share, and how they reach it. */
export interface Store {
  readonly program: Program;
  /** With its password. */
  readonly url: string;
}

/** Starts Redis as compose.yaml does: appended to the disk each second, nothing ever evicted. */
export async function startRedis({ redis }: Programs, folder: string): Promise<Store> {
  const port = await freePort();
  const password = randomBytes(16).toString('hex');
  const home = join(folder, 'redis');
  await mkdir(home);
  const settings = [
    `requirepass ${password}`,
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${home}`,
    'appendonly yes',
    'appendfsync everysec',
    'maxmemory-policy noeviction',
  ];
  const file = join(folder, 'redis.conf');
  await writeFile(file, `${settings.join('\n')}\n`, { mode: 0o600 });
  const program = await startProgram('redis', [redis, file], {
    folder,
    isReady: () => answersPing(port, password),
    stopSignal: 'SIGTERM',
  });
  return { program, url: `redis://:${password}@127.0.0.1:${port}` };
}

/** Starts PostgreSQL on a database of its own, which asks for a password as that of compose.yaml does. */
export async function startPostgres({ postgresFolder }: Programs, folder: string): Promise<Store> {
  const user = await serverUser();
  const home = join(folder, 'postgres');
  await mkdir(home);
  const password = randomBytes(16).toString('hex');
  const passwordFile = join(home, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (user !== undefined) for (const path of [home, passwordFile]) await chown(path, user.uid, user.gid);
  const data = join(home, 'data');
  const env = { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' };
  const shape = ['--encoding', 'UTF8', '--auth', 'scram-sha-256', '--username', 'tollgate', '--no-sync'];
  const initdb = join(postgresFolder, 'initdb');
  await run(initdb, ['--pgdata', data, '--pwfile', passwordFile, ...shape], { ...user, env, cwd: home });

  const port = await freePort();
  const settings = ['-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=${home}`];
  const url = `postgres://tollgate:${password}@127.0.0.1:${port}/postgres`;
  const program = await startProgram('postgres', [join(postgresFolder, 'postgres'), '-D', data, ...settings], {
    folder,
    env,
    isReady: () => takesConnections(url),
    stopSignal: 'SIGINT',
    ...(user === undefined ? {} : { user }),
  });
  return { program, url };
}

async function takesConnections(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 1_000 });
  client.on('error', () => {});
  return await client.connect().then(
    () => client.end().then(() => true),
    () => false,
  );
}

/** PostgreSQL refuses to run as root. */
async function serverUser(): Promise<{ readonly uid: number; readonly gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map(line => line.split(':'));
  const [, , uid, gid] = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody') ?? [];
  return uid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

function answersPing(port: number, password: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(`AUTH ${password}\r\nPING\r\n`));
    socket.setTimeout(1_000, () => socket.destroy());
    let answer = '';
    socket.on('data', bytes => {
      answer += String(bytes);
      if (answer.includes('+PONG')) socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer.includes('+PONG')));
  });
}
