import OpenAI, { APIError } from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adminKey, startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

interface Made {
  readonly project: string;
  readonly key: string;
}

async function makeProject(name: string, rules: unknown): Promise<Made> {
  const created = await server.graphql<{ createProject: { id: string } }>(
    'mutation ($name: String!) { createProject(input: { name: $name }) { id } }',
    { name },
  );
  const project = created.data?.createProject.id ?? '';
  const issued = await server.graphql<{ createApiKey: { secret: string } }>(
    'mutation ($project: ID!) { createApiKey(input: { name: "k", project: $project }) { secret } }',
    { project },
  );
  const written = await server.graphql(
    `mutation ($project: ID!, $rules: PolicyRulesInput!) {
      createPolicy(input: { name: "limits", appliesTo: [{ project: $project }], rules: $rules }) { policy { id } } }`,
    { project, rules },
  );
  expect(written.errors).toBeUndefined();
  return { project, key: issued.data?.createApiKey.secret ?? '' };
}

const complete = `mutation ($most: Int) { complete(input: { model: "sandbox/echo", maxOutputTokens: $most,
  messages: [{ role: USER, text: "Say hello" }] }) {
  status usage { cost }
  error { code message retryable retryAfterMs limitedBy { rule name per unit limit remaining resetsAt policy { name } } } } }`;

interface Completed {
  readonly complete: {
    readonly status: string;
    readonly usage: { readonly cost: string };
    readonly error?: { readonly code: string; readonly limitedBy: Record<string, unknown> };
  };
}

const states =
  '{ effectivePolicy { budgets { name limit spent reserved remaining overdrawn resetsAt policy { name } } } }';

describe('over GraphQL', () => {
  test('a caller sees what is left of each budget, spends it, and is told by which rule it is refused', async () => {
    const { key } = await makeProject('spender', {
      budgets: [{ name: 'month', limit: '0.000003', window: 'MONTH', per: 'API_KEY' }],
    });
    const first = await server.graphql<Completed>(complete, { most: 2 }, key);
    expect(first.data?.complete).toMatchObject({ status: 'FINISHED', usage: { cost: '0.000001' } });
    const seen = await server.graphql(states, {}, key);
    expect(seen.data).toMatchObject({
      effectivePolicy: {
        budgets: [
          {
            name: 'month',
            limit: '0.000003',
            spent: '0.000001',
            reserved: '0',
            remaining: '0.000002',
            overdrawn: '0',
            policy: { name: 'limits' },
          },
        ],
      },
    });
    const refused = await server.graphql<Completed>(complete, { most: 4000 }, key);
    expect(refused.data?.complete).toMatchObject({
      status: 'REFUSED',
      error: {
        code: 'BUDGET_EXCEEDED',
        retryable: false,
        limitedBy: {
          rule: 'BUDGETS',
          name: 'month',
          per: 'API_KEY',
          unit: 'DOLLARS',
          limit: '0.000003',
          remaining: '0.000002',
          policy: { name: 'limits' },
        },
      },
    });
    expect(new Date(String(refused.data?.complete.error?.limitedBy['resetsAt'])).getTime()).toBeGreaterThan(Date.now());
  });

  test('what was spent is known after a restart', async () => {
    const { key } = await makeProject('lasting', {
      budgets: [{ name: 'all', limit: '0.000003', window: 'TOTAL', per: 'PROJECT' }],
    });
    const { data: before } = await server.graphql<Completed>(complete, { most: 2 }, key);
    const again = await startAgain();
    try {
      const spent = before?.complete.usage.cost;
      const { data } = await again.graphql(states, {}, key);
      expect(data).toMatchObject({ effectivePolicy: { budgets: [{ spent, reserved: '0' }] } });
      const refused = await again.graphql<Completed>(complete, { most: 4000 }, key);
      expect(refused.data?.complete.error?.code).toBe('BUDGET_EXCEEDED');
    } finally {
      await again.close();
      server = await startTestServer({ stateDir: again.stateDir });
    }
  });
});

/** The same state, in a server of its own. */
async function startAgain(): Promise<TestServer> {
  const { stateDir } = server;
  await server.stop({ acceptMs: 0, finishMs: 0 });
  return await startTestServer({ stateDir });
}

describe('over the OpenAI API', () => {
  test('headers say what is left, and a refusal when to come back', async () => {
    const { key } = await makeProject('caller', { rateLimits: [{ requests: 2, tokens: 100000, window: 'PT1M' }] });
    const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: key, maxRetries: 0 });
    const body = { model: 'sandbox/echo', messages: [{ role: 'user' as const, content: 'Say hello' }], max_tokens: 10 };
    const { response } = await client.chat.completions.create(body).withResponse();
    expect(response.headers.get('x-ratelimit-limit-requests')).toBe('2');
    expect(response.headers.get('x-ratelimit-remaining-requests')).toBe('1');
    expect(response.headers.get('x-ratelimit-reset-requests')).toMatch(/^\d+s$/);
    expect(response.headers.get('x-ratelimit-limit-tokens')).toBe('100000');
    const streamed = await client.chat.completions.create({ ...body, stream: true }).withResponse();
    expect(streamed.response.headers.get('x-ratelimit-remaining-requests')).toBe('0');
    for await (const _ of streamed.data);
    const refusal: unknown = await client.chat.completions.create(body).catch((fault: unknown) => fault);
    if (!(refusal instanceof APIError)) throw new Error('the third request was not refused');
    expect(refusal.status).toBe(429);
    expect(refusal.code).toBe('rate_limit_exceeded');
    expect(Number(refusal.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refusal.headers.get('x-ratelimit-remaining-requests')).toBe('0');
    expect(refusal.error).toMatchObject({
      metadata: { limited_by: { rule: 'RATE_LIMITS', unit: 'REQUESTS', limit: '2' } },
    });
  });

  test('a budget that is used up is "insufficient_quota"', async () => {
    const { key } = await makeProject('broke', { budgets: [{ name: 'none', limit: '0', window: 'TOTAL' }] });
    const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: key, maxRetries: 0 });
    const body = { model: 'sandbox/echo', messages: [{ role: 'user' as const, content: 'Say hello' }] };
    const refusal: unknown = await client.chat.completions.create(body).catch((fault: unknown) => fault);
    if (!(refusal instanceof APIError)) throw new Error('the request was not refused');
    expect([refusal.status, refusal.code]).toEqual([402, 'insufficient_quota']);
    expect(refusal.error).toMatchObject({
      metadata: { limited_by: { rule: 'BUDGETS', name: 'none', remaining: '0' } },
    });
  });
});

test('control: the administrator, whom no policy binds, is not limited', async () => {
  for (let turn = 0; turn < 3; turn += 1) {
    const { data } = await server.graphql<Completed>(complete, { most: 100 }, adminKey);
    expect(data?.complete.status).toBe('FINISHED');
  }
});
