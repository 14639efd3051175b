import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serverAudits } from 'graphql-http';
import { createYoga } from 'graphql-yoga';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { promptFreeDocuments, useGovernance } from '../../plugins/index.ts';
import { createTollgateYoga } from '../../src/graphql/create-yoga.ts';
import { createTrustedDocuments } from '../../src/http/trusted-documents.ts';
import { useAcceptedOperations } from '../../src/http/use-accepted-operations.ts';
import { shopSchema } from '../plugins/open-host.ts';
import { type OpenedServer, openServer } from './open-server.ts';

const closing: (() => unknown)[] = [];
let opened: OpenedServer;
beforeAll(async () => {
  opened = await openServer();
  closing.push(opened.close);
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

type Listener = (request: never, response: never) => unknown;

async function serve(listener: Listener): Promise<string> {
  const server = createServer((request, response) => void listener(request as never, response as never));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
}

const ownYoga = (plugin = useAcceptedOperations()) => {
  const { gateway, access } = opened;
  return createTollgateYoga({ gateway, access, plugins: [plugin] }).yoga as unknown as Listener;
};

const servers: Readonly<Record<string, () => Promise<string>>> = {
  'the server': () => Promise.resolve(`${opened.server.url}/graphql`),
  'the server with documents that it knows': async () => {
    const documents = createTrustedDocuments({ isStrict: false, byId: new Map([['a', '{ __typename }']]) });
    const other = await openServer({ documents: () => documents });
    closing.push(other.close);
    return `${other.server.url}/graphql`;
  },
  'the schema under a Yoga by itself': () => serve(ownYoga()),
  'a Yoga with a schema of its own, governed': () => {
    const gateway = { ...opened.gateway, access: opened.access };
    return serve(
      createYoga({
        schema: shopSchema(),
        parserAndValidationCache: promptFreeDocuments(),
        plugins: [useGovernance({ gateway })],
        logging: false,
      }) as unknown as Listener,
    );
  },
};

describe.each(Object.entries(servers))('%s follows the GraphQL over HTTP specification', (_, start) => {
  let url = '';
  beforeAll(async () => {
    url = await start();
  });

  for (const audit of serverAudits({ url: () => url, fetchFn: fetch })) {
    test(`${audit.id} ${audit.name}`, async () => {
      const result = await audit.fn();
      if (result.status === 'ok') return;
      expect(result.status, 'reason' in result ? result.reason : '').toBe('ok');
    });
  }
});

test('a Yoga by itself takes variables by GET', async () => {
  const url = await serve(ownYoga());
  const members = { query: 'query ($skip: Boolean!) { __typename @skip(if: $skip) }', variables: '{"skip":false}' };
  const response = await fetch(`${url}?${new URLSearchParams(members)}`);
  expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
});

test.each(['GET', 'POST'])(
  'a Yoga by itself takes documents by id over %s, and in strict mode no others',
  async method => {
    const documents = createTrustedDocuments({ isStrict: true, byId: new Map([['a', '{ a: __typename }']]) });
    const url = await serve(ownYoga(useAcceptedOperations({ documents: () => documents })));
    const ask = async (body: Record<string, string>) => {
      const headers = { 'content-type': 'application/json' };
      const response =
        method === 'GET'
          ? await fetch(`${url}?${new URLSearchParams(body)}`)
          : await fetch(url, { method, headers, body: JSON.stringify(body) });
      return await response.json();
    };
    expect(await ask({ documentId: 'a' })).toEqual({ data: { a: 'Query' } });
    expect((await ask({ query: '{ __typename }' })).errors[0].extensions.code).toBe('FORBIDDEN');
    expect((await ask({ documentId: 'b' })).errors[0].extensions.code).toBe('NOT_FOUND');
  },
);
