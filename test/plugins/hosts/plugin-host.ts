import type { Plugin } from '@envelop/core';
import type { GraphQLSchema } from 'graphql';
import { type GraphQLAnswer, readEvents } from '../../graphql/open-yoga.ts';

/** A host's schema: executable, and as it is written, for hosts that compose it. */
export interface HostSchema {
  readonly schema: GraphQLSchema;
  readonly typeDefs: string;
}

export interface ListeningHost extends AsyncDisposable {
  /** Takes operations by POST, and answers subscriptions as event streams. */
  readonly url: string;
}

/** A kind of server that plugins are put into. */
export interface PluginHost {
  readonly name: string;
  /** Whether resolvers of its schema see `context.governance`; in a gateway they are elsewhere. */
  readonly hasResolvers: boolean;
  open(schema: HostSchema, plugins: readonly Plugin[]): Promise<ListeningHost>;
}

export interface AskOptions {
  readonly variables?: object;
  readonly key?: string | undefined;
  readonly signal?: AbortSignal;
  readonly accept?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends one operation as a client would. */
export function send(url: string, query: string, options: AskOptions = {}): Promise<Response> {
  const { variables, key, signal, accept = 'application/json', headers = {} } = options;
  return fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept,
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...headers,
    },
    body: JSON.stringify({ query, ...(variables === undefined ? {} : { variables }) }),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** The answer to a query or a mutation. */
export async function ask(url: string, query: string, options: AskOptions = {}): Promise<GraphQLAnswer> {
  const response = await send(url, query, options);
  return (await response.json()) as GraphQLAnswer;
}

/** The events of a subscription, as they come. */
export async function* watch(url: string, query: string, options: AskOptions = {}): AsyncGenerator<GraphQLAnswer> {
  yield* readEvents(await send(url, query, { ...options, accept: 'text/event-stream' }));
}
