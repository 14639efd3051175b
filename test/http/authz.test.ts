import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import { startRawProvider } from '../support/raw-provider.ts';
import { adminKey, providersYaml, startTestServer, type TestServer } from '../support/test-server.ts';
import { openServer } from './open-server.ts';
import { scriptedGateway } from './scripted-gateway.ts';

const closing: (() => unknown)[] = [];
let server: TestServer;
let memberKey = '';
let called: readonly unknown[];
beforeAll(async () => {
  const provider = await startRawProvider(exchange => exchange.reset());
  called = provider.requests;
  closing.push(provider.close);
  server = await startTestServer({
    yaml: providersYaml([
      { id: 'here', url: provider.url, more: '    region: eu-west-1\n' },
      { id: 'there', url: provider.url, more: '    region: us-east-1\n' },
    ]),
  });
  closing.push(server.close);
  const made = await server.graphql<{ createProject: { id: string } }>(
    'mutation { createProject(input: { name: "p", workloads: ["chat"] }) { id } }',
  );
  const key = await server.graphql<{ createApiKey: { secret: string } }>(
    'mutation ($id: ID!) { createApiKey(input: { name: "k", project: $id, role: MEMBER }) { secret } }',
    { id: made.data?.createProject.id },
  );
  memberKey = key.data?.createApiKey.secret ?? '';
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

interface Asked {
  readonly model?: string;
  readonly region?: string;
  readonly workload?: string;
  readonly key?: string | null;
  readonly method?: string;
}

async function ask({ key = adminKey, method = 'POST', ...named }: Asked = {}) {
  const headers = Object.entries(named).map(([name, value]) => [`x-tollgate-${name}`, value]);
  const response = await fetch(`${server.url}/authz`, {
    method,
    headers: { ...Object.fromEntries(headers), ...(key === null ? {} : { authorization: `Bearer ${key}` }) },
  });
  return {
    status: response.status,
    decision: response.headers.get('x-tollgate-decision'),
    code: response.headers.get('x-tollgate-code'),
    reasons: response.headers.get('x-tollgate-reasons'),
    policies: response.headers.get('x-tollgate-policies'),
    all: JSON.stringify([...response.headers]),
    body: method === 'HEAD' ? undefined : await response.json(),
  };
}

const allowed = { status: 200, decision: 'allow', code: null, reasons: null };
const denied = (code: string, reasons: string | null = null) => ({ status: 403, decision: 'deny', code, reasons });

async function withPolicy<T>(rules: string, act: () => Promise<T>, mode = 'ENFORCE'): Promise<T> {
  const { data } = await server.graphql<{ createPolicy: { policy: { id: string } } }>(
    `mutation { createPolicy(input: { name: "p", mode: ${mode}, rules: ${rules} }) { policy { id } } }`,
  );
  try {
    return await act();
  } finally {
    await server.graphql('mutation ($id: ID!) { deletePolicy(id: $id, expectedRevision: 1) { policy { id } } }', {
      id: data?.createPolicy.policy.id,
    });
  }
}

describe('leave for a model', () => {
  test.each(['GET', 'POST', 'HEAD'])('is given where no policy forbids it, by %s', async method => {
    expect(await ask({ model: 'acme/one', method })).toMatchObject(allowed);
  });

  test('is given for an endpoint, and in a region where it is served', async () => {
    expect(await ask({ model: 'acme/one@here' })).toMatchObject(allowed);
    expect(await ask({ model: 'acme/one', region: 'eu-west-1' })).toMatchObject(allowed);
    expect(await ask({ model: 'acme/one', region: 'eu' })).toMatchObject(allowed);
    expect(await ask({ model: 'acme/one@there', region: 'eu' })).toMatchObject(
      denied('NO_ELIGIBLE_ENDPOINT', 'REGION'),
    );
    expect(await ask({ model: 'acme/one', region: 'ap-south-1' })).toMatchObject(
      denied('NO_ELIGIBLE_ENDPOINT', 'REGION'),
    );
  });

  test.each([
    ['{ region: { allow: ["us"] } }', 'eu', 'REGION'],
    ['{ models: { deny: ["acme/*"] } }', undefined, 'MODEL_ACCESS'],
    ['{ models: { allowProviders: [] } }', undefined, 'PROVIDER_ACCESS'],
    ['{ retention: { provider: NONE } }', undefined, 'RETENTION'],
    ['{ region: { allow: [] }, models: { allow: [] } }', undefined, 'MODEL_ACCESS, REGION'],
  ])('is refused under %s, with what excluded it', async (rules, region, reasons) => {
    const asked = { model: 'acme/one', ...(region === undefined ? {} : { region }) };
    const answer = await withPolicy(rules, () => ask(asked));
    expect(answer).toMatchObject(denied('NO_ELIGIBLE_ENDPOINT', reasons));
    expect(answer.body).toEqual({ decision: 'deny', code: 'NO_ELIGIBLE_ENDPOINT', reasons: reasons.split(', ') });
    expect(await withPolicy(rules, () => ask(asked), 'MONITOR')).toMatchObject(allowed);
  });

  test('is decided as `route` decides', async () => {
    const rules = ['{ region: { allow: ["us"] } }', '{ models: { deny: ["acme/*"] } }', '{ limits: { maxCost: "0" } }'];
    for (const rule of rules) {
      await withPolicy(rule, async () => {
        const { data } = await server.graphql<{ route: { candidates: { status: string }[] } }>(
          '{ route(input: { model: "acme/one", maxOutputTokens: 1, messages: [{ role: USER, text: "" }] }) { candidates { status } } }',
        );
        const isOpen = data?.route.candidates.some(({ status }) => status !== 'EXCLUDED');
        expect([rule, (await ask({ model: 'acme/one' })).status]).toEqual([rule, isOpen === true ? 200 : 403]);
      });
    }
  });

  test('is refused to who does not say who asks, and for what', async () => {
    for (const key of [null, 'nobody']) {
      expect(await ask({ model: 'acme/one', key })).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
    }
    expect(await ask()).toMatchObject(denied('BAD_USER_INPUT'));
    for (const model of ['auto', 'x'.repeat(300)]) expect(await ask({ model })).toMatchObject(denied('BAD_USER_INPUT'));
    const message = 'x-tollgate-model: must name a model, an endpoint or an alias other than auto';
    for (const { body } of [await ask(), await ask({ model: 'auto' })]) {
      expect(body).toEqual({ decision: 'deny', code: 'BAD_USER_INPUT', reasons: [], message });
    }
    expect(await ask({ model: 'acme/two' })).toMatchObject(denied('NOT_FOUND'));
    expect(await ask({ model: 'acme/one, acme/one' })).toMatchObject(denied('NOT_FOUND'));
    expect(await ask({ model: 'acme/one', workload: 'a b' })).toMatchObject(denied('BAD_USER_INPUT'));
  });

  test('is given for the workloads of a key alone', async () => {
    expect(await ask({ model: 'acme/one', workload: 'chat', key: memberKey })).toMatchObject(allowed);
    expect(await ask({ model: 'acme/one', workload: 'other', key: memberKey })).toMatchObject(denied('FORBIDDEN'));
  });

  test('names the policies that bind the caller by revision, and no key to anybody', async () => {
    await withPolicy('{ models: { allow: ["acme/*"] } }', async () => {
      const seen = await ask({ model: 'acme/one' });
      expect(seen.policies).toMatch(/^[\w-]+@1$/);
      const bound = await ask({ model: 'acme/one', workload: 'chat', key: memberKey });
      expect([bound.status, bound.policies]).toEqual([200, seen.policies]);
      for (const { all, body } of [seen, bound]) {
        expect(`${all}${JSON.stringify(body)}`).not.toMatch(/key-of-|127\.0\.0\.1|an-administrator-key/);
      }
    });
  });

  test('calls no provider, reserves nothing of a budget and books nothing', async () => {
    const budget = '{ budgets: [{ name: "b", limit: "0.000001", window: DAY }] }';
    await withPolicy(budget, async () => {
      for (let at = 0; at < 20; at += 1) expect(await ask({ model: 'acme/one' })).toMatchObject(allowed);
      const { data } = await server.graphql(
        '{ usage { total { requests } } effectivePolicy { budgets { reserved } } }',
      );
      expect(data).toEqual({ usage: { total: { requests: 0 } }, effectivePolicy: { budgets: [{ reserved: '0' }] } });
    });
    expect(called).toHaveLength(0);
  });
});

test.each([
  ['the policies cannot be confirmed', new GatewayError('STORE_UNAVAILABLE', 'away'), 'STORE_UNAVAILABLE'],
  ['something else is wrong', new Error('secret'), 'INTERNAL'],
])('nobody is let through where %s', async (_, fault, code) => {
  const { gateway } = scriptedGateway();
  const route = () => {
    throw fault;
  };
  const opened = await openServer({ gateway: { ...gateway, route } });
  try {
    const headers = { authorization: `Bearer ${opened.key}`, 'x-tollgate-model': 'acme/wise' };
    const response = await fetch(`${opened.server.url}/authz`, { headers });
    expect([response.status, response.headers.get('x-tollgate-code')]).toEqual([503, code]);
    expect(await response.text()).not.toContain('secret');
  } finally {
    await opened.close();
  }
});

test('a policy that the caller may not see is not named', async () => {
  const { gateway } = scriptedGateway();
  const policies = ['seen', 'hidden'].map(policyId => ({ policyId, revision: 3 }));
  const route = () => ({ candidates: [], policies, findings: [], workload: 'default' });
  const opened = await openServer({ gateway: { ...gateway, route }, visiblePolicies: async () => new Set(['seen']) });
  try {
    const headers = { authorization: `Bearer ${opened.key}`, 'x-tollgate-model': 'acme/wise' };
    const response = await fetch(`${opened.server.url}/authz`, { headers });
    expect([response.status, response.headers.get('x-tollgate-policies')]).toEqual([403, 'seen@3']);
  } finally {
    await opened.close();
  }
});
