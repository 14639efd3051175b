import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import pg from 'pg';

/** The folder of the newest PostgreSQL on this machine; undefined where there is none. */
export const postgresBinaries = findBinaries();

/** What a group of tests is named that cannot run without PostgreSQL; only outside of CI may it be skipped. */
export const postgresTitle = postgresBinaries === undefined ? 'PostgreSQL absent' : 'PostgreSQL';

export interface PostgresServerOptions {
  /** Whether it waits for the disk; without, it is quicker and survives the death of its processes only. Default: false. */
  readonly fsync?: boolean;
  /** Further settings, `name=value`. */
  readonly settings?: readonly string[];
  /** Whether it offers TLS, with a certificate for `localhost` that it signed itself. Default: false. */
  readonly tls?: boolean;
}

export interface PostgresServer {
  /** Of its first database, `postgres`. */
  readonly url: string;
  readonly port: number;
  readonly dataFolder: string;
  /** Where it offers TLS. */
  readonly certificateFile: string;
  /** The last of what it reported since it was started: errors above all. */
  readonly log: string;
  /** Of the process that owns all others. */
  readonly pid: number;
  /** A new database, empty or like another one of this server, to which nobody may be connected. @returns Its URL. */
  database(like?: string): Promise<string>;
  /** Asks something of a database, as its administrator. */
  ask(url: string, sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Does something in a transaction that stays open until the returned function is called; it is undone then. */
  hold(url: string, sql: string): Promise<() => Promise<void>>;
  /** Sends a signal to all processes of the server. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Stops it, where it runs, and starts it again on the same port and data. */
  restart(): Promise<void>;
  /** Stops it and deletes its data. */
  stop(): Promise<void>;
}

/** Starts a PostgreSQL of its own on a free port of this machine. */
export async function startPostgres(options: PostgresServerOptions = {}): Promise<PostgresServer> {
  const { fsync = false, settings = [], tls = false } = options;
  if (postgresBinaries === undefined) throw new Error('PostgreSQL absent');
  const binaries = postgresBinaries;
  const user = serverUser();
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-postgres-'));
  if (user !== undefined) await chown(folder, user.uid, user.gid);
  const dataFolder = join(folder, 'data');
  const env = { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' };
  const initialise = ['-D', dataFolder, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'];
  execFileSync(join(binaries, 'initdb'), initialise, { ...user, env, cwd: folder, stdio: 'ignore' });

  const certificateFile = join(folder, 'server.pem');
  const keyFile = join(folder, 'server.key');
  if (tls) {
    const kind = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
    const files = ['-addext', 'subjectAltName=DNS:localhost', '-keyout', keyFile, '-out', certificateFile];
    execFileSync('openssl', [...kind, ...files], { ...user, env, cwd: folder, stdio: 'ignore' });
  }
  const port = await freePort();
  let child: ChildProcess | undefined;
  let databases = 0;
  let log = '';
  const urlOf = (name: string) => `postgres://postgres@127.0.0.1:${port}/${name}`;
  const url = urlOf('postgres');

  async function start(): Promise<void> {
    const all = [
      `port=${port}`,
      'listen_addresses=127.0.0.1',
      `unix_socket_directories=${folder}`,
      'max_connections=60',
    ];
    if (!fsync) all.push('fsync=off', 'full_page_writes=off');
    if (tls) all.push('ssl=on', `ssl_cert_file=${certificateFile}`, `ssl_key_file=${keyFile}`);
    const given = [...all, ...settings].flatMap(setting => ['-c', setting]);
    const started = spawn(join(binaries, 'postgres'), ['-D', dataFolder, ...given], {
      ...user,
      env,
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child = started;
    log = '';
    started.stderr.on('data', chunk => {
      log = (log + String(chunk)).slice(-100_000);
    });
    const limit = Date.now() + 20_000;
    while (!(await answers(url))) {
      if (started.exitCode !== null || Date.now() > limit) throw new Error(`PostgreSQL did not start: ${log}`);
      await new Promise(resolve => setTimeout(resolve, 20));
    }
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const ending = child;
    child = undefined;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    const ended = once(ending, 'exit');
    ending.kill(signal);
    await ended;
  }

  const killAtExit = () => void child?.kill('SIGKILL');
  process.once('exit', killAtExit);
  await start();

  const server: PostgresServer = {
    url,
    port,
    dataFolder,
    certificateFile,
    get log() {
      return log;
    },
    get pid() {
      return child?.pid ?? 0;
    },
    async database(like) {
      databases += 1;
      const name = `d${databases}`;
      const template = like === undefined ? '' : ` template ${new URL(like).pathname.slice(1)}`;
      await server.ask(url, `create database ${name}${template}`);
      return urlOf(name);
    },
    async ask(of, sql) {
      const client = new pg.Client({ connectionString: of });
      // What is asked then is rejected; where the server dies, that is told here, too.
      client.on('error', () => {});
      await client.connect();
      try {
        const { rows } = await client.query(sql);
        return rows;
      } finally {
        await client.end();
      }
    },
    async hold(of, sql) {
      const client = new pg.Client({ connectionString: of });
      await client.connect();
      await client.query(`begin; ${sql}`);
      return () => client.end();
    },
    async kill(signal) {
      const { pid } = server;
      const ended = signal === 'SIGKILL' && child !== undefined ? once(child, 'exit') : undefined;
      const children = childrenOf(pid);
      process.kill(pid, signal);
      for (const each of children) signalIfThere(each, signal);
      await ended;
    },
    async restart() {
      await end('SIGINT');
      await start();
    },
    async stop() {
      process.off('exit', killAtExit);
      await end('SIGINT');
      await rm(folder, { recursive: true });
    },
  };
  return server;
}

function findBinaries(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((left, right) => Number(right) - Number(left)) : [];
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    ...versions.filter(version => Number(version) >= 15).map(version => join(debian, version, 'bin')),
  ];
  return folders.find(folder => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
}

/** PostgreSQL refuses to run as root. */
function serverUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map(line => line.split(':'));
  const found = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody');
  return found === undefined ? undefined : { uid: Number(found[2]), gid: Number(found[3]) };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

/** One that serves a connection may have ended since it was seen. */
function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (fault) {
    if (!(fault instanceof Error && 'code' in fault && fault.code === 'ESRCH')) throw fault;
  }
}

/** PostgreSQL's processes make sessions of their own: no signal to a group reaches them. */
function childrenOf(pid: number): readonly number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(each => parentOf(each) === pid);
}

function parentOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return 0;
  }
}
