import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config.ts';
import { defaultCompletionLimits } from '../../src/graphql/federation/completion-queue.ts';
import { printTollgateSubgraph } from '../../src/graphql/federation/tollgate-subgraph.ts';
import { createRouterIdentityReader } from '../../src/identity/router-identity.ts';

const page = readFileSync(new URL('../../docs/federation.md', import.meta.url), 'utf8');
const gateway = readFileSync(
  new URL('../../examples/federation/hive-gateway/gateway.config.mjs', import.meta.url),
  'utf8',
);
const shown = (language: string) =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]+?)\`\`\``, 'g'))].map(([, text = '']) => text);
const secret = 'a-secret-of-the-router-of-these-tests-0123456789';

test('the configuration that the page begins with yields the types that it shows', () => {
  const [yaml = ''] = shown('yaml');
  const { federation, names } = loadConfig({
    env: {},
    cwd: '/srv',
    readFile: path => (path === '/srv/tollgate.yaml' ? yaml : undefined),
  });
  const sdl = printTollgateSubgraph({ ...federation, names });
  const types = (shown('graphql')[0] ?? '').trim().split('\n\n');
  expect(types).toHaveLength(2);
  for (const type of types) expect(sdl).toContain(type);
});

test('the setting of a router that it shows is taken, with its defaults', () => {
  const [, yaml = ''] = shown('yaml');
  const { router } = loadConfig({
    env: { ROUTER_SECRET: secret },
    cwd: '/srv',
    readFile: path => (path === '/srv/tollgate.yaml' ? yaml : undefined),
  });
  expect(router).toMatchObject({ projectId: 'support-desk', projects: ['support-desk'] });
  const { header, maxAge } = (parse(yaml) as { auth: { router: { header: string; maxAge: string } } }).auth.router;
  const { router: bare } = loadConfig({
    env: {},
    cwd: '/srv',
    readFile: path => (path === '/srv/tollgate.yaml' ? `auth: { router: { secrets: [${secret}] } }` : undefined),
  });
  expect([bare?.header, bare?.maxAgeMs]).toEqual([header, Number(/^PT(\d+)S$/.exec(maxAge)?.[1]) * 1_000]);
});

test('what it shows to sign with is believed, and is what the example signs with', async () => {
  const [code = ''] = shown('js');
  const module = `data:text/javascript,${encodeURIComponent(`${code}\nexport { sign };`)}`;
  const { sign } = (await import(module)) as { sign(identity: object, secret: string): string };
  const identity = { user: 'ada', project: 'support-desk', workload: 'Ask' };
  expect(createRouterIdentityReader({ secrets: [secret] })(sign(identity, secret))).toEqual(identity);
  const [, body = ''] = /function sign\(identity, secret\) {([\s\S]+?)\n}/.exec(code) ?? [];
  expect(body.length).toBeGreaterThan(100);
  expect(gateway).toContain(body);
});

test('the limits that it names are those that hold', () => {
  const { concurrency, perOperation, deadlineMs } = defaultCompletionLimits;
  const rows = [...page.matchAll(/^\| `(concurrency|perOperation|deadline)`: [^|]+\| (\w+) \|/gm)].map(
    ([, name, value]) => [name, value],
  );
  expect(rows).toEqual([
    ['concurrency', String(concurrency)],
    ['perOperation', String(perOperation)],
    ['deadline', `PT${deadlineMs / 1_000}S`],
  ]);
});
