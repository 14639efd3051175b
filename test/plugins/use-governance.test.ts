import { afterAll, beforeAll, expect, test } from 'vitest';
import { useGovernance } from '../../plugins/index.ts';
import { administratorKey, type OpenYoga, openYoga } from '../graphql/open-yoga.ts';
import { listenYoga } from './open-host.ts';

let open: OpenYoga;
beforeAll(async () => {
  open = await openYoga();
});
afterAll(() => open[Symbol.asyncDispose]());

test('completes from a resolver of the host and from a field of its own, beside the types of the host', async () => {
  await using host = await listenYoga([useGovernance({ gateway: open.gateway })]);
  const answer = await host.ask(
    'mutation { ask(question: "hi", model: "test/echo") { text status } }',
    administratorKey,
  );
  expect(answer).toEqual({ data: { ask: { text: 'hi', status: 'FINISHED' } } });
  const own = await host.ask(
    'mutation { aiComplete(input: { model: "test/echo", messages: [{ role: USER, text: "hi" }] }) { status message { text } createdAt } }',
    administratorKey,
  );
  expect(own).toMatchObject({ data: { aiComplete: { status: 'FINISHED', message: { text: 'hi' } } } });
  const hosts = await host.ask('{ shop page { hasNextPage } opened }', administratorKey);
  expect(hosts).toEqual({ data: { shop: 'corner shop', page: { hasNextPage: false }, opened: 'at nine' } });
});
