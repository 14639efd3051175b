import type { Plugin } from '@envelop/core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  type CompletionRecord,
  type GovernancePlugin,
  useAudit,
  useBudgets,
  useGovernance,
  useIdentity,
  useLimits,
  useModelAccess,
  useRateLimits,
  useRedaction,
  useRegion,
  useRetention,
} from '../../../plugins/index.ts';
import { administratorKey, type OpenYoga, openYoga } from '../../graphql/open-yoga.ts';
import { adminKey } from '../../support/test-server.ts';
import { type FarGateway, openFarGateway } from '../open-far-gateway.ts';
import { shopSchema, shopTypes } from '../open-host.ts';
import { allHosts } from './all-hosts.ts';
import { ask, watch } from './plugin-host.ts';

// A gateway is loaded first, which a busy machine makes wait.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

let open: OpenYoga;
let far: FarGateway;
beforeAll(async () => {
  open = await openYoga();
  far = await openFarGateway();
});
afterAll(async () => {
  await open[Symbol.asyncDispose]();
  await far[Symbol.asyncDispose]();
});

const key = administratorKey;
const card = '4111 1111 1111 1111';
const complete = (text = 'hi', model = 'test/echo', more = '') =>
  `mutation { aiComplete(input: { model: "${model}", messages: [{ role: USER, text: "${text}" }]${more} }) {
    status text error { code } } }`;
const stream = (model = 'test/echo') =>
  `subscription { aiComplete(input: { model: "${model}", messages: [{ role: USER, text: "hi" }] }) {
    __typename ... on AiTextDelta { text } ... on AiCompletionFinished { completion { status } } } }`;

const finished = { status: 'FINISHED', text: 'hi', error: null };
const refusedWith = (code: string) => ({ status: code === 'BUDGET_EXCEEDED' ? 'FAILED' : 'REFUSED', error: { code } });

describe.each(allHosts)('in $name', host => {
  /** Lists as users write them: the plugin beside useGovernance, whose gateway it takes. */
  async function inHost<T>(
    plugins: readonly GovernancePlugin[],
    use: (url: string, key: string) => Promise<T>,
    gateway = open.gateway,
  ): Promise<T> {
    const list = [...plugins, useGovernance({ gateway })];
    await using listening = await host.open({ schema: shopSchema(), typeDefs: shopTypes }, list as readonly Plugin[]);
    return await use(listening.url, gateway === far.gateway ? adminKey : administratorKey);
  }

  /** The answer with the plugin, and without what it demands. */
  async function held(plugin: GovernancePlugin, idle: GovernancePlugin, query: string, gateway = open.gateway) {
    const strict = await inHost([plugin], (url, key) => ask(url, query, { key }), gateway);
    const control = await inHost([idle], (url, key) => ask(url, query, { key }), gateway);
    expect(control).toMatchObject({ data: { aiComplete: { status: 'FINISHED' } } });
    return strict.data?.aiComplete;
  }

  test('useGovernance adds its schema: a query, a mutation, a stream, and the fields of the host beside it', async () => {
    await inHost([], async url => {
      expect(await ask(url, complete(), { key })).toEqual({ data: { aiComplete: finished } });
      const models = await ask(url, '{ aiModels(first: 1) { nodes { __typename } } }', { key });
      expect(models).toEqual({ data: { aiModels: { nodes: [{ __typename: 'AiModel' }] } } });
      const events = [];
      for await (const { data } of watch(url, stream(), { key })) events.push(data.aiComplete);
      expect(events.at(-1)).toMatchObject({ completion: { status: 'FINISHED' } });
      expect(await ask(url, '{ shop }', { key })).toEqual({ data: { shop: 'corner shop' } });
      const schema = await ask(url, '{ __type(name: "AiCompletion") { name } }', { key });
      expect(schema).toEqual({ data: { __type: { name: 'AiCompletion' } } });
    });
  });

  test('useRegion keeps completions inside its regions', async () => {
    const answer = await held(useRegion({ allow: ['us'] }), useRegion({ allow: ['eu'] }), complete());
    expect(answer).toMatchObject(refusedWith('NO_ELIGIBLE_ENDPOINT'));
  });

  test('useRetention demands what providers may keep', async () => {
    const { gateway } = far;
    const query = complete('hi', 'acme/one');
    const answer = await held(useRetention({ gateway, provider: 'NONE' }), useRetention({ gateway }), query, gateway);
    expect(answer).toMatchObject(refusedWith('NO_ELIGIBLE_ENDPOINT'));
  });

  test('useModelAccess says which models may be used', async () => {
    const answer = await held(useModelAccess({ deny: ['test/*'] }), useModelAccess({ deny: ['other/*'] }), complete());
    expect(answer).toMatchObject(refusedWith('NO_ELIGIBLE_ENDPOINT'));
  });

  test('useLimits limits one request', async () => {
    const long = complete('a question of more than two tokens');
    expect(await held(useLimits({ maxInputTokens: 2 }), useLimits(), long)).not.toMatchObject({ status: 'FINISHED' });
  });

  test('useBudgets admits nothing whose worst case does not fit', async () => {
    const budgets = [{ name: `pot of ${host.name}`, limit: 1n, window: 'DAY', per: 'POLICY' }] as const;
    const answer = await held(useBudgets({ budgets }), useBudgets(), complete());
    expect(answer).toMatchObject({ error: { code: 'BUDGET_EXCEEDED' } });
  });

  test('useRateLimits limits requests in a window', async () => {
    // Limits of one window are one pot over all servers of the gateway.
    const rateLimits = [{ requests: 1, windowMs: 3_600_000 + allHosts.indexOf(host), per: 'POLICY' }] as const;
    await inHost([useRateLimits({ rateLimits })], async url => {
      const answers = [await ask(url, complete(), { key }), await ask(url, complete(), { key })];
      expect(answers.at(-1)?.data.aiComplete).toMatchObject({ error: { code: 'RATE_LIMITED' } });
    });
  });

  test('useRedaction replaces and blocks in prompts', async () => {
    const rule = { detect: ['PAYMENT_CARD'] } as const;
    const replaced = await held(useRedaction({ rules: [rule] }), useRedaction(), complete(card));
    expect(replaced.text).toBe('[PAYMENT_CARD]');
    const blocked = await held(useRedaction({ rules: [{ ...rule, action: 'BLOCK' }] }), useRedaction(), complete(card));
    expect(blocked).toMatchObject(refusedWith('CONTENT_BLOCKED'));
  });

  test('useIdentity tells callers apart by what the host says, and nobody without a key', async () => {
    const principal = ({ request, req }: Record<string, { headers: unknown } | undefined>) => {
      const headers = (request ?? req)?.headers as Headers | Record<string, string>;
      const user =
        headers instanceof Headers || 'get' in headers ? (headers as Headers).get('x-who') : headers['x-who'];
      return user == null ? undefined : { user, projectId: 'default' };
    };
    await inHost([useIdentity({ principal } as never)], async url => {
      const known = await ask(url, complete(), { headers: { 'x-who': 'jane' } });
      expect(known.data?.aiComplete).toMatchObject(finished);
      const unknown = await ask(url, complete(), { key });
      expect(unknown.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
    });
    await inHost([], async url => {
      expect((await ask(url, complete())).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
    });
  });

  test('useAudit hands over one record of every completion, without any text', async () => {
    const records: CompletionRecord[] = [];
    await inHost([useAudit({ write: record => void records.push(record) })], async url => {
      await ask(url, complete('a planted question'), { key });
      for await (const _ of watch(url, stream(), { key }));
    });
    expect(records.map(({ status, requestedModel }) => ({ status, requestedModel }))).toEqual(
      Array(2).fill({ status: 'FINISHED', requestedModel: 'test/echo' }),
    );
    expect(JSON.stringify(records)).not.toContain('planted');
  });

  test('a client that leaves a mutation or a stream hangs up on the provider', async () => {
    await inHost([], async url => {
      for (const [query, accept] of [
        [complete('hi', 'test/silent'), 'application/json'],
        [stream('test/silent'), 'text/event-stream'],
      ] as const) {
        const gone = open.nextCallEnd();
        const leaving = new AbortController();
        const answer = (async () => {
          const events =
            accept === 'application/json'
              ? [await ask(url, query, { key, signal: leaving.signal })]
              : watch(url, query, { key, signal: leaving.signal });
          for await (const _ of events);
        })();
        while (!open.sandbox.calls.some(({ state }) => state === 'running')) await new Promise(setImmediate);
        leaving.abort();
        await expect(answer).rejects.toThrow(/abort/);
        expect(await gone).toMatchObject({ state: 'hung-up' });
      }
    });
  });
});
