import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { answerWith } from '../support/openai-bytes.ts';
import { type RawProvider, startRawProvider } from '../support/raw-provider.ts';
import { adminKey, providersYaml, startTestServer, type TestServer } from '../support/test-server.ts';
import { carriers } from './carriers.ts';

vi.setConfig({ testTimeout: 60_000 });

let provider: RawProvider;
let server: TestServer;
beforeAll(async () => {
  provider = await startRawProvider(exchange => answerWith(exchange, 'hello'));
  server = await startTestServer({ yaml: providersYaml([{ id: 'acme', url: provider.url }]) });
});
afterAll(async () => {
  await server.close();
  await provider.close();
});

const query = 'mutation ($input: CompleteInput!) { complete(input: $input) { status error { code } } }';
const messages = [{ role: 'USER', text: 'x' }];
const caller = () => ({ url: server.url, key: adminKey });
const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${adminKey}`, ...headers },
    body: JSON.stringify(body),
  });

/** Texts that break out of a line, a header, a query or a script, where something is glued together from them. */
const hostile = [
  'a\r\nx-injected: 1',
  'a\nset-cookie: x=1',
  'a\0b',
  "a' OR '1'='1",
  'a"}{"b":1',
  `$${'{jndi:ldap://x}'}`,
  '../../../etc/passwd',
  '<script>alert(1)</script>',
  'a\u2028b\u202eb',
  '\ud800',
  '%0d%0ax-injected:%201',
  '*)(uid=*',
  '\u001b[31m',
];

describe.each(hostile.map(text => [JSON.stringify(text), text] as const))('the text %s', (_, text) => {
  test.each(Object.entries(carriers))('in any member over %s is data or is refused', async (_carrier, carry) => {
    const inputs: readonly Record<string, unknown>[] = [
      { model: text, messages },
      { model: `acme/one@${text}`, messages },
      { model: 'acme/one', fallbackModels: [text], messages },
      { model: 'acme/one', messages, workload: text },
      { model: 'acme/one', messages, labels: [{ name: text, value: text }] },
      { model: 'acme/one', messages, endUser: text, sessionId: text },
      { model: 'acme/one', messages, routing: { only: [text], order: [text], regions: [text] } },
      { model: 'acme/one', messages, tools: [{ name: text, parameters: {} }] },
      { model: 'acme/one', messages: [{ role: 'USER', text }] },
    ];
    for (const input of inputs) {
      const { errors, data } = await carry(caller(), { query, variables: { input } });
      const codes = errors?.map(({ extensions }) => extensions.code) ?? [];
      expect(codes.filter(code => !['BAD_USER_INPUT', 'NOT_FOUND', 'FORBIDDEN'].includes(code))).toEqual([]);
      expect(data?.complete?.error?.code).not.toBe('INTERNAL');
    }
    const named = await carry(caller(), { query: '{ __typename }', operationName: text });
    expect(named.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });

  test('at /v1 and in headers, as far as a header can hold it, likewise', async () => {
    const chat = { model: 'acme/one', messages: [{ role: 'user', content: 'x' }] };
    for (const body of [
      { ...chat, model: text },
      { ...chat, user: text, session_id: text },
      { ...chat, metadata: { [text]: text } },
    ]) {
      const response = await post('/v1/chat/completions', body);
      expect(response.status).toBeLessThan(500);
      expect(response.headers.has('x-injected')).toBe(false);
      expect(response.headers.has('set-cookie')).toBe(false);
    }
    // As bytes on the wire: a client library would not send most of them.
    for (const name of [
      'x-tollgate-workload',
      'x-session-id',
      'x-request-id',
      'traceparent',
      'x-tollgate-model',
      'x-tollgate-region',
    ]) {
      for (const path of ['/v1/chat/completions', '/authz']) {
        const received = await raw(path, `${name}: ${Buffer.from(text).toString('latin1')}\r\n`, JSON.stringify(chat));
        expect(received).toMatch(/^HTTP\/1\.1 [24]/);
        expect(received.toLowerCase()).not.toMatch(/\r\nx-injected|\r\nset-cookie/);
      }
    }
  });
});

function raw(path: string, header: string, body: string): Promise<string> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  socket.on('error', () => {});
  socket.write(
    `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${adminKey}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n${header}\r\n${body}`,
    'latin1',
  );
  let received = '';
  socket.setEncoding('latin1').on('data', chunk => {
    received += chunk;
  });
  return new Promise(resolve => socket.once('close', () => resolve(received)));
}

test('metrics have no more lines after 300 requests whose names are all different, and none of the names', async () => {
  const metrics = async () => (await fetch(`${server.url}/metrics`)).text();
  const ask = async (from: number, to: number) => {
    for (let at = from; at < to; at += 1) {
      const name = `odd${at}name`;
      await post('/v1/chat/completions', { model: `m/${name}`, messages: [{ role: 'user', content: 'x' }] });
      await post(`/${name}`, {});
      await post('/graphql', { query: `query ${name} { __typename }` });
      const input = {
        model: 'acme/one',
        messages,
        workload: name,
        endUser: name,
        labels: [{ name, value: name }],
        sessionId: name,
      };
      await post('/graphql', { query, variables: { input } });
    }
  };
  await ask(0, 5);
  const before = (await metrics()).split('\n').length;
  await ask(5, 80);
  const after = await metrics();
  expect(after).not.toMatch(/odd\d+name/);
  // An outcome that had not been seen before brings a few lines; one line for each name would be hundreds.
  expect(after.split('\n').length - before).toBeLessThan(60);
});

describe('what takes long to look at is looked at quickly, or refused:', () => {
  const policy =
    'mutation ($rules: PolicyRulesInput!) { createPolicy(input: { name: "p", mode: MONITOR, rules: $rules }) { policy { id } } }';
  const rules: readonly (readonly [string, unknown, string | undefined])[] = [
    ['40,000 patterns', { models: { allow: Array.from({ length: 40_000 }, (_, at) => `a${at}/*`) } }, 'BAD_USER_INPUT'],
    [
      '10,000 rules',
      { content: Array.from({ length: 10_000 }, () => ({ detect: ['EMAIL'], action: 'FLAG' })) },
      'BAD_USER_INPUT',
    ],
    ['a pattern of 100,000 letters', { models: { allow: ['a'.repeat(100_000)] } }, 'BAD_USER_INPUT'],
    ['a pattern of many stars', { models: { deny: [`${'*a'.repeat(40)}b`] } }, undefined],
  ];

  test.each(rules)('a policy with %s', async (_, value, code) => {
    const { errors, data } = await server.graphql<{ createPolicy: { policy: { id: string } } }>(policy, {
      rules: value,
    });
    expect(errors?.[0]?.extensions.code).toBe(code);
    if (code !== undefined) return;
    const models = await server.graphql(`{ models(filter: { search: "${'a'.repeat(200)}" }) { nodes { id } } }`);
    expect(models.errors).toBeUndefined();
    await server.graphql('mutation ($id: ID!) { deletePolicy(id: $id, expectedRevision: 1) { policy { id } } }', {
      id: data?.createPolicy.policy.id,
    });
  });

  test.each(Object.entries(carriers))(
    'texts over %s that bring slow patterns to their knees',
    async (_carrier, carry) => {
      const texts = [
        `${'"\\"'.repeat(20_000)}`,
        'a@'.repeat(40_000),
        '1'.repeat(90_000),
        `${' '.repeat(90_000)}x`,
        'sk-'.repeat(30_000),
      ];
      for (const text of texts) {
        for (const input of [
          { model: text, messages },
          { model: 'acme/one', messages: text },
          { model: 'acme/one', messages, deadline: text },
        ]) {
          const { errors } = await carry(caller(), { query, variables: { input } });
          expect(['BAD_USER_INPUT', 'NOT_FOUND']).toContain(errors?.[0]?.extensions.code);
        }
      }
      const alive = await carry(caller(), { query: '{ __typename }' });
      expect(alive.data).toEqual({ __typename: 'Query' });
    },
  );
});

test('a content rule sees the last letter of the longest prompt, over every carrier', async () => {
  const made = await server.graphql<{ createPolicy: { policy: { id: string } } }>(
    'mutation { createPolicy(input: { name: "p", rules: { content: [{ detect: ["EMAIL"], action: BLOCK }] } }) { policy { id } } }',
  );
  const before = provider.requests.length;
  for (const [name, carry] of Object.entries(carriers)) {
    const filler = 'word '.repeat(name === 'WebSocket' ? 190_000 : 380_000);
    const input = { model: 'acme/one', messages: [{ role: 'USER', text: `${filler}ada@example.com` }] };
    const { data } = await carry(caller(), { query, variables: { input } });
    expect(data?.complete).toEqual({ status: 'REFUSED', error: { code: 'CONTENT_BLOCKED' } });
  }
  expect(provider.requests.length).toBe(before);
  await server.graphql('mutation ($id: ID!) { deletePolicy(id: $id, expectedRevision: 1) { policy { id } } }', {
    id: made.data?.createPolicy.policy.id,
  });
  // Control: by itself it is not what is refused.
  const input = { model: 'acme/one', messages: [{ role: 'USER', text: 'ada@example.com' }] };
  const { data } = await server.graphql<{ complete: unknown }>(query, { input });
  expect(data?.complete).toEqual({ status: 'FINISHED', error: null });
});
