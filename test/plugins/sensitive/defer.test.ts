import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { version } from 'graphql';
import { createSchema, createYoga } from 'graphql-yoga';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { useRedaction } from '../../../plugins/index.ts';
import { type OpenYoga, openYoga } from '../../graphql/open-yoga.ts';
import { installFolder } from '../../support/install-folder.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 600_000 });

let open: OpenYoga;
let useDeferStream: () => object;
beforeAll(async () => {
  open = await openYoga();
  const folder = await installFolder(version.startsWith('16.') ? 'test/gateways' : 'test/graphql-17');
  if (version.startsWith('16.')) await import('../../support/one-graphql.ts');
  const path = createRequire(join(folder, 'package.json')).resolve('@graphql-yoga/plugin-defer-stream');
  ({ useDeferStream } = await import(pathToFileURL(path).href));
});
afterAll(() => open[Symbol.asyncDispose]());

const card = '4111 1111 1111 1111';

/** All parts of an answer that comes by and by. */
async function parts(sensitive: readonly string[]): Promise<string> {
  const schema = createSchema({
    typeDefs: 'type Query { me: Person!, words: [String!]! } type Person { id: ID!, secret: String!, plain: String! }',
    resolvers: {
      Query: {
        me: () => ({ id: '1', plain: 'plain', secret: new Promise(resolve => setTimeout(resolve, 20, `my ${card}`)) }),
        async *words() {
          for (const word of ['one', card, 'three']) yield word;
        },
      },
    },
  });
  const own = useRedaction({ gateway: open.gateway, rules: [{ detect: ['PAYMENT_CARD'] }], sensitive });
  const yoga = createYoga({ schema, plugins: [useDeferStream(), own as never], logging: false });
  const query = '{ me { id ... @defer { s: secret plain } } words @stream(initialCount: 1) }';
  const response = await yoga.fetch('http://host/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'multipart/mixed' },
    body: JSON.stringify({ query }),
  });
  return await response.text();
}

test('sensitive outputs are replaced in what @defer and @stream deliver later', async () => {
  const text = await parts(['Person.secret', 'Query.words']);
  expect(text).toContain('"hasNext":true');
  expect(text).toContain('my [PAYMENT_CARD]');
  expect(text).toContain('"items":["[PAYMENT_CARD]"]');
  expect(text).toContain('"items":["three"]');
  expect(text).not.toContain('1111');
});

test('control: where nothing is marked they come as they are', async () => {
  expect(await parts([])).toContain(`"items":["${card}"]`);
});
