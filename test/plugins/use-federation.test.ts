import { createSchema } from 'graphql-yoga';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useFederation, useGovernance, useRedaction } from '../../plugins/index.ts';
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
