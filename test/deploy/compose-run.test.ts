import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startProcess, temporaryFolder } from '../support/command.ts';
import { freePort } from '../support/free-port.ts';
import { type PostgresServer, postgresBinaries, startPostgres } from '../support/postgres-server.ts';
import { redisAbsence } from '../support/redis-server.ts';
import { readCompose } from './compose-promises.ts';
import { type LaidOutImage, layOutImage } from './lay-out-image.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const root = resolve(import.meta.dirname, '../..');
const compose = readCompose(readFileSync(join(root, 'compose.yaml'), 'utf8'));
const absence = postgresBinaries === undefined ? ' (PostgreSQL absent)' : redisAbsence;

describe.skipIf(absence !== '')(`what compose.yaml starts its services with, without containers${absence}`, () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let image: LaidOutImage;
  let postgres: PostgresServer;
  let redis: ReturnType<typeof spawn>;
  let counters: Redis;
  const secret = (name: string) => join(folder.path, 'deploy/secrets', name);
  const readSecret = (name: string) => readFileSync(secret(name), 'utf8').trim();

  /** Names inside of a container, as they are on this machine. */
  function here(text: string): string {
    return text
      .replace('/run/secrets', join(folder.path, 'deploy/secrets'))
      .replace('/etc/tollgate', join(root, 'deploy/config'))
      .replace('/var/lib/tollgate', join(folder.path, 'node'))
      .replace('/tmp/state', join(folder.path, 'migrate'))
      .replace(/^\/data$/, folder.path)
      .replace('0.0.0.0', '127.0.0.1');
  }

  /** Runs what the image holds as one of the services does. */
  function start(service: 'tollgate-1' | 'migrate', argv: readonly string[]) {
    const variables = Object.entries(compose.services[service]?.environment ?? {});
    const env = Object.fromEntries(variables.map(([name, value]) => [name, here(value)]));
    const entry = image.command.slice(0, -1);
    return startProcess([...entry, ...argv], { cwd: folder.path, env: { ...env, PORT: '0' } });
  }

  beforeAll(async () => {
    folder = await temporaryFolder();
    image = await layOutImage(folder.path);
    mkdirSync(join(folder.path, 'deploy'));
    cpSync(join(root, 'deploy/make-secrets.sh'), join(folder.path, 'deploy/make-secrets.sh'));
    await once(spawn('sh', ['deploy/make-secrets.sh'], { cwd: folder.path }), 'exit');

    postgres = await startPostgres();
    await postgres.ask(postgres.url, `create role tollgate login password '${readSecret('postgres-password')}'`);
    await postgres.ask(postgres.url, 'create database tollgate owner tollgate');
    const port = await freePort();
    // The hosts of compose's network; whoever makes a secret anew makes it whole, so they are replaced as files.
    moveTo('database-url', `postgres:5432`, `127.0.0.1:${postgres.port}`);
    moveTo('redis-url', 'redis:6379', `127.0.0.1:${port}`);

    const [program = '', ...words] = (compose.services.redis?.command ?? []).map(here);
    redis = spawn(program, [...words, '--port', String(port), '--bind', '127.0.0.1'], { stdio: 'ignore' });
    counters = new Redis(readSecret('redis-url'), { maxRetriesPerRequest: null, retryStrategy: () => 50 });
    counters.on('error', () => {});
    await counters.ping();
  });
  afterAll(async () => {
    counters.disconnect();
    const ended = once(redis, 'exit');
    redis.kill('SIGKILL');
    await ended;
    await postgres.stop();
    await folder.close();
  });

  function moveTo(name: string, from: string, to: string): void {
    const text = readSecret(name);
    expect(text).toContain(from);
    // It can only be read; the owner of its folder may put another in its place.
    const moved = join(folder.path, name);
    writeFileSync(moved, text.replace(from, to));
    cpSync(moved, secret(name), { force: true });
  }

  test('Redis asks for the password of its secret, and keeps what it counts', async () => {
    const settings = ['maxmemory-policy', 'appendonly', 'appendfsync', 'maxmemory'];
    const values = await Promise.all(settings.map(async name => (await counters.config('GET', name)) as string[]));
    expect(values.map(([, value]) => value)).toEqual(['noeviction', 'yes', 'everysec', String(1024 ** 3)]);
    const stranger = new Redis({ port: Number(new URL(readSecret('redis-url')).port), lazyConnect: true });
    stranger.on('error', () => {});
    await expect(stranger.ping()).rejects.toThrow('NOAUTH');
    stranger.disconnect();
  });

  test('nodes start once the database was migrated, and not before', async () => {
    const early = await start('tollgate-1', ['serve']).ended;
    expect(early).toMatchObject({ code: 4, out: '' });
    expect(early.error).toContain('run "tollgate migrate" first');

    expect(await start('migrate', compose.services.migrate?.command ?? []).ended).toMatchObject({ code: 0 });
    const node = start('tollgate-1', ['serve']);
    const [, url] = await node.see(/Tollgate listens on (\S+)\n/);
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${readSecret('administrator-key')}` },
      body: JSON.stringify({
        query: 'mutation { complete(input: { messages: [{ role: USER, text: "hi" }] }) { status } }',
      }),
    });
    expect(await response.json()).toEqual({ data: { complete: { status: 'FINISHED' } } });
    node.process.kill('SIGINT');
    const { code, out, error } = await node.ended;
    expect(code).toBe(0);
    for (const name of Object.keys(compose.secrets)) expect(out + error).not.toContain(readSecret(name));
  });
});
