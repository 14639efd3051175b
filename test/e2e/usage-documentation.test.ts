import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { tollgate } from '../support/command.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

// Every process starts a whole Node, which a busy machine makes wait.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const page = readFileSync(new URL('../../docs/usage.md', import.meta.url), 'utf8');
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, text = '']) => text);
const examples = blocks('graphql').map((query, index) => ({ number: index + 1, query }));

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ yaml: 'sandbox: true\n' });
  const { data } = await server.graphql(
    'mutation { complete(input: { model: "sandbox/echo", messages: [{ role: USER, text: "hi" }] }) { status } }',
  );
  expect(data).toEqual({ complete: { status: 'FINISHED' } });
});
afterAll(() => server.close());

test.each(examples)('docs/usage.md, example $number can be pasted as it is', async ({ query }) => {
  const month = new Date().toISOString().slice(0, 7);
  const { data, errors } = await server.graphql(query, query.includes('$month') ? { month } : {});
  expect(errors).toBeUndefined();
  expect(data).not.toBeNull();
});

test('every question of the ledger has an example', () => {
  const written = examples.map(({ query }) => query).join('');
  for (const field of ['usage(', 'statement(', 'dependencyAudit(']) expect(written).toContain(field);
});

test('the command says what the page says that it does', async () => {
  const shown = blocks('text').find(text => text.startsWith('tollgate ledger verify\n'));
  const [, ...answer] = (shown ?? '').split('\n');
  const env = { TOLLGATE_STATE_DIR: server.stateDir };
  const { code, out } = await tollgate(['ledger', 'verify'], { cwd: dirname(server.stateDir), env });
  expect({ code, out }).toEqual({ code: 0, out: answer.join('\n') });
});
