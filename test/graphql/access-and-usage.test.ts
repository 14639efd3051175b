import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTollgateYoga } from '../../src/graphql/create-yoga.ts';
import { administratorKey, type OpenYoga, openYoga } from './open-yoga.ts';

let server: OpenYoga;
let memberKey: string;
let projectId: string;
let otherId: string;

const createProject =
  'mutation ($input: ProjectInput!) { createProject(input: $input) { id name parent { id } workloads } }';
const createKey = `mutation ($input: ApiKeyInput!) {
  createApiKey(input: $input) { secret apiKey { id prefix role createdAt expiresAt revokedAt project { id } } }
}`;
const complete = 'mutation Ask($input: CompleteInput!) { complete(input: $input) { id status usage { cost } } }';
const input = {
  model: 'test/echo',
  messages: [{ role: 'USER', text: 'hello' }],
  labels: [{ name: 'team', value: 'a' }],
};

beforeAll(async () => {
  server = await openYoga();
  const tenant = await server.ask(createProject, { input: { name: 'tenant' } });
  const project = await server.ask(createProject, { input: { name: 'search', parent: tenant.data.createProject.id } });
  projectId = project.data.createProject.id;
  expect(project.data.createProject.parent.id).toBe(tenant.data.createProject.id);
  otherId = (await server.ask(createProject, { input: { name: 'other tenant' } })).data.createProject.id;
  const key = await server.ask(createKey, { input: { name: 'ci', project: projectId } });
  memberKey = key.data.createApiKey.secret;
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

describe('access', () => {
  test('viewer says who is asking, and what binds it', async () => {
    const query = `{ viewer { user project { id } apiKey { name prefix } roles { role project { id } }
      effectivePolicy { contributions { mode } unenforceable budgets { name } } } }`;
    const { data, errors } = await server.ask(query, {}, memberKey);
    expect(errors).toBeUndefined();
    expect(data.viewer).toMatchObject({
      user: null,
      project: { id: projectId },
      apiKey: { name: 'ci', prefix: memberKey.slice(0, data.viewer.apiKey.prefix.length) },
      roles: [{ role: 'MEMBER', project: { id: projectId } }],
      effectivePolicy: { contributions: [], unenforceable: [], budgets: [] },
    });
  });

  test('nothing crosses tenants: another one’s project is not there', async () => {
    const query = 'query ($id: ID!) { project(id: $id) { id } projects { nodes { id } } }';
    const { data } = await server.ask(query, { id: otherId }, memberKey);
    expect(data.project).toBeNull();
    expect(data.projects.nodes.map((node: { readonly id: string }) => node.id)).not.toContain(otherId);
    const seen = await server.ask(query, { id: otherId });
    expect(seen.data.project).toEqual({ id: otherId });
  });

  test('a member makes no keys and no projects', async () => {
    const key = await server.ask(createKey, { input: { name: 'x', project: projectId } }, memberKey);
    expect(['FORBIDDEN', 'NOT_FOUND']).toContain(key.errors?.[0]?.extensions.code);
    const project = await server.ask(createProject, { input: { name: 'x' } }, memberKey);
    expect(project.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  });

  test('a revoked key is refused from then on', async () => {
    const made = await server.ask(createKey, { input: { name: 'short', project: projectId } });
    const { secret, apiKey } = made.data.createApiKey;
    expect((await server.ask('{ viewer { apiKey { id } } }', {}, secret)).data.viewer.apiKey.id).toBe(apiKey.id);
    const revoked = await server.ask('mutation ($id: ID!) { revokeApiKey(id: $id) { id revokedAt } }', {
      id: apiKey.id,
    });
    expect(revoked.data.revokeApiKey.revokedAt).toMatch(/^\d{4}-/);
    const refused = await server.ask('{ viewer { apiKey { id } } }', {}, secret);
    expect(refused.errors?.[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED', retryable: false });
  });

  test('keys of a project are listed a page at a time, without their secrets', async () => {
    const query =
      'query ($id: ID!, $after: String) { project(id: $id) { apiKeys(first: 1, after: $after) { pageInfo { hasNextPage endCursor } nodes { name project { id } } } } }';
    const first = await server.ask(query, { id: projectId });
    expect(first.data.project.apiKeys.pageInfo.hasNextPage).toBe(true);
    const second = await server.ask(query, { id: projectId, after: first.data.project.apiKeys.pageInfo.endCursor });
    expect(second.data.project.apiKeys.nodes[0].project.id).toBe(projectId);
    expect(second.data.project.apiKeys.nodes).not.toEqual(first.data.project.apiKeys.nodes);
    const garbage = await server.ask(query, { id: projectId, after: 'garbage' });
    expect(garbage.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });

  test.each([
    ['name', { name: '' }],
    ['expiresAt', { name: 'x', expiresAt: '2020-01-01T00:00:00Z' }],
    ['workloads.0', { name: 'x', workloads: ['with space'] }],
  ])('a key with a wrong %s is refused with its place', async (member, wrong) => {
    const { errors } = await server.ask(createKey, { input: { project: projectId, ...wrong } });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', inputPath: `input.${member}` });
  });

  test.each([
    'viewer { user }',
    'models { totalCount }',
    'model(id: "test/echo") { id }',
    'providers { id }',
    'completions { nodes { id } }',
    'route(input: { messages: [] }) { workload }',
  ])('without a key nothing is told: %s', async field => {
    const response = await server.post({ query: `{ ${field} }` }, { key: undefined });
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  });
});

test('what is looked up by id is looked up once for a whole answer', async () => {
  const lookups: (readonly string[])[] = [];
  const { access } = server.gateway;
  const { yoga } = createTollgateYoga({
    gateway: server.gateway,
    access: {
      ...access,
      projects(by, ids) {
        lookups.push(ids);
        return access.projects(by, ids);
      },
    },
  });
  const response = await yoga.fetch('http://localhost/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${administratorKey}` },
    body: JSON.stringify({
      query: '{ projects { nodes { id parent { name } apiKeys { nodes { project { name } } } } } }',
    }),
  });
  expect(await response.json()).not.toHaveProperty('errors');
  expect(lookups.flat().length).toBe(new Set(lookups.flat()).size);
  expect(lookups.length).toBeLessThanOrEqual(2);
});

describe('usage', () => {
  test('adds up what was completed, by dimension and by label, for those who may see it', async () => {
    const run = await server.ask(complete, { input }, memberKey);
    expect(run.data.complete.status).toBe('FINISHED');
    const query = `query ($filter: UsageFilter) {
      usage(filter: $filter, groupBy: [PROJECT, MODEL, PROVIDER], groupByLabels: ["team"], interval: DAY) {
        total { requests cost } groups { keys { dimension label value } project { name } model { id } provider { vendor } total { requests } series { at } } series { total { requests } }
      }
      completions(filter: $filter, first: 5) { nodes { id workload } pageInfo { hasNextPage } }
    }`;
    const { data, errors } = await server.ask(query, { filter: { projects: [projectId] } }, memberKey);
    expect(errors).toBeUndefined();
    expect(data.usage.total).toEqual({ requests: 1, cost: run.data.complete.usage.cost });
    expect(data.usage.groups[0]).toMatchObject({
      project: { name: 'search' },
      model: { id: 'test/echo' },
      provider: { vendor: 'acme' },
      total: { requests: 1 },
    });
    expect(data.usage.groups[0].keys).toContainEqual({ dimension: null, label: 'team', value: 'a' });
    expect(data.usage.series).toHaveLength(1);
    expect(data.completions.nodes).toEqual([{ id: run.data.complete.id, workload: 'Ask' }]);

    const elsewhere = await server.ask('query ($id: ID!) { project(id: $id) { usage { requests } } }', { id: otherId });
    expect(elsewhere.data.project.usage.requests).toBe(0);
  });

  test.each([
    ['first: 0', 'first'],
    ['groupBy: [MODEL, MODEL]', 'groupBy'],
    ['groupByLabels: ["a", "b", "c", "d", "e"]', 'groupByLabels'],
    ['filter: { from: "2026-02-01T00:00:00Z", to: "2026-01-01T00:00:00Z" }', 'filter.to'],
  ])('refuses usage(%s)', async (given, path) => {
    const { errors } = await server.ask(`{ usage(${given}) { total { requests } } }`);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', inputPath: path });
  });
});
