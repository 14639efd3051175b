import { createSchema } from 'graphql-yoga';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useFederation, useGovernance, useRedaction } from '../../plugins/index.ts';
import { buildSubgraph } from '../../src/graphql/federation/build-subgraph.ts';
import { administratorKey, type OpenYoga, openYoga } from '../graphql/open-yoga.ts';
import { listenYoga, type shopSchema } from './open-host.ts';

let open: OpenYoga;
beforeAll(async () => {
  open = await openYoga();
});
afterAll(() => open[Symbol.asyncDispose]());

const summary = {
  type: 'Ticket',
  key: 'id',
  field: 'summary',
  requires: 'body',
  prompt: 'Summarise.',
  model: 'test/echo',
} as const;
const usage = { type: 'Employee', key: 'email', field: 'aiUsage' } as const;
const entities = (fields: string, type = 'Ticket') =>
  `{ _entities(representations: [{ __typename: "${type}", id: "1", body: "Broken lamp", email: "ada" }]) { ... on ${type} { ${fields} } } }`;

test('makes a server with a schema of its own a subgraph', async () => {
  await using host = await listenYoga([
    useGovernance({ gateway: open.gateway }),
    useFederation({ contribute: [summary, usage] }),
  ]);
  expect(await host.ask(entities('id summary'), administratorKey)).toEqual({
    data: { _entities: [{ id: '1', summary: 'Broken lamp' }] },
  });
  expect(await host.ask(entities('aiUsage { requests }', 'Employee'), administratorKey)).toEqual({
    data: { _entities: [{ aiUsage: { requests: 0 } }] },
  });
  const { data } = await host.ask('{ _service { sdl } }', administratorKey);
  expect(data._service.sdl).toContain('summary: String @requires(fields: "body")');
  expect(data._service.sdl).toContain('ask(question: String!, model: String): Answer!');
  expect((await host.ask('{ _service { sdl } }')).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
  expect((await host.ask(entities('summary'))).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
  expect(await host.ask('{ shop }')).toEqual({ data: { shop: 'corner shop' } });
});

test('brings the schema along where useGovernance is not there, in any order with other plugins', async () => {
  const redaction = useRedaction({ rules: [{ detect: ['EMAIL'], action: 'BLOCK' }] });
  const federation = useFederation({ gateway: open.gateway, contribute: [summary] });
  for (const list of [
    [redaction, federation],
    [
      useFederation({ gateway: open.gateway, contribute: [summary] }),
      useRedaction({ rules: [{ detect: ['EMAIL'], action: 'BLOCK' }] }),
    ],
  ]) {
    await using host = await listenYoga(list);
    expect(await host.ask('{ aiViewer { roles { role } } }', administratorKey)).toMatchObject({ data: {} });
    const blocked = await host.ask(
      entities('summary').replace('Broken lamp', 'Write to ada@shop.example'),
      administratorKey,
    );
    expect(blocked.data).toEqual({ _entities: [{ summary: null }] });
    expect(blocked.errors?.[0]).toMatchObject({
      path: ['_entities', 0, 'summary'],
      extensions: { code: 'CONTENT_BLOCKED' },
    });
  }
});

test('keeps the PageInfo of a host that has one, and has the shared one else', async () => {
  const sdlOf = async (schema?: ReturnType<typeof shopSchema>) => {
    await using host = await listenYoga([useFederation({ gateway: open.gateway })], schema);
    return String((await host.ask('{ _service { sdl } }', administratorKey)).data._service.sdl);
  };
  expect(await sdlOf()).toContain('type AiPageInfo @shareable');
  const sdl = await sdlOf(createSchema({ typeDefs: 'type Query { shop: String }' }));
  expect(sdl).toContain('type PageInfo @shareable');
  expect(sdl).not.toContain('AiPageInfo');
});

describe('in a server that is a subgraph already', () => {
  const shops = [{ id: '1', name: 'corner shop' }];
  const schema = () =>
    buildSubgraph({
      typeDefs: `
        extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key"])
        type Query { shops: [Shop!]! }
        type Shop @key(fields: "id") { id: ID!, name: String! }
      `,
      resolvers: { Query: { shops: () => shops } },
      references: { Shop: ({ id }) => shops.find(shop => shop.id === id) },
    });
  const both = `{ _entities(representations: [
    { __typename: "AiProject", id: "default" }, { __typename: "Shop", id: "1" }, { __typename: "Nothing" },
    { __typename: "Ticket", id: "1", body: "Broken lamp" }, { __typename: "Shop", id: "none" }
  ]) { __typename ... on Shop { name } ... on AiProject { id } ... on Ticket { summary } } }`;
  const theirs =
    '{ shops { name } _entities(representations: [{ __typename: "Shop", id: "1" }]) { ... on Shop { name } } }';

  test('finds the entities of both, and goes on to answer for its own without a credential of Tollgate', async () => {
    const federation = () => useFederation({ gateway: open.gateway, contribute: [summary] });
    await using host = await listenYoga([federation()], schema());
    const { data, errors } = await host.ask(both, administratorKey);
    expect(data._entities).toEqual([
      { __typename: 'AiProject', id: 'default' },
      { __typename: 'Shop', name: 'corner shop' },
      null,
      { __typename: 'Ticket', summary: 'Broken lamp' },
      null,
    ]);
    expect(errors).toMatchObject([{ path: ['_entities', 2], extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(await host.ask(theirs)).toEqual({
      data: { shops: [{ name: 'corner shop' }], _entities: [{ name: 'corner shop' }] },
    });
    expect((await host.ask(both)).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
  });

  test('tells one schema, its own as it was', async () => {
    await using host = await listenYoga([useFederation({ gateway: open.gateway, contribute: [summary] })], schema());
    const sdl = String((await host.ask('{ _service { sdl } }', administratorKey)).data._service.sdl);
    expect(sdl.match(/@link\(/g)).toHaveLength(1);
    expect(sdl).toContain('import: ["@key", "@shareable", "@external", "@requires"]');
    expect(sdl.match(/type Shop @key\(fields: "id"\)/g)).toHaveLength(1);
    expect(sdl).toContain('type AiProject @key(fields: "id")');
    expect((await host.ask('{ _service { sdl } }')).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
  });
});

test.each([
  ['twice', () => [useFederation({ gateway: open.gateway }), useFederation()], /useFederation is there twice/],
  ['without a gateway', () => [useFederation()], /gateway: none is given to useFederation/],
  [
    'with names beside useGovernance',
    () => [useGovernance({ gateway: open.gateway }), useFederation({ names: { typePrefix: 'X' } })],
    /names: those of useGovernance/,
  ],
])('stops the start %s', async (_, plugins, message) => {
  await expect(async () => listenYoga(plugins())).rejects.toThrow(message);
});
