import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTrustedDocuments } from '../../src/http/trusted-documents.ts';
import { type CarriedAnswer, carriers } from '../abuse/carriers.ts';
import { type OpenedServer, openServer } from './open-server.ts';

const known = 'query Known { __typename }';
const pays =
  'mutation Pays($text: String!) { complete(input: { messages: [{ role: USER, text: $text }] }) { status } }';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const byId = new Map([
  ['known', known],
  [sha256(known), known],
  [sha256(pays), pays],
]);
const open: OpenedServer[] = [];
const serverWith = async (isStrict: boolean) => {
  const documents = createTrustedDocuments({ isStrict, byId });
  const opened = await openServer({ documents: () => documents });
  open.push(opened);
  return opened;
};
let strict: OpenedServer;
let free: OpenedServer;
let none: OpenedServer;
beforeAll(async () => {
  strict = await serverWith(true);
  free = await serverWith(false);
  none = await openServer();
  open.push(none);
});
afterAll(async () => {
  for (const one of open) await one.close();
});

/** By GET, members that are objects are JSON. */
async function byGet(opened: OpenedServer, body: Readonly<Record<string, unknown>>): Promise<CarriedAnswer> {
  const members = Object.entries(body).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  const response = await fetch(`${opened.server.url}/graphql?${new URLSearchParams(members)}`);
  return (await response.json()) as CarriedAnswer;
}

const ways: Readonly<
  Record<string, (opened: OpenedServer, body: Readonly<Record<string, unknown>>) => Promise<CarriedAnswer>>
> = {
  ...Object.fromEntries(
    Object.entries(carriers).map(([name, carry]) => [
      name,
      // The WebSocket protocol wants a query, if an empty one.
      (opened: OpenedServer, body: Readonly<Record<string, unknown>>) =>
        carry({ url: opened.server.url, key: opened.key }, name === 'WebSocket' ? { query: '', ...body } : body),
    ]),
  ),
  'JSON by GET': byGet,
};
const persisted = (sha256Hash: string) => ({ extensions: { persistedQuery: { version: 1, sha256Hash } } });

describe.each(Object.keys(ways))('over %s a strict server', way => {
  const ask = (body: Readonly<Record<string, unknown>>, opened = strict) => ways[way]?.(opened, body);

  test.each([
    ['its id', { documentId: 'known' }],
    ['its hash', { documentId: sha256(known) }],
    ['its hash with the prefix of the specification', { documentId: `sha256:${sha256(known)}` }],
    ['the extension of Apollo', persisted(sha256(known))],
    ['both', { documentId: sha256(known), ...persisted(sha256(known)) }],
    ['its text and its id', { query: known, documentId: 'known' }],
    ['its text, to the letter', { query: known }],
  ])('takes a known document by %s', async (_, body) => {
    expect(await ask(body)).toEqual({ data: { __typename: 'Query' } });
  });

  test.each([
    ['an id that nobody knows', { documentId: 'unknown' }, 'NOT_FOUND'],
    [
      'a hash that nobody knows, with its text',
      { query: '{ a: __typename }', ...persisted('0'.repeat(64)) },
      'NOT_FOUND',
    ],
    ['a text that is not known', { query: '{ a: __typename }' }, 'FORBIDDEN'],
    ['a known text with a space more', { query: `${known} ` }, 'FORBIDDEN'],
    ['introspection', { query: '{ __schema { queryType { name } } }' }, 'FORBIDDEN'],
    ['a known id beside another text', { query: '{ a: __typename }', documentId: 'known' }, 'BAD_USER_INPUT'],
    ['two ids', { documentId: 'known', ...persisted(sha256(pays)) }, 'BAD_USER_INPUT'],
    ['an id of 300 characters', { documentId: 'x'.repeat(300) }, 'BAD_USER_INPUT'],
    ['a name of the prototype', { documentId: '__proto__' }, 'NOT_FOUND'],
    ['nothing', {}, 'BAD_USER_INPUT'],
  ])('refuses %s', async (_, body, code) => {
    const before = strict.runs.length;
    const answer = await ask(body);
    expect(answer?.errors?.map(({ extensions }) => extensions.code)).toEqual([code]);
    expect(answer?.errors?.[0]?.message).not.toContain('__typename');
    expect(strict.runs.length).toBe(before);
  });

  test('control: where it is not strict, other documents are taken too, and ids all the same', async () => {
    expect(await ask({ query: '{ a: __typename }' }, free)).toEqual({ data: { a: 'Query' } });
    expect(await ask({ query: '{ a: __typename }', ...persisted('0'.repeat(64)) }, free)).toEqual({
      data: { a: 'Query' },
    });
    expect(await ask({ documentId: 'known' }, free)).toEqual({ data: { __typename: 'Query' } });
    expect((await ask({ documentId: 'unknown' }, free))?.errors?.[0]?.extensions.code).toBe('NOT_FOUND');
  });

  test('control: a server without documents knows no ids', async () => {
    expect((await ask({ documentId: 'known' }, none))?.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });
});

test('a mutation by its id is run by POST, and refused by GET', async () => {
  const variables = { text: 'hello' };
  const starting = strict.nextRun();
  const answering = ways['JSON by POST']?.(strict, { documentId: sha256(pays), variables });
  (await starting).finish({ text: 'ok' });
  expect(await answering).toEqual({ data: { complete: { status: 'FINISHED' } } });
  const refused = await byGet(strict, { documentId: sha256(pays), variables });
  expect(refused.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
});
