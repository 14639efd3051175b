import { envelop, type GetEnvelopedFn, type Plugin, useEngine, useSchema } from '@envelop/core';
import { fastify } from 'fastify';
import * as graphqlJs from 'graphql';
import { createHandler as createHttpHandler } from 'graphql-http/lib/use/http';
import { createHandler as createEventHandler } from 'graphql-sse/lib/use/http';
import { listen } from '../open-host.ts';
import type { HostSchema, PluginHost } from './plugin-host.ts';

type Listener = Parameters<typeof listen>[0];

/** Envelop alone: queries and mutations by graphql-http, subscriptions by graphql-sse, on one path. */
function envelopListener({ schema }: HostSchema, plugins: readonly Plugin[]): Listener {
  const getEnveloped = envelop({ plugins: [useEngine(graphqlJs), useSchema(schema), ...plugins] });
  const http = createHttpHandler({
    onSubscribe: async (request, params) => {
      const { args, faults, execute } = await begin(getEnveloped, request.raw, params);
      return args === undefined ? ([faults, undefined] as never) : await execute(args);
    },
  });
  const events = createEventHandler({
    onSubscribe: async (request, params) => {
      const { args, faults } = await begin(getEnveloped, request.raw, params);
      return args ?? { errors: faults };
    },
    execute: args => getEnveloped(args.contextValue as object).execute(args),
    subscribe: args => getEnveloped(args.contextValue as object).subscribe(args) as never,
  });
  return (request, response) => {
    const isStream = request.headers.accept === 'text/event-stream';
    void Promise.resolve((isStream ? events : http)(request, response)).catch(() => response.destroy());
  };
}

interface Params {
  readonly query: string;
  readonly operationName?: string | undefined | null;
  readonly variables?: Record<string, unknown> | undefined | null;
}

async function begin(getEnveloped: GetEnvelopedFn<object>, req: unknown, params: Params) {
  const { schema, parse, validate, contextFactory, execute } = getEnveloped({ req });
  const { operationName, variables: variableValues } = params;
  try {
    const document = parse(params.query);
    const faults: readonly graphqlJs.GraphQLError[] = validate(schema, document);
    if (faults.length > 0) return { execute, faults };
    const args = { schema, document, operationName, variableValues, contextValue: await contextFactory() };
    return { args, execute, faults: [] };
  } catch (fault) {
    if (fault instanceof graphqlJs.GraphQLError) return { execute, faults: [fault] };
    throw fault;
  }
}

export const graphqlHttpHost: PluginHost = {
  name: 'Envelop behind graphql-http',
  hasResolvers: true,
  open: (schema, plugins) => listen(envelopListener(schema, plugins)),
};

export const fastifyHost: PluginHost = {
  name: 'Envelop in Fastify',
  hasResolvers: true,
  async open(schema, plugins) {
    const listener = envelopListener(schema, plugins);
    const app = fastify();
    // The protocol libraries read the body themselves.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', (_request, _body, done) => done(null));
    app.all('/graphql', (request, reply) => {
      reply.hijack();
      listener(request.raw, reply.raw);
    });
    const address = await app.listen({ host: '127.0.0.1', port: 0 });
    return {
      url: `${address}/graphql`,
      async [Symbol.asyncDispose]() {
        app.server.closeAllConnections();
        await app.close();
      },
    };
  },
};
