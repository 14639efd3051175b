import { envelop, type Plugin, useEngine, useMaskedErrors, useSchema, useSchemaByContext } from '@envelop/core';
import * as graphqlJs from 'graphql';
import { GraphQLError, GraphQLSchema, printSchema } from 'graphql';
import { createHandler } from 'graphql-http/lib/use/http';
import { createSchema, createYoga, useEnvelop, type Plugin as YogaPlugin } from 'graphql-yoga';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { promptFreeDocuments, useGovernance, useRegion } from '../../plugins/index.ts';
import { administratorKey, type OpenYoga, openYoga } from '../graphql/open-yoga.ts';
import { type Host, listen, listenYoga, shopSchema } from './open-host.ts';

let open: OpenYoga;
beforeAll(async () => {
  open = await openYoga();
});
afterAll(() => open[Symbol.asyncDispose]());

const ask = 'mutation { ask(question: "hi", model: "test/echo") { status code } }';
const aiComplete =
  'mutation { aiComplete(input: { model: "test/echo", messages: [{ role: USER, text: "hi" }] }) { status } }';
const finished = { data: { aiComplete: { status: 'FINISHED' } } };

/** Envelop alone, behind graphql-http, on real HTTP. */
function listenEnvelop(plugins: readonly Plugin[]): Promise<Host> {
  const getEnveloped = envelop({ plugins: [useEngine(graphqlJs), ...plugins] });
  return listen(
    createHandler({
      async onSubscribe(request, params) {
        const { schema, parse, validate, contextFactory, execute } = getEnveloped({ req: request.raw });
        const document = parse(params.query);
        const faults = validate(schema, document);
        if (faults.length > 0) return [faults, undefined] as never;
        return await execute({ schema, document, contextValue: await contextFactory() });
      },
    }),
  );
}

describe('in Envelop alone', () => {
  test.each([
    ['behind the schema', (own: Plugin) => [useSchema(shopSchema()), own]],
    ['before the schema', (own: Plugin) => [own, useSchema(shopSchema())]],
    ['before a schema that comes with the request', (own: Plugin) => [own, useSchemaByContext(() => hosts)]],
    ['behind a schema that comes with the request', (own: Plugin) => [useSchemaByContext(() => hosts), own]],
  ])('adds its schema, and governs, standing %s', async (_, list) => {
    await using host = await listenEnvelop(list(useGovernance({ gateway: open.gateway })));
    expect(await host.ask(aiComplete, administratorKey)).toEqual(finished);
    expect(await host.ask(ask, administratorKey)).toMatchObject({ data: { ask: { status: 'FINISHED' } } });
    expect((await host.ask(ask)).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
  });
  const hosts = shopSchema();

  test('is told of every schema that comes with a request, however many plugins begin with it', async () => {
    const beginning: Plugin = { onEnveloped() {} };
    for (let others = 0; others < 8; others += 1) {
      const list = [...Array<Plugin>(others).fill(beginning), useSchemaByContext(() => hosts)];
      await using host = await listenEnvelop([useGovernance({ gateway: open.gateway }), ...list]);
      expect(await host.ask(aiComplete, administratorKey)).toEqual(finished);
    }
  });

  test('its codes come through the masking of the host, wherever that stands', async () => {
    const governance = () => useGovernance({ gateway: open.gateway });
    for (const list of [
      [useMaskedErrors(), governance()],
      [governance(), useMaskedErrors()],
    ]) {
      await using host = await listenEnvelop([useSchema(shopSchema()), ...list]);
      expect((await host.ask(ask)).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
      expect((await host.ask(aiComplete)).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
      expect((await host.ask('{ fails }')).errors?.[0]?.message).toBe('Unexpected error.');
    }
  });

  test('hangs up on the provider when the connection of a mutation is gone', async () => {
    await using host = await listenEnvelop([useSchema(shopSchema()), useGovernance({ gateway: open.gateway })]);
    await leaves(host);
  });
});

async function leaves(host: Host): Promise<void> {
  const gone = open.nextCallEnd();
  const leaving = new AbortController();
  const silent = 'mutation { ask(question: "hi", model: "test/silent") { status } }';
  const answer = host.ask(silent, administratorKey, {}, leaving.signal);
  while (!open.sandbox.calls.some(({ state }) => state === 'running')) await new Promise(setImmediate);
  leaving.abort();
  await expect(answer).rejects.toThrow(/abort/);
  expect(await gone).toMatchObject({ state: 'hung-up' });
}

describe('in Yoga', () => {
  test('hangs up on the provider when the client of a mutation leaves', async () => {
    await using host = await listenYoga([useGovernance({ gateway: open.gateway })]);
    await leaves(host);
  });

  test('adds its schema to one that a later plugin makes of it, or puts in its place', async () => {
    const later: YogaPlugin = {
      onSchemaChange({ schema, replaceSchema }) {
        if (schema.description === 'later') return;
        replaceSchema(new GraphQLSchema({ ...schema.toConfig(), description: 'later' }));
      },
    };
    const other = createSchema({ typeDefs: 'type Query { other: Int }', resolvers: { Query: { other: () => 7 } } });
    const replacing: YogaPlugin = {
      onSchemaChange({ schema, replaceSchema }) {
        if (schema.getQueryType()?.getFields().other === undefined) replaceSchema(other);
      },
    };
    const governance = () => useGovernance({ gateway: open.gateway });
    for (const list of [
      [governance(), later],
      [later, governance()],
    ]) {
      await using host = await listenYoga(list);
      expect(await host.ask(aiComplete, administratorKey)).toEqual(finished);
    }
    for (const list of [
      [governance(), replacing],
      [replacing, governance()],
    ]) {
      await using host = await listenYoga(list);
      expect(await host.ask(aiComplete, administratorKey)).toEqual(finished);
      expect(await host.ask('{ other }')).toEqual({ data: { other: 7 } });
    }
  });

  test('does not let plugins that belong to one server stand for another', () => {
    const inner = envelop({ plugins: [useRegion({ gateway: open.gateway, allow: ['us'] })] });
    const plugins = [useEnvelop(inner), useRegion({ gateway: open.gateway, allow: ['eu'] })];
    expect(() => createYoga({ schema: shopSchema(), plugins })).toThrow(/belong to another server/);
  });

  test('refuses what a foreign page can post without asking, and prompts and streams by GET', async () => {
    await using host = await listenYoga([useGovernance({ gateway: open.gateway })]);
    const key = { authorization: `Bearer ${administratorKey}` };
    const form = new URLSearchParams({ query: ask });
    expect((await fetch(host.url, { method: 'POST', headers: key, body: form })).status).toBe(415);
    for (const query of [
      '{ aiRoute(input: { messages: [{ role: USER, text: "hi" }] }) { workload } }',
      'subscription { asked(question: "hi") }',
    ]) {
      const headers = { ...key, accept: query.startsWith('{') ? 'application/json' : 'text/event-stream' };
      const answer = await fetch(`${host.url}?${new URLSearchParams({ query })}`, { headers });
      expect(await answer.text()).toContain('not accepted by GET');
    }
    await using own = await listenYoga([useGovernance({ gateway: open.gateway, requests: 'HOST' })]);
    const answer = await fetch(own.url, { method: 'POST', headers: key, body: form });
    expect(await answer.json()).toMatchObject({ data: { ask: { status: 'FINISHED' } } });
  });

  test('holds documents to the limits, one paid field in each, and prints no value back', async () => {
    await using host = await listenYoga([useGovernance({ gateway: open.gateway })]);
    const field = 'aiComplete(input: { messages: [{ role: USER, text: "hi" }] }) { status }';
    const twice = await host.ask(`mutation { one: ${field} two: ${field} }`, administratorKey);
    expect(twice.errors?.[0]?.message).toBe('An operation may hold one aiComplete, not 2.');
    const wrong = await host.ask(ask.replace('"hi"', '{ secret: "a planted word" }'), administratorKey);
    expect(wrong.errors?.[0]?.message).toBeDefined();
    expect(JSON.stringify(wrong)).not.toContain('a planted word');
  });

  test('leaves to the host what the host says on purpose', async () => {
    const schema = createSchema({
      typeDefs: 'type Query { sold: Int }',
      resolvers: {
        Query: {
          sold: () => {
            throw new GraphQLError('Sold out.', { extensions: { code: 'SOLD_OUT' } });
          },
        },
      },
    });
    await using host = await listenYoga([useGovernance({ gateway: open.gateway })], schema);
    expect((await host.ask('{ sold }')).errors).toMatchObject([
      { message: 'Sold out.', extensions: { code: 'SOLD_OUT' } },
    ]);
  });
});

describe('the schema of a host', () => {
  function extended(host: GraphQLSchema): GraphQLSchema {
    const schema = envelop({ plugins: [useSchema(host), useGovernance({ gateway: open.gateway })] })().schema;
    if (schema === null) throw new Error('there is no schema');
    return schema;
  }

  test('keeps root types of names of its own, types that lead back to them, and gets those that it lacks', () => {
    const host = createSchema({
      typeDefs: 'schema { query: Root } type Root { me: Person } type Person { root: Root }',
    });
    const schema = extended(host);
    expect(schema.getQueryType()?.name).toBe('Root');
    expect(Object.keys(schema.getQueryType()?.getFields() ?? {})).toEqual(expect.arrayContaining(['me', 'aiModels']));
    expect(schema.getMutationType()?.getFields().aiComplete).toBeDefined();
    expect(schema.getSubscriptionType()?.getFields().aiComplete).toBeDefined();
    expect(graphqlJs.validateSchema(schema)).toEqual([]);
    expect(Object.keys(host.getQueryType()?.getFields() ?? {})).toEqual(['me']);
  });

  test('loses nothing, and gets no name without a prefix and nothing of federation', () => {
    const before = graphqlJs.buildSchema(printSchema(shopSchema()));
    const after = extended(shopSchema());
    const changes = graphqlJs.findBreakingChanges(before, after);
    expect(changes).toEqual([]);
    const added = Object.keys(after.getTypeMap()).filter(name => before.getType(name) === undefined);
    expect(added.filter(name => !name.startsWith('Ai') && !['Int', 'Float', 'ID'].includes(name))).toEqual([]);
    expect(after.getDirective('key')).toBeUndefined();
  });
});

test('a Yoga whose caches are free of prompts parses a document with a text in it anew each time', () => {
  const { documentCache } = promptFreeDocuments();
  const kept = (source: string) => {
    documentCache.set(source, graphqlJs.parse(source));
    return documentCache.get(source) !== undefined;
  };
  expect(kept(ask)).toBe(false);
  expect(kept('{ shop } # a prompt')).toBe(false);
  expect(kept('query ($q: String!) { ask(question: $q) }')).toBe(true);
});
