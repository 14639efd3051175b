import { createSchema } from 'graphql-yoga';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenYoga, openYoga } from './open-yoga.ts';

let server: OpenYoga;
const planted = 'zanzibar4711';

beforeAll(async () => {
  server = await openYoga({ hidesSchema: true });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

describe('the Yoga', () => {
  test.each([
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain',
    'application/graphql',
  ])('takes no %s, which a foreign page could send unasked', async contentType => {
    const response = await server.post('query=%7Bviewer%7Buser%7D%7D', { contentType });
    expect(response.status).toBe(415);
  });

  test('takes no batches', async () => {
    const response = await server.post([{ query: '{ viewer { user } }' }]);
    expect(response.status).toBe(400);
    expect(await response.text()).not.toContain('"data"');
  });

  test('5,000 aliases and a 10,000-deep query are clear errors, and the server goes on', async () => {
    const aliases = `{ ${Array.from({ length: 5_000 }, (_, i) => `a${i}: viewer { user }`).join(' ')} }`;
    const deep = `${'{a'.repeat(10_000)}${'}'.repeat(10_000)}`;
    for (const query of [aliases, deep]) {
      const { data, errors } = await server.ask(query);
      expect(data).toBeUndefined();
      expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', retryable: false });
    }
    expect((await server.ask('{ viewer { user } }')).errors).toBeUndefined();
  });

  test('two completions in one operation are refused before any is begun', async () => {
    const before = server.sandbox.calls.length;
    const query = `mutation ($i: CompleteInput!) { a: complete(input: $i) { id } b: complete(input: $i) { id } }`;
    const { errors } = await server.ask(query, { i: { messages: [{ role: 'USER', text: 'x' }] } });
    expect(errors?.[0]?.message).toContain('may hold one complete');
    expect(server.sandbox.calls.length).toBe(before);
  });

  test('no error echoes a prompt, however the operation is wrong', async () => {
    const wrong = [
      { query: `{ complete(input: { messages: "${planted}" }) { id } }` },
      { query: `{ "${planted}` },
      { query: `mutation { complete(input: { messages: [{ role: USER, text: "${planted}" }], model: 7 }) { id } }` },
      {
        query: 'mutation ($i: CompleteInput!) { complete(input: $i) { id } }',
        variables: { i: { messages: planted } },
      },
      {
        query: 'mutation ($i: CompleteInput!) { complete(input: $i) { id } }',
        variables: { i: { messages: [{ role: planted }] } },
      },
      { query: 'mutation ($i: Int!) { complete(input: $i) { id } }', variables: { i: planted } },
    ];
    for (const body of wrong) {
      const text = await (await server.post(body)).text();
      expect(text).toContain('BAD_USER_INPUT');
      expect(text).not.toContain(planted);
    }
    expect(JSON.stringify(server.log)).not.toContain(planted);
  });

  test('in production no name of the schema is suggested', async () => {
    const { errors } = await server.ask('{ viewers { user } }');
    expect(errors?.[0]?.message).toBe('Cannot query field "viewers" on type "Query".');
  });

  test('the status is 400 for a document that is wrong, 200 for a caller who is not known', async () => {
    expect((await server.post({ query: '{ nope }' }, { accept: 'application/graphql-response+json' })).status).toBe(
      400,
    );
    const body = { query: '{ viewer { user } }' };
    expect((await server.post(body, { accept: 'application/json', key: 'wrong' })).status).toBe(200);
  });

  test('a prefix renames the types and the fields of a server that embeds it', async () => {
    await using embedded = await openYoga({ names: { typePrefix: 'Ai', fieldPrefix: 'ai' } });
    const { data, errors } = await embedded.ask(
      'mutation ($i: AiCompleteInput!) { aiComplete(input: $i) { __typename status text message { parts { __typename } } } }',
      { i: { model: 'test/echo', messages: [{ role: 'USER', text: 'hi' }] } },
    );
    expect(errors).toBeUndefined();
    expect(data.aiComplete).toEqual({
      __typename: 'AiCompletion',
      status: 'FINISHED',
      text: 'hi',
      message: { parts: [{ __typename: 'AiTextPart' }] },
    });
    const twice = 'mutation ($i: AiCompleteInput!) { a: aiComplete(input: $i) { id } b: aiComplete(input: $i) { id } }';
    expect((await embedded.ask(twice, { i: { messages: [] } })).errors?.[0]?.message).toContain('one aiComplete');
  });

  test('what a plugin throws is masked, and its message is in no log', async () => {
    const lines: unknown[] = [];
    await using faulty = await openYoga({
      log: { error: (fields, message) => lines.push({ fields, message }) },
      plugins: [
        {
          onContextBuilding() {
            throw new Error(planted);
          },
        },
      ],
    });
    const { errors } = await faulty.ask('{ viewer { user } }');
    expect(errors?.[0]?.extensions.code).toBe('INTERNAL');
    expect(JSON.stringify(errors)).not.toContain(planted);
    expect(lines).toHaveLength(1);
    expect(JSON.stringify(lines)).not.toContain(planted);
  });
});

test('control: the schema library itself would take a form', async () => {
  const { createYoga } = await import('graphql-yoga');
  const plain = createYoga({ schema: createSchema({ typeDefs: 'type Query { a: Int }' }), logging: false });
  const response = await plain.fetch('http://localhost/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'query=%7Ba%7D',
  });
  expect(await response.json()).toEqual({ data: { a: null } });
});
