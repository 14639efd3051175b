import { createServer } from 'node:http';
import { env } from 'node:process';
import { createSchema, createYoga } from 'graphql-yoga';

interface Ticket {
  readonly id: string;
  readonly body: string;
}

const tickets: Ticket[] = [{ id: '1', body: 'Paid with 4111 1111 1111 1111, please refund.' }];

/** A subgraph that knows nothing of Tollgate. */
export const typeDefs = /* GraphQL */ `
  type Ticket {
    id: ID!
    body: String!
  }
  type Query {
    tickets: [Ticket!]!
  }
  type Mutation {
    open(body: String!): Ticket!
  }
`;

const schema = createSchema({
  typeDefs,
  resolvers: {
    Query: { tickets: () => tickets },
    Mutation: {
      open(_: unknown, { body }: Pick<Ticket, 'body'>) {
        const ticket = { id: String(tickets.length + 1), body };
        tickets.push(ticket);
        console.log('Opened:', body);
        return ticket;
      },
    },
  },
});

const server = createServer(createYoga({ schema }));
server.listen(Number(env.PORT ?? 4002), '127.0.0.1', () => console.log('The tickets listen on', server.address()));
