import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createYoga } from 'graphql-yoga';
import { buildSubgraph } from '../../src/graphql/federation/build-subgraph.ts';

/** The SDL of the help desk of `examples/federation`. */
export const ticketsSdl = readFileSync(new URL('../../examples/federation/tickets.graphql', import.meta.url), 'utf8');

export interface Ticket {
  readonly id: string;
  readonly body: string;
  readonly assignee: { readonly email: string };
}

export interface Tickets extends AsyncDisposable {
  readonly url: string;
}

/** Serves the help desk with these tickets. */
export async function openTickets(tickets: readonly Ticket[]): Promise<Tickets> {
  const schema = buildSubgraph({
    typeDefs: ticketsSdl,
    resolvers: {
      Query: {
        tickets: () => tickets,
        ticket: (_: unknown, { id }: { readonly id: string }) => tickets.find(ticket => ticket.id === id),
        viewer: () => ({ projects: [{ id: 'desk', title: 'Help desk' }] }),
      },
      Employee: { name: ({ email }: { readonly email: string }) => email.split('@')[0] },
    },
    references: { Ticket: ({ id }) => tickets.find(ticket => ticket.id === id) },
  });
  const server = createServer(createYoga({ schema, logging: false }));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>(resolve => server.close(() => resolve()));
    },
  };
}
