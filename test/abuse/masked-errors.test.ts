import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenedServer, openServer } from '../http/open-server.ts';
import { scriptedGateway } from '../http/scripted-gateway.ts';
import { carriers } from './carriers.ts';

const secret = 'select * from secrets where key = sk-live at http://10.0.0.1:5432';
const lines: Readonly<Record<string, unknown>>[] = [];
let opened: OpenedServer;
beforeAll(async () => {
  const { gateway } = scriptedGateway();
  const fail = () => {
    throw Object.assign(new Error(secret), { code: 'E_DATABASE' });
  };
  opened = await openServer({
    gateway: { ...gateway, route: fail, run: fail, completions: async () => fail() },
    schema: { log: { error: fields => lines.push(fields) } },
  });
});
afterAll(() => opened.close());

const input = '(input: { messages: [{ role: USER, text: "a prompt" }] })';
const operations = {
  query: `{ route${input} { workload } }`,
  mutation: `mutation { complete${input} { status } }`,
  subscription: `subscription { complete${input} { seq } }`,
};

describe.each(Object.entries(carriers))('over %s', (name, carry) => {
  test.each(Object.entries(operations))(
    'a fault inside a %s shows a correlation id, and nothing else',
    async (kind, query) => {
      // A subscription is answered with a stream.
      if (kind === 'subscription' && name === 'JSON by POST') return;
      const before = lines.length;
      const { errors } = await carry({ url: opened.server.url, key: opened.key }, { query });
      const [error] = errors ?? [];
      expect(error?.extensions.code).toBe('INTERNAL');
      expect(error?.extensions.correlationId).toMatch(/^[0-9a-f-]{36}$/);
      expect(JSON.stringify(errors)).not.toMatch(/select|sk-live|10\.0\.0\.1|a prompt|E_DATABASE|\.ts:|node_modules/);
      // The log leads on from the id to where it happened, without the message, which may hold anything.
      const logged = lines.slice(before).filter(line => line.correlationId === error?.extensions.correlationId);
      expect(logged).toMatchObject([{ errorCode: 'E_DATABASE' }]);
      expect(JSON.stringify(logged)).toContain('masked-errors');
      expect(JSON.stringify(logged)).not.toMatch(/sk-live|a prompt/);
    },
  );
});

test('at /v1 and /authz the request id leads to the log', async () => {
  const chat = await opened.post('/v1/chat/completions', {
    model: 'acme/wise',
    messages: [{ role: 'user', content: 'a prompt' }],
  });
  const authz = await opened.post('/authz', {}, { 'x-tollgate-model': 'acme/wise' });
  for (const response of [chat, authz]) {
    expect(response.status).toBeGreaterThanOrEqual(500);
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(await response.text()).not.toMatch(/select|sk-live|a prompt/);
  }
});
