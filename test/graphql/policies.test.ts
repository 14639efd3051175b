import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { answerWith } from '../support/openai-bytes.ts';
import { type RawProvider, startRawProvider } from '../support/raw-provider.ts';
import { providersYaml, startTestServer, type TestServer } from '../support/test-server.ts';

let provider: RawProvider;
let server: TestServer;
/** Keys: administrators of two tenants, an auditor and a member of the first, an administrator of a project below it. */
const keys: Record<'bank' | 'shop' | 'auditor' | 'member' | 'desk', string> = {
  bank: '',
  shop: '',
  auditor: '',
  member: '',
  desk: '',
};
const ids: Record<'bank' | 'shop' | 'desk', string> = { bank: '', shop: '', desk: '' };

beforeAll(async () => {
  provider = await startRawProvider(exchange => answerWith(exchange, 'Hello'));
  server = await startTestServer({
    yaml: providersYaml([{ id: 'acme', url: provider.url, more: '    region: eu-west-1' }]),
  });
  const project = async (name: string, parent?: string, workloads?: readonly string[]) =>
    (
      await ask<{ createProject: { id: string } }>(
        'mutation ($input: ProjectInput!) { createProject(input: $input) { id } }',
        {
          input: {
            name,
            ...(parent === undefined ? {} : { parent }),
            ...(workloads === undefined ? {} : { workloads }),
          },
        },
      )
    ).createProject.id;
  const key = async (of: string, role: string) =>
    (
      await ask<{ createApiKey: { secret: string } }>(
        'mutation ($input: ApiKeyInput!) { createApiKey(input: $input) { secret } }',
        { input: { name: role, project: of, role } },
      )
    ).createApiKey.secret;
  ids.bank = await project('bank');
  ids.shop = await project('shop');
  ids.desk = await project('desk', ids.bank, ['chat', 'batch']);
  keys.bank = await key(ids.bank, 'ADMIN');
  keys.shop = await key(ids.shop, 'ADMIN');
  keys.auditor = await key(ids.bank, 'AUDITOR');
  keys.member = await key(ids.bank, 'MEMBER');
  keys.desk = await key(ids.desk, 'ADMIN');
});

afterAll(async () => {
  await server.close();
  await provider.close();
});

async function ask<T>(query: string, variables: Record<string, unknown> = {}, key?: string): Promise<T> {
  const { data, errors } = await server.graphql<T>(query, variables, key);
  if (errors !== undefined || data === undefined || data === null) throw new Error(JSON.stringify(errors));
  return data;
}

async function refusal(query: string, variables: Record<string, unknown>, key?: string) {
  const { errors } = await server.graphql(query, variables, key);
  return errors?.[0]?.extensions;
}

const policyFields = `id name mode revision updatedBy appliesTo { project { id } user role workload }
  rules { region { allow deny cutStreams } models { allow } limits { maxCost maxInputTokens }
    retention { provider gatewayContent } content { detect action directions onUninspectable } }`;
const create = `mutation ($input: PolicyInput!) { createPolicy(input: $input) {
  policy { ${policyFields} } warnings { path message } appliedNodes pendingNodes } }`;
const update = `mutation ($id: ID!, $patch: PolicyPatch!, $expectedRevision: Int!) {
  updatePolicy(id: $id, patch: $patch, expectedRevision: $expectedRevision) { policy { ${policyFields} } } }`;
const remove = `mutation ($id: ID!, $revision: Int!) { deletePolicy(id: $id, expectedRevision: $revision) { policy { id } } }`;

interface Written {
  readonly policy: { readonly id: string; readonly revision: number; readonly rules: Record<string, unknown> } & Record<
    string,
    unknown
  >;
  readonly warnings: readonly { readonly path: string }[];
  readonly appliedNodes: readonly string[];
  readonly pendingNodes: readonly string[];
}

async function write(input: Record<string, unknown>, key: string): Promise<Written> {
  return (await ask<{ createPolicy: Written }>(create, { input }, key)).createPolicy;
}

const complete = async (key: string, input: Record<string, unknown> = {}) =>
  (
    await ask<{
      complete: {
        status: string;
        error: {
          code: string;
          excludedBy: readonly { code: string; policy: { id: string } | null; decisive: boolean }[];
        } | null;
      };
    }>(
      'mutation ($input: CompleteInput!) { complete(input: $input) { status error { code excludedBy { code decisive policy { id } } } } }',
      { input: { model: 'acme/one', messages: [{ role: 'USER', text: 'Hi' }], ...input } },
      key,
    )
  ).complete;

describe('a policy', () => {
  test('is in force at once, for its tenant alone, and is gone once it is deleted', async () => {
    const { policy, appliedNodes, pendingNodes } = await write(
      { name: 'US only', rules: { region: { allow: ['us'] } } },
      keys.bank,
    );
    expect([policy.revision, appliedNodes.length, pendingNodes]).toEqual([1, 1, []]);
    const refused = await complete(keys.member);
    expect(refused).toMatchObject({
      status: 'REFUSED',
      error: {
        code: 'NO_ELIGIBLE_ENDPOINT',
        excludedBy: [{ code: 'REGION', decisive: true, policy: { id: policy.id } }],
      },
    });
    expect((await complete(keys.desk, { workload: 'chat' })).status).toBe('REFUSED');
    expect((await complete(keys.shop)).status).toBe('FINISHED');
    await ask(remove, { id: policy.id, revision: 1 }, keys.bank);
    expect((await complete(keys.member)).status).toBe('FINISHED');
  });

  test('of a project below binds there alone, and loosens nothing that is set higher up', async () => {
    const lower = await write({ name: 'EU', rules: { region: { allow: ['eu'] } } }, keys.desk);
    const upper = await write({ name: 'US', rules: { region: { allow: ['us'] } } }, keys.bank);
    expect((await complete(keys.desk, { workload: 'chat' })).status).toBe('REFUSED');
    await ask(remove, { id: upper.policy.id, revision: 1 }, keys.bank);
    expect((await complete(keys.desk, { workload: 'chat' })).status).toBe('FINISHED');
    await ask(remove, { id: lower.policy.id, revision: 1 }, keys.bank);
  });

  test('is patched: what is left out stays, null removes, also inside a rule', async () => {
    const rules = {
      region: { allow: ['eu'], deny: ['gb'] },
      models: { allow: ['acme/*'] },
      limits: { maxCost: '0.5', maxInputTokens: 9 },
    };
    const { policy } = await write({ name: 'Many', rules }, keys.bank);
    const patch = { name: 'Fewer', rules: { region: { deny: null }, models: null, limits: { maxInputTokens: 8 } } };
    const { updatePolicy } = await ask<{ updatePolicy: Written }>(
      update,
      { id: policy.id, patch, expectedRevision: 1 },
      keys.bank,
    );
    expect(updatePolicy.policy).toMatchObject({
      name: 'Fewer',
      revision: 2,
      rules: { region: { allow: ['eu'], deny: null }, models: null, limits: { maxCost: '0.5', maxInputTokens: 8 } },
    });
    expect(await refusal(update, { id: policy.id, patch, expectedRevision: 1 }, keys.bank)).toMatchObject({
      code: 'CONFLICT',
    });
    const { restorePolicy } = await ask<{ restorePolicy: Written }>(
      `mutation ($id: ID!) { restorePolicy(id: $id, revision: 1, expectedRevision: 2) { policy { ${policyFields} } } }`,
      { id: policy.id },
      keys.bank,
    );
    expect(restorePolicy.policy).toMatchObject({
      revision: 3,
      rules: { region: { deny: ['gb'] }, models: { allow: ['acme/*'] } },
    });
    const { policy: read } = await ask<{
      policy: { revisions: { nodes: readonly { revision: number; by: string }[] } };
    }>('query ($id: ID!) { policy(id: $id) { revisions { nodes { revision by } } } }', { id: policy.id }, keys.auditor);
    expect(read.revisions.nodes.map(({ revision }) => revision)).toEqual([3, 2, 1]);
    expect(read.revisions.nodes[0]?.by).toMatch(/^api-key:/);
    await ask(remove, { id: policy.id, revision: 3 }, keys.bank);
  });

  test('warns of patterns that match nothing', async () => {
    const rules = { models: { allow: ['acme/*', 'nobody/*'] }, region: { deny: ['atlantis'] } };
    const { policy, warnings } = await write({ name: 'Typo', mode: 'DISABLED', rules }, keys.bank);
    expect(warnings.map(({ path }) => path)).toEqual(['rules.region.deny.0', 'rules.models.allow.1']);
    await ask(remove, { id: policy.id, revision: 1 }, keys.bank);
  });

  test('under MONITOR lets pass, and says what it would have excluded', async () => {
    const { policy } = await write({ name: 'Trial', mode: 'MONITOR', rules: { region: { allow: ['us'] } } }, keys.bank);
    const { route } = await ask<{ route: { candidates: readonly unknown[] } }>(
      'query ($input: CompleteInput!) { route(input: $input) { candidates { status exclusions { code enforced policy { id } revision } } policies { revision policy { name } } } }',
      { input: { model: 'acme/one', messages: [{ role: 'USER', text: 'Hi' }] } },
      keys.member,
    );
    expect(route).toMatchObject({
      candidates: [
        {
          status: 'SELECTED',
          exclusions: [{ code: 'REGION', enforced: false, policy: { id: policy.id }, revision: 1 }],
        },
      ],
      policies: [{ revision: 1, policy: { name: 'Trial' } }],
    });
    expect((await complete(keys.member)).status).toBe('FINISHED');
    await ask(remove, { id: policy.id, revision: 1 }, keys.bank);
  });
});

const refused: readonly (readonly [what: string, rules: Record<string, unknown>, code: string, path: string])[] = [
  ['no rule', {}, 'BAD_USER_INPUT', 'input.rules'],
  ['a rule without a demand', { region: { cutStreams: true } }, 'BAD_USER_INPUT', 'input.rules.region'],
  ['a list that denies nothing', { region: { deny: [] } }, 'BAD_USER_INPUT', 'input.rules.region'],
  ['an empty entry', { region: { allow: ['eu', ''] } }, 'BAD_USER_INPUT', 'input.rules.region.allow.1'],
  [
    'a list without end',
    { models: { deny: Array.from({ length: 501 }, () => 'x') } },
    'BAD_USER_INPUT',
    'input.rules.models.deny',
  ],
  [
    'retention that demands nothing',
    { retention: { provider: 'INDEFINITE' } },
    'BAD_USER_INPUT',
    'input.rules.retention',
  ],
  [
    'keeping under NONE',
    { retention: { provider: 'NONE', gatewayContent: 'P1D' } },
    'BAD_USER_INPUT',
    'input.rules.retention.gatewayContent',
  ],
  ['no detector', { content: [{ action: 'BLOCK' }] }, 'BAD_USER_INPUT', 'input.rules.content.0.detect'],
  [
    'a detector that is not here',
    { content: [{ detect: ['EMAIL', 'PERSON'], action: 'BLOCK' }] },
    'POLICY_NOT_ENFORCEABLE',
    'input.rules.content.0.detect.1',
  ],
  [
    'a group',
    { content: [{ detect: ['PII'], action: 'BLOCK' }] },
    'POLICY_NOT_ENFORCEABLE',
    'input.rules.content.0.detect.0',
  ],
  [
    'a pattern',
    { content: [{ pattern: 'x+', action: 'BLOCK' }] },
    'POLICY_NOT_ENFORCEABLE',
    'input.rules.content.0.pattern',
  ],
  [
    'pseudonyms',
    { content: [{ detect: ['EMAIL'], action: 'PSEUDONYMIZE' }] },
    'POLICY_NOT_ENFORCEABLE',
    'input.rules.content.0.action',
  ],
  [
    'a budget without a name',
    { budgets: [{ name: ' ', limit: '1', window: 'DAY' }] },
    'BAD_USER_INPUT',
    'input.rules.budgets.0.name',
  ],
  [
    'a budget whose name holds NUL',
    { budgets: [{ name: 'po\0t', limit: '1', window: 'DAY' }] },
    'BAD_USER_INPUT',
    'input.rules.budgets.0.name',
  ],
  [
    'a budget whose name holds half a pair',
    { budgets: [{ name: 'pot \ud800', limit: '1', window: 'DAY' }] },
    'BAD_USER_INPUT',
    'input.rules.budgets.0.name',
  ],
  [
    'two budgets of one name',
    {
      budgets: [
        { name: 'b', limit: '1', window: 'DAY' },
        { name: 'b', limit: '2', window: 'MONTH' },
      ],
    },
    'BAD_USER_INPUT',
    'input.rules.budgets.1.name',
  ],
  [
    'a budget that no counter holds',
    { budgets: [{ name: 'b', limit: '1000000000.000000001', window: 'DAY' }] },
    'BAD_USER_INPUT',
    'input.rules.budgets.0.limit',
  ],
  ['a rate limit of nothing', { rateLimits: [{ window: 'PT1M' }] }, 'BAD_USER_INPUT', 'input.rules.rateLimits.0'],
  [
    'a rate limit in no time',
    { rateLimits: [{ requests: 1, window: 'PT0.5S' }] },
    'BAD_USER_INPUT',
    'input.rules.rateLimits.0.window',
  ],
];

test.each(refused)('%s is refused at writing, with the path', async (_, rules, code, path) => {
  expect(await refusal(create, { input: { name: 'x', rules } }, keys.bank)).toMatchObject({ code, inputPath: path });
});

const someRule = { region: { allow: ['eu'] } };

describe('subjects', () => {
  test.each([
    ['an empty one', [{}], 'input.appliesTo.0'],
    ['a project of another tenant', [{ project: 'SHOP' }], 'input.appliesTo.0.project'],
    ['a project that there is not', [{ role: 'MEMBER' }, { project: 'nowhere' }], 'input.appliesTo.1.project'],
    ['a workload where none are listed', [{ workload: 'chat' }], 'input.appliesTo.0.workload'],
    ['a workload that is not listed', [{ project: 'DESK', workload: 'other' }], 'input.appliesTo.0.workload'],
  ] as const)('%s is refused, with the path', async (_, appliesTo, path) => {
    const named = appliesTo.map(subject =>
      'project' in subject
        ? {
            ...subject,
            project: subject.project === 'SHOP' ? ids.shop : subject.project === 'DESK' ? ids.desk : subject.project,
          }
        : subject,
    );
    const input = { name: 'x', appliesTo: named, rules: someRule };
    expect(await refusal(create, { input }, keys.bank)).toMatchObject({ code: 'BAD_USER_INPUT', inputPath: path });
  });

  test('with a workload bind it alone, where it is listed', async () => {
    const input = {
      name: 'Chat',
      appliesTo: [{ project: ids.desk, workload: 'chat' }],
      rules: { region: { allow: ['us'] } },
    };
    const { policy } = await write(input, keys.bank);
    expect((await complete(keys.desk, { workload: 'chat' })).status).toBe('REFUSED');
    expect((await complete(keys.desk, { workload: 'batch' })).status).toBe('FINISHED');
    expect((await complete(keys.member, { workload: 'chat' })).status).toBe('FINISHED');
    const { effectivePolicy } = await ask<{ effectivePolicy: { contributions: readonly unknown[] } }>(
      'query ($subject: SubjectInput!) { effectivePolicy(subject: $subject) { contributions { policy { id } } } }',
      { subject: { project: ids.desk, workload: 'chat' } },
      keys.auditor,
    );
    expect(effectivePolicy.contributions).toEqual([{ policy: { id: policy.id } }]);
    await ask(remove, { id: policy.id, revision: 1 }, keys.bank);
  });
});

describe('rights', () => {
  test('others neither see, nor change, nor learn of a policy', async () => {
    const { policy } = await write({ name: 'Secret', appliesTo: [{ user: 'someone' }], rules: someRule }, keys.bank);
    const read = await ask<{ policy: unknown; policies: { nodes: readonly unknown[] } }>(
      'query ($id: ID!) { policy(id: $id) { id } policies { nodes { id } } }',
      { id: policy.id },
      keys.shop,
    );
    expect(read).toEqual({ policy: null, policies: { nodes: [] } });
    for (const key of [keys.shop, keys.member]) {
      expect(await refusal(remove, { id: policy.id, revision: 1 }, key)).toMatchObject({ code: 'NOT_FOUND' });
    }
    expect(await refusal(remove, { id: policy.id, revision: 1 }, keys.auditor)).toMatchObject({ code: 'FORBIDDEN' });
    expect(await refusal(create, { input: { name: 'x', rules: someRule } }, keys.member)).toMatchObject({
      code: 'FORBIDDEN',
    });
    await ask(remove, { id: policy.id, revision: 1 }, keys.bank);
  });

  test('who is bound sees the policy, with its own subjects alone', async () => {
    const appliesTo = [{ role: 'MEMBER' }, { user: 'someone-else' }];
    const { policy } = await write({ name: 'Bound', appliesTo, rules: someRule }, keys.bank);
    const { effectivePolicy } = await ask<{ effectivePolicy: { contributions: readonly { policy: unknown }[] } }>(
      '{ effectivePolicy { contributions { revision policy { id name appliesTo { role user } } } } }',
      {},
      keys.member,
    );
    expect(effectivePolicy.contributions).toEqual([
      { revision: 1, policy: { id: policy.id, name: 'Bound', appliesTo: [{ role: 'MEMBER', user: null }] } },
    ]);
    await ask(remove, { id: policy.id, revision: 1 }, keys.bank);
  });

  test('the audit log shows a tenant its own acts alone, chained, and no names', async () => {
    const fields = 'nodes { action actor target change hash previousHash }';
    const own = await ask<{ auditLog: { nodes: readonly { action: string; change: unknown }[] } }>(
      `{ auditLog(first: 500) { ${fields} } }`,
      {},
      keys.auditor,
    );
    expect(new Set(own.auditLog.nodes.map(({ action }) => action))).toEqual(
      new Set([
        'project.create',
        'api-key.create',
        'policy.create',
        'policy.update',
        'policy.restore',
        'policy.delete',
      ]),
    );
    expect(JSON.stringify(own.auditLog.nodes)).not.toContain(ids.shop);
    const all = await ask<{ auditLog: { nodes: readonly { hash: string; previousHash: string }[] } }>(
      `{ auditLog(first: 500) { ${fields} } }`,
    );
    const chain = [...all.auditLog.nodes].reverse();
    expect(chain.slice(1).map(({ previousHash }) => previousHash)).toEqual(chain.slice(0, -1).map(({ hash }) => hash));
    expect(await refusal('{ auditLog { nodes { id } } }', {}, keys.member)).toMatchObject({ code: 'FORBIDDEN' });
    expect(await refusal('{ auditLog { nodes { id } } }', {}, keys.desk)).toMatchObject({ code: 'FORBIDDEN' });
  });
});

test('changes are told to who may see them, until they leave', async () => {
  const told = async (key: string, until: number) => {
    const client = createClient({
      url: `${server.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { apiKey: key },
      retryAttempts: 0,
    });
    const names: unknown[] = [];
    const events = client.iterate<{ policyChanged: { name: string } }>({
      query: 'subscription { policyChanged { name } }',
    });
    const reading = (async () => {
      for await (const { data } of events) {
        names.push(data?.policyChanged.name);
        if (names.length === until) break;
      }
      await client.dispose();
      return names;
    })();
    return { reading, names, client };
  };
  const [bank, shop] = [await told(keys.auditor, 2), await told(keys.shop, 9)];
  const written: string[] = [];
  while (bank.names.length === 0) {
    const { policy } = await write({ name: `Told ${written.length}`, mode: 'DISABLED', rules: someRule }, keys.bank);
    written.push(policy.id);
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  const { policy } = await write({ name: 'Told at last', mode: 'DISABLED', rules: someRule }, keys.bank);
  expect((await bank.reading).at(-1)).toBe('Told at last');
  expect(shop.names).toEqual([]);
  await shop.client.dispose();
  for (const id of [...written, policy.id]) await ask(remove, { id, revision: 1 }, keys.bank);
});

test('a draft is judged on what was asked before', async () => {
  for (let count = 0; count < 3; count += 1) await complete(keys.shop);
  const { policyImpact } = await ask<{ policyImpact: Record<string, unknown> }>(
    `query ($draft: PolicyInput!) { policyImpact(draft: $draft) {
      requests examined refused rerouted costDelta notAssessable { reason requests }
      affected { nodes { subject { project { id } } requests refused } } thinModels { model { id } endpoints } } }`,
    { draft: { name: 'x', rules: { region: { allow: ['us'] } } } },
    keys.shop,
  );
  const requests = policyImpact.requests as number;
  expect(requests).toBeGreaterThanOrEqual(3);
  expect(policyImpact).toMatchObject({
    examined: requests,
    refused: requests,
    rerouted: 0,
    notAssessable: [],
    affected: { nodes: [{ subject: { project: { id: ids.shop } }, requests, refused: requests }] },
    thinModels: [{ model: { id: 'acme/one' }, endpoints: 0 }],
  });
});

test('kept text is read by who may, written to the audit log, held and erased', async () => {
  const { policy } = await write({ name: 'Keep', rules: { retention: { gatewayContent: 'P1D' } } }, keys.shop);
  const { complete: done } = await ask<{ complete: { id: string; text: string } }>(
    'mutation ($input: CompleteInput!) { complete(input: $input) { id text } }',
    { input: { model: 'acme/one', messages: [{ role: 'USER', text: 'Remember me' }] } },
    keys.shop,
  );
  const look = (key: string) =>
    ask<{ completion: { text: string | null; prompt: { messages: readonly unknown[] } | null } | null }>(
      'query ($id: ID!) { completion(id: $id) { text prompt } }',
      { id: done.id },
      key,
    );
  const seen = await look(keys.shop);
  expect(seen.completion).toMatchObject({ text: 'Hello', prompt: { messages: [{ role: 'USER' }] } });
  expect(JSON.stringify(seen)).toContain('Remember me');
  expect((await look(keys.bank)).completion).toBeNull();
  const { auditLog } = await ask<{ auditLog: { nodes: readonly { action: string; target: string }[] } }>(
    '{ auditLog(first: 5) { nodes { action target } } }',
    {},
    keys.shop,
  );
  expect(auditLog.nodes[0]).toEqual({ action: 'content.read', target: done.id });
  const { addContentHold } = await ask<{ addContentHold: { id: string } }>(
    'mutation ($project: ID!) { addContentHold(input: { project: $project }) { id } }',
    { project: ids.shop },
    keys.shop,
  );
  expect(await ask('{ contentHolds { id project { id } } }', {}, keys.shop)).toEqual({
    contentHolds: [{ id: addContentHold.id, project: { id: ids.shop } }],
  });
  expect(await ask('{ contentHolds { id } }', {}, keys.bank)).toEqual({ contentHolds: [] });
  expect(
    await refusal('mutation ($id: ID!) { removeContentHold(id: $id) }', { id: addContentHold.id }, keys.bank),
  ).toMatchObject({ code: 'NOT_FOUND' });
  await ask('mutation ($id: ID!) { removeContentHold(id: $id) }', { id: addContentHold.id }, keys.shop);
  expect(await ask('mutation { eraseContent(user: "nobody") { erased held } }', {}, keys.shop)).toEqual({
    eraseContent: { erased: 0, held: 0 },
  });
  await ask(remove, { id: policy.id, revision: 1 }, keys.shop);
});
