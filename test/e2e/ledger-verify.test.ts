import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type ServeCommand, startServe, temporaryFolder, tollgate } from '../support/command.ts';
import { adminKey } from '../support/test-server.ts';

// Every process starts a whole Node, which a busy machine makes wait.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: ServeCommand;

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await startServe({ cwd: folder.path, env: { TOLLGATE_ADMIN_KEY: adminKey } });
});
afterAll(async () => {
  server.process.kill('SIGINT');
  await server.ended;
  await folder.close();
});

const verify = (...options: readonly string[]) => tollgate(['ledger', 'verify', ...options], { cwd: folder.path });

async function complete(): Promise<void> {
  const query =
    'mutation { complete(input: { model: "sandbox/echo", messages: [{ role: USER, text: "hi" }] }) { status } }';
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${adminKey}` },
    body: JSON.stringify({ query }),
  });
  expect(await response.json()).toMatchObject({ data: { complete: { status: 'FINISHED' } } });
}

test('agrees beside a running server, and names the row that somebody altered, with code 1', async () => {
  expect(await verify()).toMatchObject({ code: 0, out: 'There is nothing in the ledger yet.\n', error: '' });
  for (let time = 0; time < 3; time++) await complete();
  expect(await verify()).toMatchObject({
    code: 0,
    out: 'The ledger agrees with itself (completions: 3, attempts: 3).\n',
    error: '',
  });

  const database = new DatabaseSync(join(folder.path, '.tollgate', 'tollgate.db'));
  database.exec('PRAGMA busy_timeout = 5000; update usage_hour set cost = cost + 1000000');
  database.close();
  const { code, out } = await verify();
  expect(code).toBe(1);
  expect(out).toMatch(/^The ledger does not agree with itself \(completions: 3, attempts: 3\); differences: \d+\.\n/);
  expect(out).toMatch(/\nUSAGE_HOUR project_id="\S+" hour="\S+:00:00\.000Z" .*: cost \+0\.001 dollars\n/);
  expect(out).toMatch(/\nUSAGE_DAY .*: cost -0\.001 dollars\n/);

  const json = await verify('--json');
  expect(json.code).toBe(1);
  expect(JSON.parse(json.out)).toMatchObject({ isComplete: true, differences: [{ off: { cost: '1000000' } }, {}] });
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  const today = new Date().toISOString().slice(0, 10);
  expect((await verify('--from', tomorrow)).code).toBe(0);
  expect((await verify('--from', today, '--to', today)).code).toBe(1);
});

test.each([
  [['ledger'], 2, 'Usage: tollgate ledger verify'],
  [['ledger', 'verify', 'now'], 2, 'Usage: tollgate ledger verify'],
  [['ledger', 'verify', '--from', '2026-02-30'], 2, '--from: a day like 2026-11-30'],
  [['ledger', 'verify', '--from', '2026-02-03', '--to', '2026-02-01'], 2, '--to: is before --from'],
] as const)('refuses %j', async (argv, code, message) => {
  const ended = await tollgate(argv, { cwd: folder.path });
  expect(ended).toMatchObject({ code, out: '' });
  expect(ended.error).toContain(message);
});

test('says that there is no database where there is none, with code 4, and makes none', async () => {
  const ended = await tollgate(['ledger', 'verify'], { cwd: folder.path, env: { TOLLGATE_STATE_DIR: 'elsewhere' } });
  expect(ended).toMatchObject({ code: 4, out: '' });
  expect(ended.error).toContain('there is no database');
});
