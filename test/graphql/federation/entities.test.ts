import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { printTollgateSubgraph } from '../../../src/graphql/federation/tollgate-subgraph.ts';
import type { AccessControl } from '../../../src/identity/access-control.ts';
import { openServer } from '../../http/open-server.ts';
import { administratorKey, type OpenYoga, openYoga } from '../open-yoga.ts';

let open: OpenYoga;
beforeAll(async () => {
  open = await openYoga();
});
afterAll(() => open[Symbol.asyncDispose]());

const find =
  'query ($of: [_Any!]!) { _entities(representations: $of) { __typename ... on Project { id name } ... on ApiKey { id } ... on Completion { id status } ... on Policy { id } ... on Model { id } ... on Endpoint { id } ... on Provider { id } } }';
const entities = (of: readonly object[], key: string | undefined = administratorKey) => open.ask(find, { of }, key);

interface Tenant {
  readonly key: string;
  /** One of each kind that belongs to it. */
  readonly own: readonly { readonly __typename: string; readonly id: string }[];
}

async function makeTenant(name: string): Promise<Tenant> {
  const { data: made } = await open.ask(`mutation { createProject(input: { name: "${name}" }) { id } }`);
  const project = made.createProject.id as string;
  const create =
    'mutation ($project: ID!) { createApiKey(input: { name: "admin", project: $project, role: ADMIN }) { secret apiKey { id } } }';
  const { data: keyed } = await open.ask(create, { project });
  const key = keyed.createApiKey.secret as string;
  const complete =
    'mutation { complete(input: { model: "test/echo", messages: [{ role: USER, text: "hi" }] }) { id } }';
  const completed = await open.ask(complete, undefined, key);
  const policy = await open.ask(
    'mutation { createPolicy(input: { name: "p", rules: { limits: { maxInputTokens: 1000 } } }) { policy { id } } }',
    undefined,
    key,
  );
  return {
    key,
    own: [
      { __typename: 'Project', id: project },
      { __typename: 'ApiKey', id: keyed.createApiKey.apiKey.id },
      { __typename: 'Completion', id: completed.data.complete.id },
      { __typename: 'Policy', id: policy.data.createPolicy.policy.id },
    ],
  };
}

describe('entities', () => {
  test('are found by their keys, each kind of the schema', async () => {
    const { key, own } = await makeTenant('found');
    const shared = [
      { __typename: 'Model', id: 'test/echo' },
      { __typename: 'Endpoint', id: 'test/echo@sim' },
      { __typename: 'Provider', id: 'sim' },
    ];
    const { data, errors } = await entities([...own, ...shared], key);
    expect(errors).toBeUndefined();
    expect(data._entities).toMatchObject([...own, ...shared]);
    const kinds = [...printTollgateSubgraph().matchAll(/^type (\w+) .*@key/gm)].map(([, name]) => name);
    expect([...own, ...shared].map(({ __typename }) => __typename).sort()).toEqual(kinds.sort());
  });

  test('of another tenant are null as those that are not there, and no error tells', async () => {
    const [mine, others] = await Promise.all([makeTenant('mine'), makeTenant('others')]);
    const absent = others.own.map(entity => ({ ...entity, id: '00000000-0000-7000-8000-000000000000' }));
    expect(await entities(others.own, mine.key)).toEqual({ data: { _entities: [null, null, null, null] } });
    expect(await entities(absent, mine.key)).toEqual({ data: { _entities: [null, null, null, null] } });
    // The control: who may see them does.
    expect((await entities(others.own)).data._entities).toMatchObject(others.own);
  });

  test('are found for nobody without a credential', async () => {
    const answer = await open.post(
      { query: find, variables: { of: [{ __typename: 'Model', id: 'test/echo' }] } },
      { key: undefined },
    );
    const { data, errors } = (await answer.json()) as { data: unknown; errors: { extensions: { code: string } }[] };
    expect(data).toBeNull();
    expect(errors[0]?.extensions.code).toBe('UNAUTHENTICATED');
  });

  test('that are asked for wrongly fail alone, and say nothing of what was sent', async () => {
    const wrong = [
      { __typename: 'Nothing', id: '1' },
      { id: 'planted' },
      'planted',
      { __typename: 'Project' },
      { __typename: 'Project', id: { planted: true } },
      { __typename: 'constructor', id: '1' },
      { __typename: 'Viewer', id: '1' },
      { __typename: 'Project', id: 'x'.repeat(600) },
    ] as readonly object[];
    const { data, errors = [] } = await entities([...wrong, { __typename: 'Project', id: 'default' }]);
    expect(data._entities).toEqual([
      ...wrong.map(() => null),
      { __typename: 'Project', id: 'default', name: 'default' },
    ]);
    expect(errors.map(({ path }) => path)).toEqual(wrong.map((_, index) => ['_entities', index]));
    expect(new Set(errors.map(({ extensions }) => extensions.code))).toEqual(new Set(['BAD_USER_INPUT']));
    expect(JSON.stringify(errors)).not.toContain('planted');
  });

  test('are at most a hundred at a time', async () => {
    const of = (count: number) => Array.from({ length: count }, () => ({ __typename: 'Project', id: 'default' }));
    expect((await entities(of(100))).data._entities).toHaveLength(100);
    const { data, errors } = await entities(of(101));
    expect(data).toBeNull();
    expect(errors?.[0]).toMatchObject({
      extensions: { code: 'BAD_USER_INPUT' },
      message: 'representations: at most 100 are taken at a time, not 101',
    });
  });

  test('are looked up in one batch for each kind', async () => {
    const { gateway } = open;
    const lookups: number[] = [];
    const access: AccessControl = {
      ...gateway.access,
      projects(by, ids) {
        lookups.push(ids.length);
        return gateway.access.projects(by, ids);
      },
    };
    await using counted = await openYoga({ gateway, access });
    const of = Array.from({ length: 50 }, (_, index) => ({ __typename: 'Project', id: `p${index}` }));
    await counted.ask(find, { of });
    expect(lookups).toEqual([50]);
  });

  test('are not asked for by GET: what is sent of them may be shown to a model', async () => {
    const params = new URLSearchParams({ query: find, variables: '{"of":[]}' });
    const handler = await openServer();
    const headers = { authorization: `Bearer ${handler.key}` };
    const response = await fetch(`${handler.server.url}/graphql?${params}`, { headers });
    expect(response.status).toBe(405);
    const harmless = new URLSearchParams({ query: '{ __typename }' });
    expect((await fetch(`${handler.server.url}/graphql?${harmless}`, { headers })).status).toBe(200);
    await handler.close();
  });
});

describe('the SDL', () => {
  const query = '{ _service { sdl } }';

  test('is what the command prints, and is told to callers only', async () => {
    expect((await open.ask(query)).data._service.sdl.trim()).toBe(printTollgateSubgraph().trim());
    const refused = await (await open.post({ query }, { key: undefined })).json();
    expect(refused).toMatchObject({ data: null, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  });

  test('is told to everybody where an administrator says so, and entities are not', async () => {
    await using opened = await openYoga({ federation: { sdl: 'OPEN' } });
    const answer = (await (await opened.post({ query }, { key: undefined })).json()) as {
      data: { _service: { sdl: string } };
    };
    expect(answer.data._service.sdl).toContain('@link(url: "https://specs.apollo.dev/federation/v2.9"');
    const refused = await opened.post({ query: find, variables: { of: [] } }, { key: undefined });
    expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  });
});

test('the events of a stream that come often carry no entity, which would cost a router a look-up each', () => {
  const sdl = printTollgateSubgraph();
  for (const delta of ['TextDelta', 'ReasoningDelta', 'RefusalDelta', 'ToolCallDelta']) {
    const [, fields = ''] = new RegExp(`^type ${delta} [^{]*{([^}]*)}`, 'm').exec(sdl) ?? [];
    const types = [...fields.matchAll(/: \[?(\w+)/g)].map(([, type]) => type);
    expect(types.length).toBeGreaterThan(2);
    expect(types.filter(type => !['ID', 'Int', 'String'].includes(type ?? ''))).toEqual([]);
  }
});
