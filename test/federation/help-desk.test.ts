import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask } from '../plugins/hosts/plugin-host.ts';
import { startProcess } from '../support/command.ts';

const root = resolve(import.meta.dirname, '../..');
let desk: ReturnType<typeof startProcess>;
let url: string;
beforeAll(async () => {
  desk = startProcess(['examples/federation/help-desk.mjs'], { cwd: root, env: { PORT: '0' } });
  const [, port] = await desk.see(/port: (\d+)/);
  url = `http://127.0.0.1:${port}/graphql`;
});
afterAll(async () => {
  desk.process.kill('SIGTERM');
  await desk.ended;
});

test('the help desk of the example has tickets with whom they are assigned to', async () => {
  const answer = await ask(url, '{ tickets { id assignee { name } } viewer { bookedOn { id } } }');
  expect(answer).toEqual({
    data: {
      tickets: [
        { id: '1', assignee: { name: 'ada' } },
        { id: '2', assignee: { name: 'bob' } },
      ],
      viewer: { bookedOn: { id: 'default' } },
    },
  });
});

test('the help desk of the example finds entities for a router', async () => {
  const representations = [
    { __typename: 'Ticket', id: '2' },
    { __typename: 'Employee', email: 'ada@desk.example' },
    { __typename: 'AiCompletion', id: 'c' },
  ];
  const answer = await ask(
    url,
    `query ($representations: [_Any!]!) {
      _entities(representations: $representations) {
        ... on Ticket { body } ... on Employee { name } ... on AiCompletion { id rating }
      }
    }`,
    { variables: { representations } },
  );
  expect(answer).toEqual({
    data: { _entities: [{ body: 'Where is my order?' }, { name: 'ada' }, { id: 'c', rating: null }] },
  });
});
