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
  /** How often it was asked. */
  readonly requests: number;
  /** The id of the project of Tollgate's that it says it is booked on. */
  bookedOn: string;
}

/** Serves the help desk with these tickets. */
export async function openTickets(tickets: readonly Ticket[]): Promise<Tickets> {
  let requests = 0;
  const state = { bookedOn: 'default' };
  const schema = buildSubgraph({
    typeDefs: ticketsSdl,
    resolvers: {
      Query: {
        tickets: () => tickets,
        ticket: (_: unknown, { id }: { readonly id: string }) => tickets.find(ticket => ticket.id === id),
        viewer: () => ({ projects: [{ id: 'desk', title: 'Help desk' }] }),
      },
      Viewer: { bookedOn: () => ({ id: state.bookedOn }) },
      AiCompletion: { rating: () => 5 },
      Employee: { name: ({ email }: { readonly email: string }) => email.split('@')[0] },
    },
    references: { Ticket: ({ id }) => tickets.find(ticket => ticket.id === id) },
  });
  const server = createServer(createYoga({ schema, logging: false }));
  server.on('request', () => {
    requests += 1;
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    get bookedOn() {
      return state.bookedOn;
    },
    set bookedOn(id) {
      state.bookedOn = id;
    },
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    get requests() {
      return requests;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>(resolve => server.close(() => resolve()));
    },
  };
}
