import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const root = resolve(import.meta.dirname, '../..');
let server: TestServer;
let project: string;

beforeAll(async () => {
  server = await startTestServer();
  const { data } = await server.graphql<{ createProject: { id: string } }>(
    'mutation { createProject(input: { name: "pilot" }) { id } }',
  );
  project = data?.createProject.id ?? '';
});
afterAll(() => server.close());

const examples = ['docs/policies.md', 'docs/audit.md'].flatMap(page => {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(/```graphql\n([\s\S]*?)```/g)].map(([, query = ''], index) => ({
    page,
    number: index + 1,
    query,
  }));
});

test('every rule of the documentation has an example', () => {
  const written = examples.map(({ query }) => query).join('');
  for (const rule of ['region', 'retention', 'models', 'limits', 'content', 'budgets', 'rateLimits'])
    expect(written).toContain(`${rule}: `);
});

test.each(examples)('$page, example $number can be pasted as it is', async ({ query }) => {
  const { data, errors } = await server.graphql(query, query.includes('$project') ? { project } : {});
  expect(errors).toBeUndefined();
  expect(data).not.toBeNull();
});
