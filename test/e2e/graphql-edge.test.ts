import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildClientSchema, getIntrospectionQuery, type IntrospectionQuery } from 'graphql';
import { afterEach, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { commandDocuments } from '../../src/cli/command-documents.ts';
import { type CarriedAnswer, carriers } from '../abuse/carriers.ts';
import { adminKey, startTestServer, type TestServer, type TestServerOptions } from '../support/test-server.ts';

const open: TestServer[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function start(options: TestServerOptions): Promise<TestServer> {
  const server = await startTestServer(options);
  open.push(server);
  return server;
}

const codesOf = ({ errors }: CarriedAnswer) => errors?.map(({ extensions }) => extensions.code);
const input = '(input: { model: "sandbox/echo", messages: [{ role: USER, text: "x" }] })';

describe('where introspection is for the authenticated', () => {
  const yaml = 'graphql: { introspection: authenticated }';

  test.each(Object.entries(carriers))('over %s a stranger learns nothing of the schema', async (_, carry) => {
    const { url } = await start({ yaml });
    const hidden = 'query { ...A } fragment A on Query { ... on Query { s: __schema { types { name } } __typename } }';
    for (const query of [getIntrospectionQuery(), '{ __type(name: "Query") { name } }', hidden]) {
      const answer = await carry({ url, key: null }, { query });
      // A socket does not even open for a stranger.
      expect(['UNAUTHENTICATED', '4401']).toContain(codesOf(answer)?.[0]);
      expect(JSON.stringify(answer)).not.toContain('Completion');
    }
    for (const key of [null, adminKey]) {
      const misspelt = JSON.stringify(await carry({ url, key }, { query: '{ modelz { nodes { id } } }' }));
      expect(misspelt).not.toMatch(/Did you mean|"models"/);
    }
    const known = await carry<IntrospectionQuery>({ url, key: adminKey }, { query: getIntrospectionQuery() });
    expect(known.data && buildClientSchema(known.data).getQueryType()?.name).toBe('Query');
    expect(codesOf(await carry({ url, key: adminKey }, { query: hidden }))).toBeUndefined();
  });

  test('there is no GraphiQL, unless the file asks for it', async () => {
    const page = async (text: string) => {
      const { url } = await start({ yaml: text });
      const response = await fetch(`${url}/graphql`, { headers: { accept: 'text/html' } });
      return {
        isPage: (await response.text()).includes('graphiql'),
        asset: (await fetch(`${url}/graphql/start.js`)).status,
      };
    };
    expect(await page(yaml)).toEqual({ isPage: false, asset: 404 });
    expect(await page('graphql: { introspection: authenticated, graphiql: true }')).toEqual({
      isPage: true,
      asset: 200,
    });
  });

  test('control: where it is for anyone, a stranger is told the schema and what was meant', async () => {
    const { url } = await start({ yaml: 'graphql: { introspection: anyone }' });
    for (const name of ['JSON by POST', 'server-sent events']) {
      const carry = carriers[name];
      const told = await carry?.({ url, key: null }, { query: getIntrospectionQuery() });
      expect(told?.errors).toBeUndefined();
      expect(JSON.stringify(await carry?.({ url, key: null }, { query: '{ modelz { nodes { id } } }' }))).toContain(
        'Did you mean',
      );
    }
  });
});

test('origins beside its own come from the file, and a reload changes them', async () => {
  const server = await start({ yaml: 'graphql: { allowedOrigins: ["https://app.example.com"] }' });
  const opens = (origin: string) =>
    new Promise<boolean>(resolve => {
      const socket = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
        headers: { origin },
      });
      socket.on('open', () => {
        socket.close();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
  expect(await opens('https://app.example.com')).toBe(true);
  expect(await opens('https://app.example.com.evil.example')).toBe(false);
  expect(await opens('null')).toBe(false);
  await server.reload('graphql: { allowedOrigins: [] }');
  expect(await opens('https://app.example.com')).toBe(false);
});

test.each(Object.entries(carriers))(
  'over %s an operation holds as many paid fields as the file says',
  async (_, carry) => {
    const server = await start({ yaml: 'graphql: { paidFields: 2 }' });
    const caller = { url: server.url, key: adminKey };
    const paid = (count: number) =>
      `mutation { ${Array.from({ length: count }, (_, at) => `c${at}: complete${input} { status }`).join(' ')} }`;
    const two = await carry(caller, { query: paid(2) });
    expect(two.data).toEqual({ c0: { status: 'FINISHED' }, c1: { status: 'FINISHED' } });
    const three = await carry(caller, { query: paid(3) });
    expect([codesOf(three), three.errors?.[0]?.message]).toEqual([
      ['BAD_USER_INPUT'],
      expect.stringContaining('at most 2'),
    ]);
  },
);

test('trusted documents are read anew with the configuration, and a wrong manifest changes nothing', async () => {
  const yaml = 'graphql: { trustedDocuments: { path: ops.json } }';
  const server = await start({ yaml, files: { 'ops.json': JSON.stringify({ one: '{ one: __typename }' }) } });
  const ask = async (documentId: string) => {
    const response = await fetch(`${server.url}/graphql?documentId=${documentId}`);
    return (await response.json()) as CarriedAnswer;
  };
  const write = (text: string) => writeFile(join(server.folder, 'ops.json'), text);
  expect(await ask('one')).toEqual({ data: { one: 'Query' } });
  await write('{');
  await expect(server.reload(yaml)).rejects.toThrow(/is no such manifest/);
  expect(await ask('one')).toEqual({ data: { one: 'Query' } });
  await write(JSON.stringify({ two: '{ two: __typename }' }));
  await server.reload(yaml);
  expect(await ask('two')).toEqual({ data: { two: 'Query' } });
  expect(codesOf(await ask('one'))).toEqual(['NOT_FOUND']);
});

test("a strict server takes the command line's own documents, and is changed by no other", async () => {
  const yaml = 'graphql: { trustedDocuments: { path: ops.json } }\nnames: { fieldPrefix: ai }';
  const server = await start({ yaml, files: { 'ops.json': JSON.stringify({ one: '{ one: __typename }' }) } });
  const documents = commandDocuments({ typePrefix: '', fieldPrefix: 'ai' });
  expect(documents).toHaveLength(8);
  for (const query of documents) {
    const answer = await carriers['server-sent events']?.({ url: server.url, key: adminKey }, { query });
    expect(codesOf(answer ?? {}) ?? []).not.toContain('FORBIDDEN');
  }
  const { errors } = await server.graphql('{ __typename }');
  expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
});
