import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { ConfigError } from '../../src/errors.ts';
import { temporaryFolder } from '../support/command.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const query = 'query Q { __typename }';

function load(graphql: string, options: { readonly env?: Record<string, string>; readonly manifest?: string } = {}) {
  const files = new Map<string, string | undefined>([
    ['/srv/tollgate.yaml', `graphql: ${graphql}`],
    ['/srv/ops.json', options.manifest],
  ]);
  return loadConfig({ env: options.env ?? {}, cwd: '/srv', readFile: path => files.get(path) });
}

function faultOf(graphql: string, manifest?: string): string {
  try {
    load(graphql, manifest === undefined ? {} : { manifest });
  } catch (fault) {
    if (fault instanceof ConfigError) return fault.message;
    throw fault;
  }
  return 'no fault';
}

test.each([
  ['on loopback', {}, 'anyone', true],
  ['in production', { NODE_ENV: 'production' }, 'authenticated', false],
  ['elsewhere than on loopback', { HOST: '0.0.0.0' }, 'authenticated', false],
])('%s the schema is told to: %o', (_, env, introspection, graphiql) => {
  expect(load('{}', { env }).graphql).toEqual({ introspection, graphiql, paidFields: 1 });
});

test('what the file says goes before where the server listens', () => {
  expect(load('{ introspection: authenticated }').graphql).toMatchObject({ graphiql: false });
  const shown = load('{ introspection: authenticated, graphiql: true, paidFields: 3 }');
  expect(shown.graphql).toEqual({ introspection: 'authenticated', graphiql: true, paidFields: 3 });
  const open = load('{ introspection: anyone }', { env: { HOST: '0.0.0.0' } });
  expect(open.graphql).toMatchObject({ introspection: 'anyone', graphiql: true });
});

test('origins are those that browsers send, to the letter', () => {
  expect(load('{ allowedOrigins: ["https://app.example.com"] }').allowedOrigins).toEqual(['https://app.example.com']);
  for (const wrong of ['https://app.example.com/', 'app.example.com', '*', 'null', 'https://APP.example.com']) {
    expect(faultOf(`{ allowedOrigins: ["${wrong}"] }`)).toMatch(
      /allowedOrigins\[0\]: is not valid; allowed: an origin/,
    );
  }
});

const settings = '{ trustedDocuments: { path: ops.json } }';

test.each([
  ['Relay and GraphQL Code Generator', { [sha256(query)]: query }],
  [
    'Apollo',
    {
      format: 'apollo-persisted-query-manifest',
      version: 1,
      operations: [{ id: sha256(query), name: 'Q', type: 'query', body: query }],
    },
  ],
])('takes the manifest that %s writes', (_, manifest) => {
  const { trustedDocuments } = load(settings, { manifest: JSON.stringify(manifest) });
  expect(trustedDocuments).toEqual({ isStrict: true, byId: new Map([[sha256(query), query]]) });
});

test('takes a folder of documents, by name and by hash, with and without the last line end', async () => {
  const folder = await temporaryFolder();
  try {
    await mkdir(join(folder.path, 'ops'));
    await writeFile(join(folder.path, 'ops', 'Q.graphql'), `${query}\n`);
    await writeFile(join(folder.path, 'ops', 'README.md'), 'no document');
    await writeFile(join(folder.path, 'tollgate.yaml'), 'graphql: { trustedDocuments: { path: ops, strict: false } }');
    const { trustedDocuments } = loadConfig({ env: {}, cwd: folder.path });
    expect(trustedDocuments?.isStrict).toBe(false);
    expect(Object.fromEntries(trustedDocuments?.byId ?? [])).toEqual({
      Q: query,
      [sha256(query)]: query,
      [sha256(`${query}\n`)]: query,
    });
    await rm(join(folder.path, 'ops', 'Q.graphql'));
    expect(() => loadConfig({ env: {}, cwd: folder.path })).toThrow(/names no documents/);
  } finally {
    await folder.close();
  }
});

test.each([
  [undefined, /names a file or folder that does not exist/],
  ['{', /is no such manifest/],
  ['[]', /is no such manifest/],
  ['{}', /names no documents/],
  ['{"a":1}', /is no such manifest/],
  ['{"format":"other","operations":[]}', /is no such manifest/],
  ['{"format":"apollo-persisted-query-manifest","operations":[{"id":"a"}]}', /is no such manifest/],
  ['{"a":"secret {"}', /names a document that is not GraphQL \(a\)/],
  ['{"a":"type Query { a: Int }"}', /names a document that is not GraphQL \(a\)/],
  [
    '{"format":"apollo-persisted-query-manifest","operations":[{"id":"a","body":"{a}"},{"id":"a","body":"{b}"}]}',
    /has two documents of one id \(a\)/,
  ],
])('stops the start over a manifest that is %s', (manifest, line) => {
  const fault = faultOf(settings, manifest);
  expect(fault).toMatch(line);
  expect(fault).toMatch(/^tollgate.yaml: graphql.trustedDocuments.path: /);
  expect(fault).not.toContain('secret');
});
