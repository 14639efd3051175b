import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { chunk, done, streamHead, usageChunk } from '../../support/openai-bytes.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { type RawExchange, type RawProvider, startRawProvider } from '../../support/raw-provider.ts';
import { type RedisServer, startRedis } from '../../support/redis-server.ts';
import { providersYaml, startTestServer, type TestServer } from '../../support/test-server.ts';
import { until } from '../../support/until.ts';
import { canShare, sharedTitle, writePolicy } from '../nodes/server-nodes.ts';
import { chat, subscribe, textOf } from './callers.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

/** Planted in prompts and answers; nothing else in the world holds it. */
const canary = `canary${randomUUID().replaceAll('-', '')}`;

describe.skipIf(!canShare)(`over two nodes: ${sharedTitle}`, () => {
  let postgres: PostgresServer;
  let redis: RedisServer;
  let provider: RawProvider;
  const held: RawExchange[] = [];
  const servers: TestServer[] = [];

  beforeAll(async () => {
    [postgres, redis, provider] = await Promise.all([
      startPostgres(),
      startRedis(),
      startRawProvider(async exchange => {
        const isStream = exchange.request.body.includes('"stream":true');
        if (isStream) await exchange.write(streamHead + chunk({ role: 'assistant', content: `Once ${canary} ` }));
        held.push(exchange);
      }),
    ]);
  });
  afterEach(async () => {
    for (const server of servers.splice(0).reverse()) await server.close();
    held.length = 0;
  });
  afterAll(async () => {
    await Promise.all([postgres?.stop(), redis?.stop(), provider?.close()]);
  });

  async function open(retention?: Record<string, unknown>) {
    await redis.admin.flushall();
    const env = {
      DATABASE_URL: await postgres.database(),
      REDIS_URL: redis.url,
      TOLLGATE_SECRET: 'a-secret-of-several-nodes-0123456789',
    };
    const yaml = providersYaml([{ id: 'acme', url: provider.url }]);
    for (const id of ['one', 'two'])
      servers.push(await startTestServer({ yaml, env: { ...env, TOLLGATE_NODE_ID: id } }));
    const [one, two] = servers;
    if (one === undefined || two === undefined) throw new Error('two nodes were to be started');
    if (retention !== undefined) await writePolicy(one, { retention });
    return { one, two };
  }

  async function finish(exchange = held[0]): Promise<void> {
    await exchange?.write(chunk({ content: 'upon' }) + chunk({}, 'stop') + usageChunk(10, 5) + done);
    exchange?.end();
  }

  const messages = [{ role: 'user', content: `HOLD ${canary}` }];
  const body = { stream: true, messages };
  const charged = async ({ graphql }: TestServer) =>
    (await graphql<{ usage: { total: { requests: number; cost: string } } }>('{ usage { total { requests cost } } }'))
      .data?.usage.total;

  test('fifty clients with one key make one call, and all read its answer, where text may be kept', async () => {
    const { one, two } = await open({ gatewayContent: 'P1D' });
    const before = provider.requests.length;
    const responses = await Promise.all(
      Array.from({ length: 50 }, (_, index) => chat(index % 2 === 0 ? one : two, body, 'fifty')),
    );
    await until('the provider was called', () => held.length === 1);
    await finish();
    const heard = await Promise.all(responses.map(response => response.text()));
    for (const text of heard) {
      expect(text).toContain(canary);
      expect(text.match(/\[DONE\]/g)).toHaveLength(1);
    }
    expect(provider.requests.length - before).toBe(1);
    await until('it is charged once', async () => (await charged(two))?.requests === 1);
    expect(await charged(two)).toEqual({ requests: 1, cost: '0.000015' });
    // Whoever comes to the other node later gets it again.
    const late = await (await chat(two, body, 'fifty')).text();
    expect(late).toContain('[DONE]');
    expect(provider.requests.length - before).toBe(1);
  });

  test('where nothing is kept, twins elsewhere wait and get CONFLICT, and no text is in Redis', async () => {
    const { one, two } = await open();
    const before = provider.requests.length;
    const first = await chat(one, body, `none-${canary}`);
    await until('the provider was called', () => held.length === 1);
    const twins = Array.from({ length: 5 }, () => chat(two, { messages }, `none-${canary}`));
    const mismatch = chat(two, { messages: [{ role: 'user', content: 'Else' }] }, `none-${canary}`);
    expect((await mismatch).status).toBe(422);
    // A twin by another way of reading is the same input.
    const streamed = chat(two, body, `none-${canary}`);
    await finish();
    expect(await first.text()).toContain('[DONE]');
    const id = first.headers.get('x-tollgate-completion-id');
    for (const twin of [...twins, streamed]) {
      const response = await twin;
      expect(response.status).toBe(409);
      const answer = await response.text();
      expect(JSON.parse(answer).error.metadata.earlier).toEqual({
        completion_id: id,
        status: 'FINISHED',
        cost: '0.000015',
      });
      expect(answer).not.toContain(canary);
    }
    expect(provider.requests.length - before).toBe(1);
    expect(await everythingIn(redis)).not.toContain(canary);
    // Control: the search finds what is there.
    expect(await everythingIn(redis)).toContain('tollgate:once:');
  });

  test('with Redis away requests with a key are refused, others are served', async () => {
    const { one } = await open();
    await redis.kill('SIGSTOP');
    try {
      const refused = await chat(one, body, 'away');
      expect([refused.status, JSON.parse(await refused.text()).error.metadata.code]).toEqual([
        503,
        'STORE_UNAVAILABLE',
      ]);
      const served = chat(one, body);
      await until('the provider was called', () => held.length === 1);
      await finish();
      expect(await (await served).text()).toContain('[DONE]');
    } finally {
      await redis.kill('SIGCONT');
    }
  });

  const events = `__typename completionId seq ... on TextDelta { text } ... on CompletionIncomplete { error { code } }
    ... on CompletionFinished { completion { text usage { cost } route { workload } } }`;
  const begin = (server: TestServer) =>
    subscribe(server, 'complete', `subscription ($input: CompleteInput!) { complete(input: $input) { ${events} } }`, {
      input: { model: 'acme/one', messages: [{ role: 'USER', text: 'Hi' }], detach: true },
    });
  const attach = (server: TestServer, id: string, after = -1) =>
    subscribe(
      server,
      'completionEvents',
      `subscription ($id: ID!, $after: Int!) { completionEvents(id: $id, after: $after) { ${events} } }`,
      { id, after },
    );

  test('a detached completion is read on the other node, while it runs and after its end, as it was cut', async () => {
    const { one, two } = await open({ gatewayContent: 'P1D' });
    const first = begin(one);
    await until('text was heard', () => textOf(first.heard) !== '');
    const id = first.heard[0]?.completionId ?? '';
    first.leave();
    await first.over;
    const there = attach(two, id);
    const later = attach(two, id, 1);
    await until('both have caught up', () => [there, later].every(({ heard }) => textOf(heard).includes(canary)));
    await held[0]?.write(chunk({ content: 'upon ' }));
    await finish();
    await Promise.all([there.over, later.over]);
    expect(there.heard.map(({ seq }) => seq)).toEqual(there.heard.map((_, index) => index));
    expect(there.heard.at(-1)).toMatchObject({
      __typename: 'CompletionFinished',
      completion: { text: textOf(there.heard), usage: { cost: '0.000015' }, route: { workload: 'default' } },
    });
    expect(later.heard).toEqual(there.heard.slice(2));
    const [ended, here] = [attach(two, id), attach(one, id)];
    await Promise.all([ended.over, here.over]);
    expect(ended.heard).toEqual(there.heard);
    expect(here.heard).toEqual(there.heard);
    // Control: with keeping allowed, text is found where it was searched for.
    expect(await everythingIn(redis)).toContain(canary);
  });

  test('is cancelled from the other node, once, however often that is asked for', async () => {
    const { one, two } = await open();
    const first = begin(one);
    await until('text was heard', () => textOf(first.heard) !== '');
    const id = first.heard[0]?.completionId ?? '';
    const cancel = (server: TestServer, key?: string) =>
      server.graphql(
        'mutation ($id: ID!) { cancelCompletion(id: $id) { id status usage { estimated } } }',
        { id },
        key,
      );
    const project = await one.graphql<{ createProject: { id: string } }>(
      'mutation { createProject(input: { name: "P" }) { id } }',
    );
    const member = await one.graphql<{ createApiKey: { secret: string } }>(
      'mutation ($p: ID!) { createApiKey(input: { name: "k", project: $p, role: MEMBER }) { secret } }',
      { p: project.data?.createProject.id },
    );
    const stranger = await cancel(two, member.data?.createApiKey.secret);
    expect(stranger.errors?.[0]?.extensions.code).toBe('NOT_FOUND');
    const cancelled = { cancelCompletion: { id, status: 'CANCELLED', usage: { estimated: true } } };
    expect((await cancel(two)).data).toEqual(cancelled);
    await held[0]?.hungUp;
    await first.over;
    expect(first.heard.at(-1)).toMatchObject({ __typename: 'CompletionIncomplete', error: { code: 'CANCELLED' } });
    expect((await cancel(two)).data).toEqual(cancelled);
    expect((await cancel(one)).data).toEqual(cancelled);
    const unknown = await two.graphql(
      'mutation { cancelCompletion(id: "01a00000-0000-7000-8000-000000000000") { id } }',
    );
    expect(unknown.errors?.[0]?.extensions.code).toBe('NOT_FOUND');
  });
});

/** All keys and values that a Redis holds. */
async function everythingIn({ admin }: RedisServer): Promise<string> {
  const found: string[] = [];
  for (const key of await admin.keys('*')) {
    const kind = await admin.type(key);
    const values: Readonly<Record<string, () => Promise<unknown>>> = {
      string: () => admin.get(key),
      hash: () => admin.hgetall(key),
      stream: () => admin.xrange(key, '-', '+'),
      zset: () => admin.zrange(key, '0', '-1'),
      set: () => admin.smembers(key),
      list: () => admin.lrange(key, '0', '-1'),
    };
    const read = values[kind];
    if (read === undefined) throw new Error(`a kind that is not searched: ${kind}`);
    found.push(key, JSON.stringify(await read()));
  }
  return found.join('\n');
}
