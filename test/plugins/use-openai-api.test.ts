import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type GovernancePlugin, useGovernance, useIdentity, useOpenaiApi, useRegion } from '../../plugins/index.ts';
import { createTollgateYoga } from '../../src/graphql/create-yoga.ts';
import { startHttpServer } from '../../src/http/server.ts';
import { administratorKey, type OpenYoga, openYoga } from '../graphql/open-yoga.ts';
import { httpHosts } from './hosts/all-hosts.ts';
import { shopSchema, shopTypes } from './open-host.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

let open: OpenYoga;
beforeAll(async () => {
  open = await openYoga();
});
afterAll(() => open[Symbol.asyncDispose]());

const question = (model: string, more: object = {}) => ({
  model,
  messages: [{ role: 'user' as const, content: 'Say hello' }],
  ...more,
});

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly body?: string | object;
  readonly headers?: Readonly<Record<string, string>>;
}

async function post(url: string, { method = 'POST', path = '/chat/completions', body, headers = {} }: Sent) {
  const response = await fetch(`${url}/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${administratorKey}`, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  // What differs from run to run.
  const lasting = text.replaceAll(/"(id|created|receipt|receipt_nonce|retry_after_ms)":("[^"]*"|\d+)/g, '"$1":0');
  return { status: response.status, type: response.headers.get('content-type'), text: lasting };
}

describe.each(httpHosts)('mounted in $name', host => {
  async function mounted<T>(use: (url: string) => Promise<T>, ...plugins: readonly GovernancePlugin[]): Promise<T> {
    const list = [useGovernance({ gateway: open.gateway }), useOpenaiApi(), ...plugins];
    await using listening = await host.open({ schema: shopSchema(), typeDefs: shopTypes }, list as never);
    return await use(new URL(listening.url).origin);
  }

  test.each<readonly [string, Sent]>([
    ['a whole answer', { body: question('test/echo') }],
    ['a stream', { body: question('test/chat', { stream: true, stream_options: { include_usage: true } }) }],
    [
      'a tool call',
      { body: question('test/tool', { stream: true, tools: [{ type: 'function', function: { name: 'f' } }] }) },
    ],
    ['a cut stream', { body: question('test/cut', { stream: true }) }],
    ['a fault of the provider', { body: question('test/500') }],
    ['the models', { method: 'GET', path: '/models' }],
    ['one model', { method: 'GET', path: '/models/test/echo' }],
    ['an unknown model', { body: question('test/nothing') }],
    ['an unknown path', { path: '/embeddings', body: {} }],
    ['a wrong method', { method: 'GET' }],
    ['no JSON', { body: '{ "model": ' }],
    ['a member that is not known', { body: question('test/echo', { nothing: 1 }) }],
    ['another content type', { body: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
    ['a compressed body', { body: '{}', headers: { 'content-encoding': 'gzip' } }],
    ['a body that is too large', { body: question('test/echo', { user: 'x'.repeat(2_100_000) }) }],
    ['a wrong key', { body: question('test/echo'), headers: { authorization: 'Bearer tg_wrong' } }],
  ])('answers as the server itself does: %s', async (_, sent) => {
    const { yoga, mapError } = createTollgateYoga({ gateway: open.gateway, access: open.gateway.access });
    const { gateway } = open;
    const readiness = () => undefined;
    const own = await startHttpServer({
      gateway,
      access: gateway.access,
      yoga,
      mapError,
      readiness,
      host: '127.0.0.1',
      port: 0,
    } as never);
    try {
      expect(await mounted(url => post(url, sent))).toEqual(await post(own.url, sent));
    } finally {
      await own.close();
    }
  });

  test('serves the OpenAI client, and GraphQL beside it', async () => {
    await mounted(async url => {
      const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: administratorKey });
      const answer = await client.chat.completions.create(question('test/echo'));
      expect(answer.choices[0]?.message.content).toBe('Say hello');
      let text = '';
      for await (const { choices } of await client.chat.completions.create({
        ...question('test/echo'),
        stream: true,
      })) {
        text += choices[0]?.delta.content ?? '';
      }
      expect(text).toBe('Say hello');
      const graphql = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"query":"{ shop }"}',
      });
      expect(await graphql.json()).toEqual({ data: { shop: 'corner shop' } });
    });
  });

  test('streams as text comes, and hangs up on the provider when the client leaves', async () => {
    await mounted(async url => {
      for (const [model, waits] of [
        ['test/slow', true],
        ['test/silent', false],
      ] as const) {
        const gone = open.nextCallEnd();
        const leaving = new AbortController();
        const answer = fetch(`${url}/v1/chat/completions`, {
          method: 'POST',
          headers: { authorization: `Bearer ${administratorKey}`, 'content-type': 'application/json' },
          body: JSON.stringify(question(model, { stream: true })),
          signal: leaving.signal,
        });
        if (waits) expect((await (await answer).body?.getReader().read())?.value?.length).toBeGreaterThan(0);
        else while (!open.sandbox.calls.some(({ state }) => state === 'running')) await new Promise(setImmediate);
        leaving.abort();
        if (!waits) await expect(answer).rejects.toThrow(/abort/);
        expect(await gone).toMatchObject({ state: 'hung-up' });
      }
    });
  });

  test('is bound by the rules of its server, and tells callers apart as that does', async () => {
    const strict = await mounted(url => post(url, { body: question('test/echo') }), useRegion({ allow: ['us'] }));
    expect(strict.status).toBe(404);
    expect(strict.text).toContain('no_eligible_endpoint');
    const nobody = useIdentity({ principal: () => undefined });
    expect((await mounted(url => post(url, { body: question('test/echo') }), nobody)).status).toBe(401);
    const jane = useIdentity({ principal: () => ({ user: 'jane', projectId: 'default' }) });
    const headers = { authorization: '' };
    expect((await mounted(url => post(url, { body: question('test/echo'), headers }), jane)).status).toBe(200);
  });
});

test('stops the start at a path that is none', () => {
  for (const path of ['v1', '/v1/', '/', '', '/a b']) expect(() => useOpenaiApi({ path })).toThrow(/^path: /);
});
