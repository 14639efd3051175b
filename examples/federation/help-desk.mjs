import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createSchema, createYoga } from 'graphql-yoga';

const tickets = [
  { id: '1', body: 'The lamp arrived broken, please send another one.', assignee: { email: 'ada@desk.example' } },
  { id: '2', body: 'Where is my order?', assignee: { email: 'bob@desk.example' } },
];
const ticketOf = id => tickets.find(ticket => ticket.id === id) ?? null;

/** What a router needs of a subgraph beside its own types. Libraries for subgraphs write this themselves. */
const federation = `
  directive @link(url: String!, import: [String!]) repeatable on SCHEMA
  directive @key(fields: String!, resolvable: Boolean = true) repeatable on OBJECT
  scalar _Any
  union _Entity = Ticket | Employee | AiCompletion
  extend type Query { _entities(representations: [_Any!]!): [_Entity]! }
`;

const schema = createSchema({
  typeDefs: [federation, readFileSync(new URL('tickets.graphql', import.meta.url), 'utf8')],
  resolvers: {
    Query: {
      tickets: () => tickets,
      ticket: (_, { id }) => ticketOf(id),
      viewer: () => ({ projects: [{ id: 'desk', title: 'Help desk' }], bookedOn: { id: 'default' } }),
      _entities: (_, { representations }) =>
        representations.map(one => (one.__typename === 'Ticket' ? { ...one, ...ticketOf(one.id) } : one)),
    },
    Employee: { name: ({ email }) => email.split('@')[0] },
    _Entity: { __resolveType: ({ __typename }) => __typename },
  },
});

const server = createServer(createYoga({ schema }));
server.listen(Number(process.env.PORT ?? 4011), '127.0.0.1', () =>
  console.log('The help desk listens on', server.address()),
);
