import { createClient } from 'graphql-sse';
import { afterEach, describe, expect, test } from 'vitest';
import { openRedis } from '../../../src/stores/redis/redis-client.ts';
import { adminKey, type TestServer } from '../../support/test-server.ts';
import { until } from '../../support/until.ts';
import {
  canShare,
  complete,
  killHints,
  makeKey,
  restoreHints,
  sharedTitle,
  useServerNodes,
  writePolicy,
} from './server-nodes.ts';

describe.skipIf(!canShare)(sharedTitle, () => {
  const shared = useServerNodes();
  afterEach(() => restoreHints(shared.redis));

  async function startPair(): Promise<readonly [TestServer, TestServer]> {
    const env = await shared.installation();
    return await Promise.all([shared.start(env, 'a'), shared.start(env, 'b')]);
  }

  test('a policy that is written on one binds on the other before its author has the answer', async () => {
    const [a, b] = await startPair();
    const { secret } = await makeKey(a);
    expect([await complete(a, secret), await complete(b, secret)]).toEqual(['FINISHED', 'FINISHED']);
    const applied = { appliedNodes: ['a', 'b'], pendingNodes: [] };
    expect(await writePolicy(a, { region: { allow: ['eu'] } })).toMatchObject(applied);
    expect([await complete(a, secret), await complete(b, secret)]).toEqual(Array(2).fill('NO_ELIGIBLE_ENDPOINT'));
  }, 60_000);

  test('each hears of what another one writes, and without hints finds it by looking', async () => {
    const [a] = await startPair();
    const inForce = { appliedNodes: ['a', 'b'], pendingNodes: [] };
    const channel = 'tollgate:changes';
    const listeners = async () => (await shared.redis.admin.call('PUBSUB', 'NUMSUB', channel)) as readonly unknown[];
    const told: string[] = [];
    const third = await openRedis({ url: shared.redis.url });
    await third.subscribe(channel, text => told.push(text));
    await until('both listen', async () => (await listeners())[1] === 3);
    expect(await writePolicy(a, { region: { deny: ['mars'] } })).toMatchObject(inForce);
    await until('it is told', () => told.includes('policies 1'));
    await killHints(shared.redis);
    await until('nobody listens', async () => (await listeners())[1] === 0);
    expect(await writePolicy(a, { region: { deny: ['venus'] } })).toMatchObject(inForce);
    expect(told).not.toContain('policies 2');
    await third.close();
  }, 60_000);

  test('a rule that cuts streams ends one that runs on another node', async () => {
    const [a, b] = await startPair();
    const { secret } = await makeKey(a);
    for (const cutStreams of [false, true]) {
      const { events, leave } = openStream(b, secret);
      await until('it runs', () => events.some(({ __typename }) => __typename === 'TextDelta'));
      await writePolicy(a, { region: { deny: ['us'], cutStreams } });
      if (cutStreams) await until('it has ended', () => events.at(-1)?.error?.code === 'NO_ELIGIBLE_ENDPOINT', 5000);
      // The control: the same rule, that does not cut.
      else expect(events.at(-1)?.__typename).toBe('TextDelta');
      leave();
      const policies = await a.graphql<{ policies: { edges: { node: { id: string } }[] } }>(
        '{ policies { edges { node { id } } } }',
      );
      for (const { node } of policies.data?.policies.edges ?? []) {
        await b.graphql('mutation ($id: ID!) { deletePolicy(id: $id, expectedRevision: 1) { pendingNodes } }', node);
      }
    }
  }, 60_000);

  test('whoever follows policies on one node is told of what is written on another one', async () => {
    const [a, b] = await startPair();
    const client = createClient({
      url: `${b.url}/graphql`,
      headers: { authorization: `Bearer ${adminKey}` },
      retryAttempts: 0,
    });
    const told: unknown[] = [];
    const stop = client.subscribe(
      { query: 'subscription { policyChanged { id revision } }' },
      {
        next: ({ data }) => void told.push(data?.policyChanged),
        error: () => {},
        complete: () => {},
      },
    );
    await until('it listens', async () => (await fetch(`${b.url}/metrics`).then(answer => answer.text())) !== '');
    let written: unknown;
    await until('it is told', async () => {
      written = (await writePolicy(a, { region: { deny: ['mars'] } })).policy;
      return told.length > 0;
    });
    expect(told).toContainEqual(written);
    stop();
    client.dispose();
  });

  test('each says how many live, and which policies it has in force', async () => {
    const [a, b] = await startPair();
    await writePolicy(a, { region: { deny: ['mars'] } });
    for (const { url } of [a, b]) {
      const text = await (await fetch(`${url}/metrics`)).text();
      expect(text).toContain('tollgate_policy_version 1\n');
      expect(text).toContain('tollgate_nodes_live 2\n');
    }
  });

  function openStream(server: TestServer, key: string) {
    const client = createClient({
      url: `${server.url}/graphql`,
      headers: { authorization: `Bearer ${key}` },
      retryAttempts: 0,
    });
    const events: { readonly __typename: string; readonly error?: { readonly code: string } }[] = [];
    const stop = client.subscribe<{ complete: (typeof events)[number] }>(
      {
        query: `subscription {
          complete(input: { model: "acme/one", messages: [{ role: USER, text: "HOLD" }] }) {
            __typename ... on CompletionIncomplete { error { code } }
          }
        }`,
      },
      {
        next({ data }) {
          if (data != null) events.push(data.complete);
        },
        error: () => {},
        complete: () => {},
      },
    );
    return {
      events,
      leave() {
        stop();
        client.dispose();
      },
    };
  }
});
