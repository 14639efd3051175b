import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Started, startProcess, temporaryFolder } from '../support/command.ts';
import { freePort } from '../support/free-port.ts';
import { adminKey } from '../support/test-server.ts';
import { type LaidOutImage, layOutImage } from './lay-out-image.ts';

// It makes a bundle of its own first, and an image where there is an engine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 600_000 });

const root = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);
const question = JSON.stringify({
  query: 'mutation { complete(input: { messages: [{ role: USER, text: "hi" }] }) { status endpoint { id } } }',
});

async function complete(url: string): Promise<unknown> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${adminKey}` };
  return await (await fetch(`${url}/graphql`, { method: 'POST', headers, body: question })).json();
}

const answered = { data: { complete: { status: 'FINISHED', endpoint: { id: 'sandbox/chat@sandbox' } } } };

describe('what the image holds, in a folder with nothing else', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let image: LaidOutImage;
  let server: Started;
  let env: Readonly<Record<string, string>>;
  beforeAll(async () => {
    folder = await temporaryFolder();
    image = await layOutImage(folder.path);
    // On loopback, where the sandbox answers unasked; the image itself listens on all addresses of its container.
    env = { ...image.env, HOST: '127.0.0.1', PORT: String(await freePort()), TOLLGATE_ADMIN_KEY: adminKey };
    server = startProcess(image.command, { cwd: join(image.folder, 'app'), env });
  });
  afterAll(async () => {
    server.process.kill('SIGKILL');
    await server.ended;
    await folder.close();
  });

  test('answers requests, is found healthy, and ends with code 0', async () => {
    const [, url = ''] = await server.see(/Tollgate listens on (\S+)\n/);
    expect(await complete(url)).toEqual(answered);
    // It runs in production, where nobody is shown GraphiQL unasked.
    expect((await fetch(`${url}/graphql/graphiql.js`)).status).toBe(404);
    const check = () => startProcess(image.healthCheck, { cwd: image.folder, env }).ended;
    expect(await check()).toMatchObject({ code: 0, out: '', error: '' });

    server.process.kill('SIGINT');
    expect(await server.ended).toMatchObject({ code: 0, error: '' });
    expect(await check()).toMatchObject({ code: 1 });
  });

  test('is the bundle and a few files, without packages, sources and tools', () => {
    expect(readdirSync(join(image.folder, 'app')).sort()).toEqual([
      'build',
      'health-check.mjs',
      'package-lock.json',
      'package.json',
    ]);
    expect(readdirSync(image.folder).sort()).toEqual(['app', 'var']);
  });

  test('says its version, which it reads from the file beside it', async () => {
    const { out } = await startProcess([...image.command.slice(0, -1), '--version'], { cwd: image.folder, env }).ended;
    expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

async function hasEngine(): Promise<boolean> {
  try {
    await run('docker', ['info'], { timeout: 20_000 });
    return true;
  } catch {
    return false;
  }
}

const engine = await hasEngine();

describe(engine ? 'the image itself' : 'the image itself (no container engine)', () => {
  test.runIf(engine)(
    'runs with a root that cannot be written, without any capability',
    async () => {
      await run('docker', ['build', '--quiet', '--tag', 'tollgate:test', root], { timeout: 500_000 });
      const confined = ['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--tmpfs', '/tmp'];
      const settings = ['--env', `TOLLGATE_ADMIN_KEY=${adminKey}`, '--env', 'HOST=127.0.0.1'];
      const started = await run('docker', ['run', '--detach', '--rm', ...confined, ...settings, 'tollgate:test']);
      const id = started.stdout.trim();
      try {
        const inside = async (...words: readonly string[]) => (await run('docker', ['exec', id, ...words])).stdout;
        await vi.waitFor(() => inside('node', '/app/health-check.mjs'), { timeout: 30_000, interval: 250 });
        const command = ['node', '/app/build/cli.js', 'complete', '-m', 'sandbox/echo', 'Hello'];
        expect(await inside('env', `TOLLGATE_API_KEY=${adminKey}`, ...command)).toBe('Hello\n');
        expect(await inside('id', '-u')).toBe('1000\n');
      } finally {
        await run('docker', ['stop', id]);
      }
    },
    600_000,
  );
});
