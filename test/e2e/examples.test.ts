import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startScript } from '../support/command.ts';
import { adminKey, startTestServer, type TestServer } from '../support/test-server.ts';

// Every process starts a whole Node, which a busy machine makes wait.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const examples = new URL('../../examples/', import.meta.url);

function run(example: string, argv: readonly string[], key = adminKey) {
  const env = { TOLLGATE_URL: server.url, TOLLGATE_API_KEY: key };
  return startScript(`examples/${example}/main.ts`, argv, { cwd: import.meta.dirname, env }).ended;
}

/** Those that are servers themselves are run by test/e2e (packed package, nodes, Hive Gateway), test/deploy and test/federation. */
const servers = [
  'ask-before-passing',
  'embed-in-yoga',
  'federation',
  'hosts',
  'plugins-in-hive-gateway',
  'several-nodes',
];
const clients = readdirSync(examples).filter(name => !servers.includes(name));

describe.each(clients)('the example %s', name => {
  const readme = readFileSync(new URL(`${name}/README.md`, examples), 'utf8');

  test('prints what its README shows, run as its README says', async () => {
    const [, argument = ''] = /^node examples\/[\w-]+\/main\.ts (.*)$/m.exec(readme) ?? [];
    const [, shown] = /```text\n([^`]+)```/.exec(readme) ?? [];
    const { code, out, error } = await run(name, argument.split(' '));
    expect({ code, out, error }).toEqual({ code: 0, out: shown, error: '' });
  });

  test('lets the gateway choose where no model is named', async () => {
    const { code, out, error } = await run(name, []);
    expect({ code, error }).toEqual({ code: 0, error: '' });
    expect(out).toContain('sandbox');
  });

  test('ends with a code that is not 0, and says why, where the key is wrong', async () => {
    const { code, error } = await run(name, [], 'a-key-that-nobody-made');
    expect(code).toBe(1);
    expect(error).toContain('neither an API key nor a readable token');
  });
});
