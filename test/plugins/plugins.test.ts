import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { envelop, useEngine, useSchema } from '@envelop/core';
import * as graphqlJs from 'graphql';
import { createHandler } from 'graphql-http/lib/use/http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type CompletionRecord,
  useAudit,
  useGovernance,
  useIdentity,
  useLimits,
  useModelAccess,
  useRedaction,
  useRegion,
  useRetention,
} from '../../plugins/index.ts';
import { administratorKey, type OpenYoga, openYoga } from '../graphql/open-yoga.ts';
import { listenYoga, shopSchema } from './open-host.ts';

let open: OpenYoga;
beforeAll(async () => {
  open = await openYoga();
});
afterAll(() => open[Symbol.asyncDispose]());

/** What stops the start comes as a rejection too. */
const start = async (...given: Parameters<typeof listenYoga>) => await listenYoga(...given);

const ask = 'mutation { ask(question: "hi", model: "test/echo") { status code text } }';
const finished = { data: { ask: { status: 'FINISHED', code: null, text: 'hi' } } };
const refused = { data: { ask: { status: 'REFUSED', code: 'NO_ELIGIBLE_ENDPOINT', text: null } } };

describe('the plugins of a server', () => {
  test('take the gateway of useGovernance in the same list, in any order', async () => {
    const governance = () => useGovernance({ gateway: open.gateway });
    for (const plugins of [
      [useRegion({ allow: ['us'] }), governance()],
      [governance(), useRegion({ allow: ['us'] })],
    ]) {
      await using host = await listenYoga(plugins);
      expect(await host.ask(ask, administratorKey)).toEqual(refused);
    }
    await using control = await listenYoga([governance(), useRegion({ allow: ['eu'] })]);
    expect(await control.ask(ask, administratorKey)).toEqual(finished);
  });

  test('bind that server alone, though the gateway is the same', async () => {
    const { gateway } = open;
    await using strict = await listenYoga([useModelAccess({ gateway, deny: ['test/*'] })]);
    await using open_ = await listenYoga([useModelAccess({ gateway, deny: ['other/*'] })]);
    expect(await strict.ask(ask, administratorKey)).toEqual(refused);
    expect(await open_.ask(ask, administratorKey)).toEqual(finished);
  });

  test('and the policies both must pass', async () => {
    const { gateway } = open;
    await using host = await listenYoga([
      useRegion({ gateway, allow: ['eu'] }),
      useRetention(),
      useLimits(),
      useRedaction(),
    ]);
    expect(await host.ask(ask, administratorKey)).toEqual(finished);
    const policies = gateway.administration?.policies;
    const draft = { name: 'US', mode: 'ENFORCE', appliesTo: [], rules: { region: { allow: ['us'] } } } as const;
    const { policy } = (await policies?.create(gateway.access.localAdministrator(), draft)) ?? {};
    expect(await host.ask(ask, administratorKey)).toEqual(refused);
    await policies?.delete(gateway.access.localAdministrator(), policy?.id ?? '', 1);
    expect(await host.ask(ask, administratorKey)).toEqual(finished);
  });

  test('stop the start without a gateway, with two, or with settings that demand nothing', async () => {
    await expect(start([useRegion({ allow: ['eu'] })])).rejects.toThrow(/gateway: none is given to useRegion/);
    const other = { ...open.gateway };
    const two = [
      useRegion({ gateway: open.gateway, allow: ['eu'] }),
      useLimits({ gateway: other, maxOutputTokens: 1 }),
    ];
    await expect(start(two)).rejects.toThrow(/different ones/);
    const { gateway } = open;
    await expect(start([useGovernance({ gateway }), useGovernance({ gateway })])).rejects.toThrow(/there twice/);
    const identity = { principal: () => undefined };
    await expect(start([useGovernance({ gateway, identity }), useIdentity()])).rejects.toThrow(/one can/);
    expect(() => useGovernance({ gateway: {} as never })).toThrow(/what createGateway gives/);
    expect(() => useRegion({ gateway: open.gateway, cutStreams: true })).toThrow(/demands nothing/);
    expect(() => useRedaction({ rules: [{ detect: ['PERSON'] }] })).toThrow(/detector/);
  });
});

describe('useGovernance', () => {
  test('refuses to start over a name that the host has, and never merges it', async () => {
    const clash = shopSchema('type AiCompletion { own: Int } extend type Query { own: AiCompletion }');
    await expect(start([useGovernance({ gateway: open.gateway })], clash)).rejects.toThrow(/AiCompletion already/);
    const field = shopSchema('extend type Query { aiModels: Int }');
    await expect(start([useGovernance({ gateway: open.gateway })], field)).rejects.toThrow(/aiModels already/);
    await using renamed = await listenYoga(
      [useGovernance({ gateway: open.gateway, names: { fieldPrefix: 'tollgate' } })],
      field,
    );
    const answer = await renamed.ask(
      '{ aiModels tollgateModels(first: 1) { nodes { __typename } } }',
      administratorKey,
    );
    expect(answer).toMatchObject({ data: { aiModels: null, tollgateModels: { nodes: [{ __typename: 'AiModel' }] } } });
  });

  test('streams from a resolver of the host, and hangs up when the client leaves', async () => {
    await using host = await listenYoga([useGovernance({ gateway: open.gateway })]);
    const leaving = new AbortController();
    const gone = open.nextCallEnd();
    const response = await fetch(host.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        authorization: `Bearer ${administratorKey}`,
      },
      body: JSON.stringify({ query: 'subscription { asked(question: "hi", model: "test/slow") }' }),
      signal: leaving.signal,
    });
    const reader = response.body?.getReader();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBeDefined();
    leaving.abort();
    expect(await gone).toMatchObject({ state: 'hung-up' });
  });

  test('tells nobody who a caller is without a key, and gives the host its own errors', async () => {
    await using host = await listenYoga([useGovernance({ gateway: open.gateway })]);
    expect((await host.ask(ask)).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
    expect(await host.ask('{ shop }')).toEqual({ data: { shop: 'corner shop' } });
    expect((await host.ask('{ fails }')).errors?.[0]?.message).not.toContain('secret of the shop');
  });
});

describe('useIdentity', () => {
  const secret = 'a-secret-of-thirty-two-characters-or-more';
  const fromProxy = { secretHeader: 'x-proxy-secret', secrets: [secret], userHeader: 'x-user', projectId: 'default' };

  test('ignores headers that name a user, unless a proxy proves that it set them', async () => {
    const { gateway } = open;
    await using plain = await listenYoga([useIdentity({ gateway })]);
    const forged = { 'x-user': 'mallory', 'x-proxy-secret': secret, 'x-forwarded-user': 'mallory' };
    expect((await plain.ask('{ whoAmI }', undefined, forged)).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
    expect(await plain.ask('{ whoAmI }', administratorKey, forged)).toEqual({
      data: { whoAmI: 'administrator of default as ADMIN' },
    });
    await using proxied = await listenYoga([useIdentity({ gateway, fromProxy })]);
    const proved = { 'x-user': 'jane', 'x-proxy-secret': secret };
    expect(await proxied.ask('{ whoAmI }', undefined, proved)).toEqual({
      data: { whoAmI: 'jane of default as MEMBER' },
    });
    const wrong = await proxied.ask('{ whoAmI }', administratorKey, { ...proved, 'x-proxy-secret': `${secret}x` });
    expect(wrong.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
    expect((await proxied.ask('{ whoAmI }', undefined, { 'x-user': 'jane' })).errors?.[0]?.extensions.code).toBe(
      'UNAUTHENTICATED',
    );
  });

  test('takes nothing from a proxy that comes twice, that callers could send, or that proves nothing', async () => {
    const { gateway } = open;
    await using host = await listenYoga([useIdentity({ gateway, fromProxy })]);
    const proved = { 'x-user': 'jane', 'x-proxy-secret': secret };
    for (const headers of [
      { ...proved, 'x-user': 'mallory, jane' },
      { 'x-proxy-secret': secret },
      { ...proved, 'x-proxy-secret': `${secret}, ${secret}` },
    ]) {
      const answer = await host.ask('{ whoAmI }', undefined, headers);
      expect(answer.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
    }
    const twice = await host.ask('{ whoAmI }', undefined, [...Object.entries(proved), ['x-user', 'mallory']]);
    expect(twice.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
    const elsewhere = { ...fromProxy, projects: ['another-project'] };
    await using narrow = await listenYoga([useIdentity({ gateway, fromProxy: elsewhere })]);
    expect((await narrow.ask('{ whoAmI }', undefined, proved)).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
    for (const wrong of [
      { ...fromProxy, secrets: [] },
      { ...fromProxy, secrets: ['short'] },
      { ...fromProxy, userHeader: 'X-Proxy-Secret' },
      { ...fromProxy, secretHeader: 'authorization' },
      { ...fromProxy, projectHeader: 'x-project' },
    ]) {
      expect(() => useIdentity({ gateway, fromProxy: wrong })).toThrow(TypeError);
    }
  });

  test('takes a token of a configured issuer from the header of a proxy, and judges it', async () => {
    const { gateway } = open;
    await using host = await listenYoga([useIdentity({ gateway, fromProxy: { tokenHeader: 'x-id-token' } })]);
    const forged = `${btoa('{"alg":"none"}')}.${btoa('{"iss":"https://evil.example","sub":"jane"}')}.`;
    const answer = await host.ask('{ whoAmI }', administratorKey, { 'x-id-token': forged });
    expect(answer.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
    expect((await host.ask('{ whoAmI }', administratorKey)).data.whoAmI).toContain('administrator');
  });

  test('takes whom the host has signed in itself', async () => {
    const principal = () => ({ user: 'jane', projectId: 'default' });
    await using host = await listenYoga([useIdentity({ gateway: open.gateway, principal })]);
    expect(await host.ask('{ whoAmI }')).toEqual({ data: { whoAmI: 'jane of default as MEMBER' } });
    const asAdministrator = () => ({ user: 'jane', projectId: 'default', role: 'ADMIN' });
    await using raised = await listenYoga([useIdentity({ gateway: open.gateway, principal: asAdministrator })]);
    expect((await raised.ask('{ whoAmI }')).data).toEqual({ whoAmI: 'jane of default as MEMBER' });
    await using nobody = await listenYoga([useIdentity({ gateway: open.gateway, principal: () => undefined })]);
    expect((await nobody.ask('{ whoAmI }', administratorKey)).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
  });
});

test('useAudit hands over a record of every completion of its server, without any text', async () => {
  const records: CompletionRecord[] = [];
  const { gateway } = open;
  await using host = await listenYoga([
    useAudit({ gateway, write: record => void records.push(record) }),
    useRegion({ allow: ['us'] }),
  ]);
  await host.ask('mutation { ask(question: "a question", model: "test/echo") { status } }', administratorKey);
  await open.ask(
    'mutation { complete(input: { model: "test/echo", messages: [{ role: USER, text: "elsewhere" }] }) { status } }',
  );
  expect(records).toMatchObject([
    {
      status: 'REFUSED',
      errorCode: 'NO_ELIGIBLE_ENDPOINT',
      requestedModel: 'test/echo',
      exclusions: [{ code: 'REGION', enforced: true }],
    },
  ]);
  expect(JSON.stringify(records)).not.toContain('a question');
});

test('they run in Envelop without Yoga as well', async () => {
  const getEnveloped = envelop({
    plugins: [useEngine(graphqlJs), useSchema(shopSchema()), useRegion({ gateway: open.gateway, allow: ['us'] })],
  });
  const handler = createHandler({
    onSubscribe(request, params) {
      const { schema, parse, contextFactory, execute } = getEnveloped({ req: request.raw });
      const document = parse(params.query);
      return (async () => {
        const contextValue = await contextFactory();
        return await execute({ schema, document, contextValue });
      })();
    },
  });
  const server = createServer((request, response) => void handler(request, response));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      authorization: `Bearer ${administratorKey}`,
    },
    body: JSON.stringify({ query: ask }),
  });
  expect(await response.json()).toEqual(refused);
  server.closeAllConnections();
  await new Promise<void>(resolve => server.close(() => resolve()));
});
