import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startProcess, temporaryFolder, tollgate } from '../support/command.ts';
import { adminKey } from '../support/test-server.ts';

// It makes the bundle first, where a source has changed.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 180_000 });

const root = resolve(import.meta.dirname, '../..');
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
  const bundled = await startProcess([join(root, '.ci/bundle.mjs'), '--if-stale'], { cwd: root }).ended;
  expect(bundled).toMatchObject({ code: 0 });
});
afterAll(() => folder.close());

test('what npm start runs is what the sources are: server, database, page for people and commands', async () => {
  const cli = join(root, 'build/cli.js');
  const env = { PORT: '0', LOG_LEVEL: 'silent', TOLLGATE_ADMIN_KEY: adminKey };
  const server = startProcess([cli, 'serve'], { cwd: folder.path, env });
  const [, url] = await server.see(/Tollgate listens on (\S+)\n/);

  const client = { cwd: folder.path, env: { TOLLGATE_API_KEY: adminKey } };
  const asked = await startProcess([cli, 'complete', '-m', 'sandbox/echo', 'Hello'], client).ended;
  expect(asked).toMatchObject({ code: 0, out: 'Hello\n' });
  const script = await fetch(`${url}/graphql/graphiql.js`);
  expect((await script.text()).length).toBeGreaterThan(100_000);
  const models = ['models', '--all', '--json'];
  const [bundled, plain] = await Promise.all([startProcess([cli, ...models], client).ended, tollgate(models, client)]);
  expect(bundled).toEqual(plain);
  server.process.kill('SIGINT');
  expect(await server.ended).toMatchObject({ code: 0, error: '' });

  const version = await startProcess([cli, '--version'], client).ended;
  expect(version).toEqual(await tollgate(['--version'], client));
});
