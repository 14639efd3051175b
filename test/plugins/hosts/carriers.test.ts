import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { version } from 'graphql';
import { createClient } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { createYoga } from 'graphql-yoga';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { useGovernance, useRedaction } from '../../../plugins/index.ts';
import { administratorKey, type OpenYoga, openYoga } from '../../graphql/open-yoga.ts';
import { shopSchema, shopTypes } from '../open-host.ts';
import { clinicCoordinates, openClinic } from '../sensitive/clinic.ts';
import { hiveHosts, rustPlanner } from './hive-hosts.ts';
import { ask } from './plugin-host.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

let open: OpenYoga;
beforeAll(async () => {
  open = await openYoga();
});
afterAll(() => open[Symbol.asyncDispose]());

const card = '4111 1111 1111 1111';

type Enveloped = Pick<ReturnType<ReturnType<typeof createYoga>['getEnveloped']>, 'execute' | 'subscribe'>;

/** Yoga with graphql-ws on the same server, wired as Yoga's own documentation shows it. */
async function listenWebSocket(yoga: ReturnType<typeof createYoga>) {
  const server = createServer(yoga);
  const sockets = new WebSocketServer({ server, path: '/graphql' });
  const cleanup = useServer(
    {
      execute: args => (args.rootValue as Enveloped).execute(args),
      subscribe: args => (args.rootValue as Enveloped).subscribe(args),
      async onSubscribe(context, _id, params) {
        const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({
          ...context,
          req: context.extra.request,
          socket: context.extra.socket,
          params,
        });
        const document = parse(params.query);
        const { operationName, variables: variableValues } = params;
        const contextValue = await contextFactory();
        const args = {
          schema,
          operationName,
          document,
          variableValues,
          contextValue,
          rootValue: { execute, subscribe },
        };
        const faults = validate(schema, document);
        return faults.length > 0 ? faults : args;
      },
    },
    sockets,
  );
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    async [Symbol.asyncDispose]() {
      await cleanup.dispose();
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

test('sensitive fields are held over a WebSocket, in operations of every kind', async () => {
  const { schema, seen } = openClinic({ planted: card });
  const rules = [{ detect: ['PAYMENT_CARD'] }] as const;
  const own = useRedaction({ gateway: open.gateway, rules, sensitive: clinicCoordinates });
  await using host = await listenWebSocket(createYoga({ schema, plugins: [own as never], logging: false }));
  const client = createClient({
    url: host.url,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${administratorKey}` },
  });
  const events: unknown[] = [];
  for (const query of [
    'query ($x: String) { ask(q: $x) { q } list }',
    `mutation { write(q: "${card}") { q patient { code } } }`,
    'subscription ($x: String) { watch(q: $x) { q patient { code } } }',
  ]) {
    for await (const event of client.iterate({ query, variables: { x: card } })) events.push(event);
  }
  await client.dispose();
  expect(events).toHaveLength(5);
  expect(events).toContainEqual({ data: { watch: { q: '[PAYMENT_CARD]', patient: { code: '[PAYMENT_CARD]' } } } });
  expect(JSON.stringify(events) + seen.join()).not.toContain(card);
});

describe.each(version.startsWith('16.') ? hiveHosts.slice(1) : [])('$name', host => {
  test('is asked for the fields of subgraphs, and for none of those that are added to them', async () => {
    const list = [useGovernance({ gateway: open.gateway })] as never;
    await using listening = await host.open({ schema: shopSchema(), typeDefs: shopTypes }, list);
    const key = administratorKey;
    const before = rustPlanner.operations;
    expect(await ask(listening.url, '{ shop }', { key })).toEqual({ data: { shop: 'corner shop' } });
    expect(rustPlanner.operations).toBe(before + 1);
    const own = await ask(listening.url, '{ aiModels(first: 1) { nodes { __typename } } }', { key });
    expect(own).toEqual({ data: { aiModels: { nodes: [{ __typename: 'AiModel' }] } } });
    const both = await ask(listening.url, '{ shop aiModels(first: 1) { nodes { __typename } } }', { key });
    expect(both.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(rustPlanner.operations).toBe(before + 1);
  });
});
