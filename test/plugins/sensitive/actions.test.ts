import { envelop, type Plugin, useEngine, useSchema } from '@envelop/core';
import * as graphqlJs from 'graphql';
import { createSchema, createYoga } from 'graphql-yoga';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RedactionOptions, useGovernance, useRedaction } from '../../../plugins/index.ts';
import { administratorKey, type GraphQLAnswer, type OpenYoga, openYoga } from '../../graphql/open-yoga.ts';
import { clinicCoordinates, openClinic } from './clinic.ts';

let open: OpenYoga;
beforeAll(async () => {
  open = await openYoga();
});
afterAll(() => open[Symbol.asyncDispose]());

const card = '4111 1111 1111 1111';
const detect = ['PAYMENT_CARD'] as const;

function openServer(options: RedactionOptions, plugins: readonly Plugin[] = []) {
  const { schema, seen } = openClinic({ planted: card });
  const own = useRedaction({ gateway: open.gateway, sensitive: clinicCoordinates, ...options });
  const yoga = createYoga({ schema, plugins: [own as never, ...plugins], logging: false });
  return {
    seen,
    async ask(query: string, key: string | undefined = administratorKey): Promise<GraphQLAnswer> {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
      const body = JSON.stringify({ query });
      return await (await yoga.fetch('http://host/graphql', { method: 'POST', headers, body })).json();
    },
  };
}

const blocked = { code: 'CONTENT_BLOCKED', retryable: false };

describe('a rule that blocks', () => {
  const rules = [{ detect, action: 'BLOCK' }] as const;

  test('refuses the operation before anything of it is executed', async () => {
    const { ask, seen } = openServer({ rules });
    const answer = await ask(`{ ask(q: "${card}") { plain } other: ask(q: "x") { plain } }`);
    expect(answer).toEqual({
      errors: [{ message: 'The input holds what a content rule blocks: PAYMENT_CARD.', extensions: blocked }],
    });
    expect(seen).toEqual([]);
    expect((await ask('{ ask(q: "clean") { plain q } }')).errors).toBeUndefined();
  });

  test('leaves null in an answer, or where null may stand above it, and says where', async () => {
    const { ask } = openServer({ rules });
    const answer = await ask('{ patient { name papers { ... on Letter { body plain } } } list }');
    expect(answer.data).toEqual({
      patient: { name: 'plain name', papers: [{ body: null, plain: 'plain' }, {}] },
      list: null,
    });
    expect(answer.errors?.map(({ path, extensions }) => ({ path, code: extensions.code }))).toEqual([
      { path: ['patient', 'papers', 0, 'body'], code: 'CONTENT_BLOCKED' },
      { path: ['list', 1], code: 'CONTENT_BLOCKED' },
    ]);
    const above = await ask('{ patient { name code } }');
    expect(above).toMatchObject({ data: { patient: null }, errors: [{ path: ['patient', 'code'] }] });
  });

  test('tells of an error that holds what it blocks, and not what that says', async () => {
    const { errors } = await openServer({ rules }).ask('{ fails }');
    expect(errors).toMatchObject([{ path: ['fails'], extensions: { code: 'CONTENT_BLOCKED' } }]);
    expect(JSON.stringify(errors)).not.toContain('1111');
  });
});

test('a rule that only flags changes nothing, and neither does one for the other direction', async () => {
  for (const rule of [
    { detect, action: 'FLAG' },
    { detect, directions: ['OUTPUT'] },
  ] as const) {
    const { ask, seen } = openServer({ rules: [rule] });
    await ask(`{ ask(q: "${card}") { plain } }`);
    expect(seen.join()).toContain(card);
  }
  const inward = openServer({ rules: [{ detect, directions: ['INPUT'] }] });
  expect((await inward.ask('{ list }')).data.list).toContain(card);
});

test('what would be replaced where no text can stand is refused', async () => {
  const { ask, seen } = openServer({ rules: [{ detect }] });
  const answer = await ask('{ ask(count: 4111111111111111) { plain } }');
  expect(answer.errors).toMatchObject([{ extensions: { code: 'CONTENT_BLOCKED' } }]);
  expect(seen).toEqual([]);
  const schema = createSchema({
    typeDefs: 'type Query { sum: Float, sure: Float! }',
    resolvers: { Query: { sum: () => 4111111111111111, sure: () => 1 } },
  });
  const own = useRedaction({ gateway: open.gateway, rules: [{ detect }], sensitive: ['Query.sum', 'Query.sure'] });
  const yoga = createYoga({ schema, plugins: [own as never], logging: false });
  const response = await yoga.fetch('http://host/graphql?query={sum,sure}');
  expect(await response.json()).toMatchObject({ data: { sum: null, sure: 1 }, errors: [{ path: ['sum'] }] });
});

describe('whose rules hold', () => {
  const draft = (mode: 'ENFORCE' | 'MONITOR') => ({
    name: `cards ${mode}`,
    mode,
    appliesTo: [],
    rules: { content: [{ detect, action: 'REDACT', directions: ['INPUT', 'OUTPUT'], onUninspectable: 'BLOCK' }] },
  });

  async function underPolicy<T>(mode: 'ENFORCE' | 'MONITOR', run: () => Promise<T>): Promise<T> {
    const { administration, access } = open.gateway;
    const administrator = access.localAdministrator();
    const created = await administration?.policies.create(administrator, draft(mode) as never);
    try {
      return await run();
    } finally {
      await administration?.policies.delete(administrator, created?.policy.id ?? '', 1);
    }
  }

  test('those of the policies that bind the caller, without any in code; a policy that monitors changes nothing', async () => {
    const { ask } = openServer({});
    expect((await ask('{ list }')).data.list).toContain(card);
    expect((await underPolicy('ENFORCE', () => ask('{ list }'))).data.list[1]).toBe('[PAYMENT_CARD]');
    expect((await underPolicy('MONITOR', () => ask('{ list }'))).data.list).toContain(card);
  });

  test('those of the server for callers whom nobody knows; without any, they are refused', async () => {
    const anonymous = await openServer({ rules: [{ detect }] }).ask('{ list }', 'no-such-key');
    expect(anonymous.data.list[1]).toBe('[PAYMENT_CARD]');
    const refused = await openServer({}).ask('{ list }', 'no-such-key');
    expect(refused.data).toBeUndefined();
    expect(refused.errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    const public_ = await openServer({}).ask('{ patient { note } }', 'no-such-key');
    expect(public_).toEqual({ data: { patient: { note: 'plain note' } } });
  });

  test('one that comes into force while a subscription runs holds for its next event', async () => {
    const { schema } = openClinic({ planted: card });
    const own = useRedaction({ gateway: open.gateway, sensitive: clinicCoordinates });
    const getEnveloped = envelop({ plugins: [useEngine(graphqlJs), useSchema(schema), own as never] });
    const request = new Request('http://host/graphql', { headers: { authorization: `Bearer ${administratorKey}` } });
    const { parse, subscribe, contextFactory } = getEnveloped({ request });
    const document = parse('subscription { watch { patient { note code } } }');
    const events = await subscribe({ schema, document, contextValue: await contextFactory() });
    const next = async () => (await events.next()).value.data.watch.patient.code;
    expect(await next()).toBe(card);
    await underPolicy('ENFORCE', async () => expect(await next()).toBe('[PAYMENT_CARD]'));
    expect(await next()).toBe(card);
  });
});

test('outputs are held where another plugin behind it executes', async () => {
  const { schema, seen } = openClinic({ planted: card });
  const own = useRedaction({ gateway: open.gateway, rules: [{ detect }], sensitive: clinicCoordinates });
  const getEnveloped = envelop({ plugins: [own as never, useSchema(schema), useEngine(graphqlJs)] });
  const { parse, execute, subscribe, contextFactory } = getEnveloped({});
  const contextValue = await contextFactory();
  const answer = await execute({ schema, document: parse(`{ ask(q: "${card}") { q } list }`), contextValue });
  const document = parse('subscription { watch { patient { code } } }');
  const events = [];
  for await (const event of await subscribe({ schema, document, contextValue })) events.push(event);
  expect(answer.data).toMatchObject({ ask: { q: '[PAYMENT_CARD]' }, list: ['clean', '[PAYMENT_CARD]', 'clean'] });
  expect(events).toHaveLength(3);
  expect(JSON.stringify([answer, events])).not.toContain('1111');
  expect(seen.join()).not.toContain(card);
});

test('what is thrown in place of an answer, or of an event, is looked at as well', async () => {
  const { schema } = openClinic({ planted: card });
  const own = useRedaction({ gateway: open.gateway, rules: [{ detect }], sensitive: clinicCoordinates });
  const failing: Plugin = {
    onExecute: ({ setExecuteFn }) =>
      setExecuteFn(() => {
        throw new Error(`no ${card}`);
      }),
    onSubscribe: ({ setSubscribeFn }) =>
      setSubscribeFn(async function* () {
        yield { data: null };
        throw new Error(`no ${card}`);
      }),
  };
  const getEnveloped = envelop({ plugins: [useEngine(graphqlJs), useSchema(schema), failing, own as never] });
  const { parse, execute, subscribe, contextFactory } = getEnveloped({});
  const contextValue = await contextFactory();
  const withheld = /^This error is not shown/;
  await expect(execute({ schema, document: parse('{ list }'), contextValue })).rejects.toThrow(withheld);
  const document = parse('subscription { watch { q } }');
  const events = await subscribe({ schema, document, contextValue });
  await events.next();
  await expect(events.next()).rejects.toThrow(withheld);
});

test('an operation that cannot be told is refused, and not executed', async () => {
  const { ask, seen } = openServer({ rules: [{ detect }] });
  const { errors } = await ask(`query A { ask(q: "${card}") { plain } } query B { list }`);
  expect(errors?.length).toBeGreaterThan(0);
  expect(JSON.stringify(errors) + seen.join()).not.toContain('1111');
});

test('a sensitive input is not taken by GET, where it would be in a URL, unless the host says so', async () => {
  const query = encodeURIComponent('{ ask(q: "hi") { plain } }');
  const byGet = async (plugin: object) => {
    const yoga = createYoga({ schema: openClinic({ planted: card }).schema, plugins: [plugin], logging: false });
    return await (await yoga.fetch(`http://host/graphql?query=${query}`)).json();
  };
  const { gateway } = open;
  const rules = [{ detect }];
  const answer = await byGet(useRedaction({ gateway, rules, sensitive: ['Query.ask.q'] }));
  expect(answer).toMatchObject({
    errors: [{ message: expect.stringContaining('by GET'), extensions: { code: 'BAD_USER_INPUT' } }],
  });
  const content = { rules: { content: rules }, sensitive: ['Query.ask.q'] };
  expect(await byGet(useGovernance({ gateway, ...content, requests: 'HOST' }))).toEqual({
    data: { ask: { plain: null } },
  });
});

test('useGovernance takes the coordinates as well', async () => {
  const { schema } = openClinic({ planted: card });
  const own = useGovernance({ gateway: open.gateway, rules: { content: [{ detect }] }, sensitive: ['Query.list'] });
  const yoga = createYoga({ schema, plugins: [own as never], logging: false });
  const headers = { 'content-type': 'application/json' };
  const body = '{"query":"{ list }"}';
  const answer = await yoga.fetch('http://host/graphql', { method: 'POST', headers, body });
  expect(await answer.json()).toEqual({ data: { list: ['clean', '[PAYMENT_CARD]', 'clean'] } });
});

test.each([
  'Query.nothing',
  'Query.ask.nothing',
  'Query.ask(nothing:)',
  'Nothing.q',
  'query.ask',
  'Query',
  'Query.ask.q.more',
  'NoteInput.text.more',
  'NoteInput.nothing',
  'Ward.NORTH',
  'Query.ask(q)',
  'Query.constructor',
  '',
])('a coordinate that the schema lacks stops the start: %j', coordinate => {
  expect(() => openServer({ sensitive: [coordinate] })).toThrow(/^sensitive: the schema has nothing at/);
});
