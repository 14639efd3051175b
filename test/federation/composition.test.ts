import type { GraphQLError } from 'graphql';
import { createSchema } from 'graphql-yoga';
import { describe, expect, test, vi } from 'vitest';
import { schemaExtension } from '../../src/graphql/extend-schema.ts';
import type { Contribution } from '../../src/graphql/federation/contribution.ts';
import { printTollgateSubgraph } from '../../src/graphql/federation/tollgate-subgraph.ts';
import type { SchemaNames } from '../../src/graphql/rename-schema.ts';
import { compose, composers } from './composers.ts';
import { ticketsSdl } from './open-tickets.ts';

// The first run installs the composers.
vi.setConfig({ testTimeout: 600_000 });

const contribute: readonly Contribution[] = [
  { type: 'Ticket', key: 'id', field: 'summary', requires: 'body', prompt: 'Summarise.' },
  { type: 'Employee', key: 'email', field: 'aiUsage' },
];
const prefixed: SchemaNames = { typePrefix: 'Ai', fieldPrefix: 'ai' };
const bare: SchemaNames = { typePrefix: '', fieldPrefix: '' };

const tollgate = (sdl: string) => ({ name: 'tollgate', url: 'http://127.0.0.1:1/graphql', sdl });
const desk = (sdl = ticketsSdl) => ({ name: 'tickets', url: 'http://127.0.0.1:2/graphql', sdl });

/** Of another team, with pages of its own. */
const relaySdl = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])
  type Query { parcels(first: Int): ParcelConnection! }
  type ParcelConnection { nodes: [Parcel!]! pageInfo: PageInfo! }
  type Parcel @key(fields: "id") { id: ID! }
  type PageInfo @shareable { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
`;

describe.each(composers)('under %s composer', composer => {
  test('composes alone', async () => {
    const { faults, types } = await compose(composer, [tollgate(printTollgateSubgraph())]);
    expect(faults).toEqual([]);
    expect(types.get('Completion')).toContain('partialText');
    expect(types.get('Subscription')).toContain('complete');
  });

  test('composes beside a Project, Role, Policy, Message, Subject and viewer of another subgraph', async () => {
    const { faults, types } = await compose(composer, [
      tollgate(printTollgateSubgraph({ names: prefixed, contribute })),
      desk(),
    ]);
    expect(faults).toEqual([]);
    expect(types.get('Project')).toEqual(['id', 'policy', 'title']);
    expect(types.get('AiProject')).toContain('apiKeys');
    expect(types.get('Query')).toEqual(expect.arrayContaining(['viewer', 'aiViewer']));
    expect(types.get('Ticket')).toEqual(['assignee', 'body', 'id', 'summary']);
    expect(types.get('Employee')).toEqual(['aiUsage', 'email', 'name']);
  });

  test('control: without prefixes these names clash', async () => {
    const { faults } = await compose(composer, [tollgate(printTollgateSubgraph({ names: bare })), desk()]);
    expect(faults.length).toBeGreaterThan(0);
  });

  test('shares PageInfo with other subgraphs, whatever the prefix', async () => {
    const { faults, types } = await compose(composer, [
      tollgate(printTollgateSubgraph({ names: prefixed })),
      desk(relaySdl),
    ]);
    expect(faults).toEqual([]);
    expect(types.get('PageInfo')).toEqual(['endCursor', 'hasNextPage', 'hasPreviousPage', 'startCursor']);
    expect(types.has('AiPageInfo')).toBe(false);
  });

  test.each([
    ['is no subgraph itself', 'type Query { shop: Shop! } type Shop { name: String! }'],
    ['has root types of other names', 'schema { query: Root } type Root { shop: Shop! } type Shop { name: String! }'],
    [
      'links federation already',
      `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
       directive @link(url: String!, import: [link__Import]) repeatable on SCHEMA
       directive @key(fields: federation__FieldSet!, resolvable: Boolean = true) repeatable on OBJECT
       scalar link__Import scalar federation__FieldSet
       type Query { shop: Shop! } type Shop @key(fields: "name") { name: String! }`,
    ],
  ])('composes as it stands in a server whose schema %s', async (_, typeDefs) => {
    const { faults, types } = await compose(composer, [tollgate(await embeddedSdl(typeDefs)), desk()]);
    expect(faults).toEqual([]);
    expect(types.get('Query')).toEqual(expect.arrayContaining(['shop', 'aiViewer', 'tickets']));
    expect(types.get('Ticket')).toContain('summary');
  });
});

// Cosmo's composer knows no directive under another name.
test.each(composers.filter(name => name !== "Cosmo's"))(
  'takes the names of a host under %s composer',
  async composer => {
    const sdl = await embeddedSdl(`
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: [{ name: "@key", as: "@id" }])
    directive @link(url: String!, import: [link__Import]) repeatable on SCHEMA
    directive @id(fields: federation__FieldSet!, resolvable: Boolean = true) repeatable on OBJECT
    scalar link__Import scalar federation__FieldSet
    type Query { shop: Shop! } type Shop @id(fields: "name") { name: String! }
  `);
    expect(sdl).toContain('type AiProject @id(fields: "id")');
    expect((await compose(composer, [tollgate(sdl), desk()])).faults).toEqual([]);
  },
);

/** What a server with this schema of its own says, with Tollgate in it. */
async function embeddedSdl(typeDefs: string): Promise<string> {
  const mapError = (error: unknown) => error as GraphQLError;
  const extend = schemaExtension({ names: prefixed, mapError, federation: { contribute, sdl: 'OPEN' } });
  const field = extend(createSchema({ typeDefs })).getQueryType()?.getFields()._service;
  const service = (await field?.resolve?.({}, {}, {}, {} as never)) as { readonly sdl: string };
  return service.sdl;
}
