import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createYoga } from 'graphql-yoga';
import { buildSubgraph, type SubgraphOptions } from '../../src/graphql/federation/build-subgraph.ts';
import type { ComposedSubgraph } from './open-hive.ts';

const everything = `["@key", "@requires", "@provides", "@external", "@shareable", "@extends", "@override",
  "@tag", "@inaccessible", "@interfaceObject", "@composeDirective"]`;

interface Reference {
  readonly [field: string]: unknown;
}

const parts = [
  {
    id: '1',
    code: 'bolt',
    maker: 'acme',
    batch: { number: 7 },
    size: { length: 4.5, unit: 'mm' },
    note: 'steel',
    by: 'ada@works.example',
  },
  {
    id: '2',
    code: 'gear',
    maker: 'acme',
    batch: { number: 8 },
    size: { length: 12, unit: 'mm' },
    note: 'brass',
    by: 'bob@works.example',
  },
].map(part => ({
  ...part,
  drawnBy: { email: part.by, partCount: 90 },
  trials: [{ report: { number: `r${part.id}` } }],
}));

/** Each directive of federation, as a subgraph of a workshop uses them. */
const partsSubgraph: SubgraphOptions<unknown> = {
  typeDefs: `
    extend schema
      @link(url: "https://specs.apollo.dev/federation/v2.5", import: ${everything})
      @link(url: "https://specs.works.example/marked/v1.0", import: ["@marked"])
      @composeDirective(name: "@marked")
    directive @marked on OBJECT

    type Query { part(id: ID!): Part, parts: [Part!]! }
    "A part, known by three keys."
    type Part @marked @key(fields: "id") @key(fields: "code maker") @key(fields: "code batch { number }") {
      id: ID!
      code: String!
      maker: String!
      batch: Batch!
      size: Size
      note: String @tag(name: "internal")
      drawnBy: Engineer @provides(fields: "partCount")
      trials: [Trial!]!
    }
    type Batch @shareable { number: Int! }
    type Size @shareable { length: Float, unit: String @inaccessible }
    type Trial @key(fields: "report { number }") { report: Report!, result: String }
    type Report @shareable { number: ID! }
    extend type Engineer @key(fields: "email") {
      email: ID! @external
      name: String @override(from: "people")
      partCount: Int @external
      yearsHere: Int! @external
      partsPerYear: Float @requires(fields: "partCount yearsHere")
    }
    type Supplier @extends @key(fields: "id") { id: ID! @external, parts: [Part!]! }
    type Machine @interfaceObject @key(fields: "id") { id: ID!, parts: [Part!]! }
  `,
  resolvers: {
    Query: { parts: () => parts, part: (_: unknown, { id }: Reference) => parts.find(part => part.id === id) },
    Trial: { result: ({ report }: { report: Reference }) => `passed ${report.number}` },
    Engineer: {
      name: ({ email }: Reference) => `${email} of parts`,
      partsPerYear: ({ partCount, yearsHere }: { partCount: number; yearsHere: number }) => partCount / yearsHere,
    },
    Supplier: { parts: ({ id }: Reference) => parts.filter(({ maker }) => maker === id) },
    Machine: { parts: ({ id }: Reference) => parts.slice(0, id === 'crane' ? 1 : 2) },
  },
  references: {
    Part: ({ id, code, maker, batch }) =>
      parts.find(part => {
        if (id !== undefined) return part.id === id;
        if (maker !== undefined) return part.code === code && part.maker === maker;
        return part.code === code && part.batch.number === (batch as { number: number } | undefined)?.number;
      }),
  },
};

const machines = [
  { id: 'crane', __typename: 'Crane', load: 5 },
  { id: 'lathe', __typename: 'Lathe', speed: 900 },
];

/** What others have: the interface, and the fields that the first one requires. */
const peopleSubgraph: SubgraphOptions<unknown> = {
  typeDefs: `
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ${everything})
    type Query { engineers: [Engineer!]!, machines: [Machine!]!, suppliers: [Supplier!]!, size: Size, trial: Trial }
    type Engineer @key(fields: "email") { email: ID!, name: String, partCount: Int @shareable, yearsHere: Int! }
    interface Machine @key(fields: "id") { id: ID! }
    type Crane implements Machine @key(fields: "id") { id: ID!, load: Int }
    type Lathe implements Machine @key(fields: "id") { id: ID!, speed: Int }
    type Supplier @key(fields: "id") { id: ID!, city: String }
    type Size @shareable { length: Float }
    type Trial @key(fields: "report { number }", resolvable: false) { report: Report! }
    type Report @shareable { number: ID! }
  `,
  resolvers: {
    Query: {
      engineers: () => [{ email: 'ada@works.example' }],
      machines: () => machines,
      suppliers: () => [{ id: 'acme', city: 'Bern' }],
      size: () => ({ length: 1 }),
      trial: () => ({ report: { number: 'r9' } }),
    },
    Engineer: { name: () => 'of people', partCount: () => 90, yearsHere: () => 9 },
    Machine: { __resolveType: ({ __typename }: Reference) => __typename },
  },
  references: { Machine: ({ id }) => machines.find(machine => machine.id === id) },
};

/** Knows parts by one of their other keys. */
const knowing = (field: string, definition: string, key: string, part: object): SubgraphOptions<unknown> => ({
  typeDefs: `
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key", "@shareable"])
    type Query { ${field}: Part }
    type Part @key(fields: "${key}", resolvable: false) { ${definition} }
    type Batch @shareable { number: Int! }
  `.replace(/type Batch.*\n/, line => (definition.includes('Batch') ? line : '\n')),
  resolvers: { Query: { [field]: () => part } },
});

const subgraphs: Readonly<Record<string, SubgraphOptions<unknown>>> = {
  parts: partsSubgraph,
  people: peopleSubgraph,
  orders: knowing('ordered', 'code: String! maker: String!', 'code maker', { code: 'gear', maker: 'acme' }),
  repairs: knowing('broken', 'code: String! batch: Batch!', 'code batch { number }', {
    code: 'bolt',
    batch: { number: 7 },
  }),
};

export interface Workshop extends AsyncDisposable {
  readonly subgraphs: readonly ComposedSubgraph[];
}

/** Serves all of them. Their SDL is what they say of themselves. */
export async function openWorkshop(): Promise<Workshop> {
  const stack = new AsyncDisposableStack();
  const served = await Promise.all(
    Object.entries(subgraphs).map(async ([name, options]) => {
      const server = createServer(createYoga({ schema: buildSubgraph(options), logging: false, maskedErrors: false }));
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
      stack.defer(async () => {
        server.closeAllConnections();
        await new Promise(resolve => server.close(resolve));
      });
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
      const { _service } = await askSubgraph<{ readonly _service: { readonly sdl: string } }>(
        url,
        '{ _service { sdl } }',
      );
      return { name, url, sdl: _service.sdl };
    }),
  );
  return { subgraphs: served, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** The data of an operation; the control that nothing went wrong is in it. */
export async function askSubgraph<Data = unknown>(url: string, query: string, variables?: object): Promise<Data> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { readonly data: Data; readonly errors?: unknown };
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  return data;
}
