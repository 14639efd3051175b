import { execFile } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startProcess, temporaryFolder } from '../support/command.ts';
import { answerWith } from '../support/openai-bytes.ts';
import { startRawProvider } from '../support/raw-provider.ts';
import { adminKey, providersYaml } from '../support/test-server.ts';
import { testHosts } from './package-hosts.ts';

// It builds the whole package first.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 180_000 });

const root = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
/** A project that has the package among its dependencies, with nothing beside it but what it declares. */
let app: string;
let installed: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  app = join(folder.path, 'app');
  installed = join(app, 'node_modules/tollgate');
  await mkdir(installed, { recursive: true });
  await run('npm', ['run', 'prepack'], { cwd: root });
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder.path], { cwd: root });
  const [tarball = ''] = globSync(join(folder.path, '*.tgz'));
  await run('tar', ['-xzf', tarball, '-C', installed, '--strip-components', '1']);
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  for (const name of [...Object.keys({ ...dependencies, ...peerDependencies }), '@types/node', 'undici-types']) {
    const link = join(app, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    if (existsSync(join(root, 'node_modules', name))) await symlink(join(root, 'node_modules', name), link);
  }
});
afterAll(() => folder.close());

test('the packed command line runs, and says its version', async () => {
  const { version, bin } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  const { stdout } = await run(process.execPath, [join(installed, bin.tollgate), '--version'], { cwd: app });
  expect(stdout).toBe(`${version}\n`);
});

test('the packed server answers a query, and serves its page for people from the package', async () => {
  const env = { PORT: '0', LOG_LEVEL: 'silent', TOLLGATE_ADMIN_KEY: adminKey };
  const server = startProcess([join(installed, 'dist/src/cli.js'), 'serve'], { cwd: app, env });
  const [, url] = await server.see(/Tollgate listens on (\S+)\n/);
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${adminKey}` },
    body: JSON.stringify({
      query: 'mutation { complete(input: { messages: [{ role: USER, text: "hi" }] }) { status endpoint { id } } }',
    }),
  });
  expect(await response.json()).toEqual({
    data: { complete: { status: 'FINISHED', endpoint: { id: 'sandbox/chat@sandbox' } } },
  });
  const script = await fetch(`${url}/graphql/graphiql.js`);
  expect(script.status).toBe(200);
  expect((await script.text()).length).toBeGreaterThan(100_000);
  server.process.kill('SIGINT');
  expect(await server.ended).toMatchObject({ code: 0, error: '' });
});

test('the example of a server with a schema of its own runs, and policies hold in its resolver', async () => {
  const provider = await startRawProvider(exchange => answerWith(exchange, 'Call jane@example.com'));
  const home = join(app, 'help-desk');
  await cp(join(root, 'examples/embed-in-yoga'), home, { recursive: true });
  const yaml = providersYaml([{ id: 'acme', url: provider.url, more: '    region: eu-west-1' }]);
  await writeFile(join(home, 'tollgate.yaml'), yaml);
  const env = { PORT: '0', TOLLGATE_ADMIN_KEY: adminKey };
  const server = startProcess([join(home, 'main.ts')], { cwd: home, env });
  const [, port] = await server.see(/port: (\d+)/);
  const ask = async (query: string) => {
    const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${adminKey}` },
      body: JSON.stringify({ query }),
    });
    return await response.json();
  };
  const tickets = '{ tickets { summary { text status } } pageInfo { hasNextPage } }';
  const summary = { text: 'Call [EMAIL]', status: 'FINISHED' };
  expect(await ask(tickets)).toEqual({
    data: { tickets: [{ summary }, { summary }], pageInfo: { hasNextPage: false } },
  });
  const sent = provider.requests.map(({ body }) => body).join('');
  expect(sent).toContain('[PAYMENT_CARD]');
  expect(sent).not.toMatch(/4111|jane@/);
  await ask(
    'mutation { aiCreatePolicy(input: { name: "US", rules: { region: { allow: ["us"] } } }) { policy { id } } }',
  );
  expect(await ask(tickets)).toMatchObject({ data: { tickets: [{ summary: { text: null, status: 'REFUSED' } }, {}] } });
  expect(provider.requests).toHaveLength(2);
  server.process.kill('SIGKILL');
  await server.ended;
  await provider.close();
});

testHosts(() => app);

const program = `
import { createGateway, type Gateway, GatewayError, loadConfig, region, retention } from 'tollgate';
import { ledgerStoreContract } from 'tollgate/testing';

const config = loadConfig({ env: {}, cwd: process.cwd() });
const opened = await createGateway({ config, rules: [region({ allow: ['eu'] }), retention()] });
const gateway: Gateway = opened;
const principal = opened.access.localAdministrator();
const run = gateway.run(principal, {
  model: 'sandbox/echo',
  fallbackModels: [],
  prompt: {
    messages: [{ role: 'USER', parts: [{ type: 'text', text: 'hi', cacheUpToHere: false }], toolCalls: [] }],
    tools: [], responseFormat: { type: 'TEXT' }, maxOutputTokens: 10, stop: [], providerOptions: {},
  },
  routing: {
    optimize: 'COST', order: [], ignore: [], allowFallbacks: true, requireParameters: false,
    zeroDataRetention: false, denyTraining: false, handoff: 'TERMINATE',
  },
  workload: 'default', labels: [], deadlineMs: 10_000, stream: false,
}, { entrance: 'EMBEDDED' });
for await (const batch of run.events) for (const event of batch) if (event.type === 'failed') console.log(event.error.code);
await opened.close();
console.log(ledgerStoreContract.length > 0, new GatewayError('CONFLICT', 'x').code);
export function control() {
  // @ts-expect-error Types that could not be found would let everything pass.
  region({ allow: 7 });
  // @ts-expect-error
  config.port.noSuchMember;
  // @ts-expect-error
  opened.catalog.models.noSuchMember;
}
`;

test('a program that embeds it has its types, and the rules that the program sets bind everybody', async () => {
  const options = {
    target: 'es2024',
    module: 'nodenext',
    strict: true,
    exactOptionalPropertyTypes: true,
    types: ['node'],
    skipLibCheck: true,
  };
  await writeFile(join(app, 'package.json'), '{ "type": "module" }');
  await writeFile(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['program.ts'] }));
  await writeFile(join(app, 'program.ts'), program);
  const compiled = await startProcess([join(root, 'node_modules/typescript/bin/tsc')], { cwd: app }).ended;
  expect(compiled).toMatchObject({ code: 0, out: '' });
  const { code, out, error } = await startProcess(['program.js'], { cwd: app }).ended;
  expect({ code, out, error }).toEqual({ code: 0, out: 'NO_ELIGIBLE_ENDPOINT\ntrue CONFLICT\n', error: '' });
});

test('every name that is exported leads to a file in the package', () => {
  const { exports } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  const missing = Object.values<string>(exports).filter(path => !existsSync(join(installed, path)));
  expect(missing).toEqual([]);
  expect(globSync('**/*.{ts,tsx}', { cwd: installed }).filter(file => !file.endsWith('.d.ts'))).toEqual([]);
});
