import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { GraphQLSchema } from 'graphql';
import { createSchema, createYoga, type Plugin } from 'graphql-yoga';
import type { GovernanceContext } from '../../plugins/index.ts';
import type { GraphQLAnswer } from '../graphql/open-yoga.ts';

/** The schema of a shop that has types of its own under names which Tollgate has too. */
export const shopTypes = `
  scalar DateTime
  scalar JSON
  type PageInfo { hasNextPage: Boolean! }
  type Answer { text: String, status: String!, code: String, endpoint: String, query: Query }
  type Query { shop: String!, page: PageInfo!, opened: DateTime!, whoAmI: String, fails: String }
  type Mutation { ask(question: String!, model: String): Answer! }
  type Subscription { asked(question: String!, model: String): String! }
`;

const prompt = (question: string, model = 'auto') => ({
  model,
  messages: [{ role: 'USER' as const, text: question }],
});

interface Question {
  readonly question: string;
  readonly model?: string;
}

export const shopResolvers = {
  Query: {
    shop: () => 'corner shop',
    page: () => ({ hasNextPage: false }),
    opened: () => 'at nine',
    whoAmI: async (_: unknown, __: unknown, { governance }: GovernanceContext) => {
      const { user, apiKeyId, projectId, roles } = await governance.principal();
      return `${user ?? apiKeyId ?? 'administrator'} of ${projectId} as ${roles[0]?.role}`;
    },
    fails: () => {
      throw new Error('secret of the shop');
    },
  },
  Mutation: {
    ask: async (_: unknown, { question, model }: Question, { governance }: GovernanceContext) => {
      const { answer, status, error, endpointId } = await governance.complete(prompt(question, model));
      return { text: answer?.text, status, code: error?.code, endpoint: endpointId };
    },
  },
  Subscription: {
    asked: {
      subscribe: (_: unknown, { question, model }: Question, { governance }: GovernanceContext) =>
        governance.stream(prompt(question, model)),
      resolve: (event: { readonly type: string; readonly text?: string }) => `${event.type}:${event.text ?? ''}`,
    },
  },
};

/** The shop's schema, executable, and with more of its own where a test says so. */
export function shopSchema(more = ''): GraphQLSchema {
  return createSchema<GovernanceContext>({ typeDefs: `${shopTypes}${more}`, resolvers: shopResolvers });
}

export interface Host extends AsyncDisposable {
  readonly url: string;
  /** Runs one operation over HTTP. */
  ask(
    query: string,
    key?: string,
    headers?: Readonly<Record<string, string>> | [string, string][],
    signal?: AbortSignal,
  ): Promise<GraphQLAnswer>;
}

/** Serves a listener on a free port of loopback. */
export async function listen(listener: RequestListener): Promise<Host> {
  const server = createServer(listener);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  return {
    url,
    async ask(query, key, headers = {}, signal) {
      const response = await fetch(url, {
        method: 'POST',
        headers: [
          ['content-type', 'application/json'],
          ...(key === undefined ? [] : [['authorization', `Bearer ${key}`] as [string, string]]),
          ...(Array.isArray(headers) ? headers : Object.entries(headers)),
        ],
        body: JSON.stringify({ query }),
        ...(signal === undefined ? {} : { signal }),
      });
      return (await response.json()) as GraphQLAnswer;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>(resolve => server.close(() => resolve()));
    },
  };
}

/** A Yoga with the shop's schema, over real HTTP. */
export function listenYoga(plugins: readonly Plugin[], schema: GraphQLSchema = shopSchema()): Promise<Host> {
  const yoga = createYoga({ schema, plugins: [...plugins], logging: false });
  return listen(yoga);
}
