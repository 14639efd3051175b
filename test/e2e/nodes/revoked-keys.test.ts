import { createClient } from 'graphql-ws';
import { afterEach, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import type { TestServer } from '../../support/test-server.ts';
import { until } from '../../support/until.ts';
import {
  adminRevokes,
  canShare,
  complete,
  killHints,
  makeKey,
  restoreHints,
  sharedTitle,
  useServerNodes,
} from './server-nodes.ts';

const held = `{
  complete(input: { model: "acme/one", messages: [{ role: USER, text: "HOLD" }] }) {
    __typename ... on CompletionIncomplete { error { code } }
  }
}`;

describe.skipIf(!canShare)(sharedTitle, () => {
  const shared = useServerNodes();
  afterEach(() => restoreHints(shared.redis));

  /** Streams over a WebSocket and over both kinds of HTTP, with what they have shown so far. */
  function openStreams({ url }: TestServer, key: string) {
    const texts = { graphql: '', openai: '' };
    const ended = new Set<string>();
    let closeCode = 0;
    const read = async (name: 'graphql' | 'openai', path: string, body: object) => {
      const response = await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${key}` },
        body: JSON.stringify(body),
      });
      const decoder = new TextDecoder();
      for await (const bytes of response.body ?? []) texts[name] += decoder.decode(bytes, { stream: true });
      ended.add(name);
    };
    // Those that go on are cut off by the end of the test.
    const quietly = (reading: Promise<void>) => void reading.catch(() => {});
    quietly(read('graphql', '/graphql', { query: `subscription ${held}` }));
    const messages = [{ role: 'user', content: 'HOLD' }];
    quietly(read('openai', '/v1/chat/completions', { model: 'acme/one', stream: true, messages }));
    const client = createClient({
      url: `${url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${key}` },
      retryAttempts: 0,
      on: {
        closed(event) {
          closeCode = (event as { readonly code: number }).code;
        },
      },
    });
    let deltas = 0;
    client.subscribe({ query: `subscription ${held}` }, { next: () => deltas++, error: () => {}, complete: () => {} });
    return {
      areRunning: () => texts.graphql.includes('TextDelta') && texts.openai.includes('It begins') && deltas >= 3,
      haveEnded: () => ended.size === 2 && closeCode !== 0,
      texts,
      get closeCode() {
        return closeCode;
      },
      dispose: () => client.dispose(),
    };
  }

  test.each([
    ['with hints', true],
    ['by looking alone', false],
  ] as const)(
    'a key that is revoked on one node ends its streams and sockets on another one, %s',
    async (_how, hasHints) => {
      const env = await shared.installation();
      const [a, b] = await Promise.all([shared.start(env, 'a'), shared.start(env, 'b')]);
      const [revoked, other] = [await makeKey(a), await makeKey(a)];
      const streams = openStreams(b, revoked.secret);
      const bystanders = openStreams(b, other.secret);
      await until('all run', () => streams.areRunning() && bystanders.areRunning());
      if (!hasHints) await killHints(shared.redis);
      const startedMs = performance.now();
      await a.graphql(adminRevokes, { id: revoked.id });
      await until(
        'new requests are refused',
        async () => (await complete(b, revoked.secret)) === 'UNAUTHENTICATED',
        2500,
      );
      await until('all have ended', streams.haveEnded, 5000);
      expect(performance.now() - startedMs).toBeLessThan(5000);
      expect(streams.closeCode).toBe(4401);
      expect(streams.texts.graphql).toContain('UNAUTHENTICATED');
      expect(bystanders.haveEnded()).toBe(false);
      expect(await complete(b, other.secret)).toBe('FINISHED');
      bystanders.dispose();
    },
  );

  test('control: where the numbers that nodes look at stand still, it goes on', async () => {
    const env = await shared.installation();
    const url = env.DATABASE_URL ?? '';
    const [a, b] = await Promise.all([shared.start(env, 'a'), shared.start(env, 'b')]);
    const { id, secret } = await makeKey(a);
    await complete(b, secret);
    await shared.postgres.ask(
      url,
      `create function keep() returns trigger language plpgsql as $$ begin new.version := old.version; return new; end $$;
       create trigger keep before update on access_version for each row execute function keep();
       create function forget() returns trigger language plpgsql as $$ begin new.revoked_version := null; return new; end $$;
       create trigger forget before update on api_key for each row execute function forget();`,
    );
    await a.graphql(adminRevokes, { id });
    expect(await complete(a, secret)).toBe('UNAUTHENTICATED');
    const seenAt = async () =>
      Number((await shared.postgres.ask(url, `select seen_at from node where id = 'b'`))[0]?.seen_at);
    const start = await seenAt();
    await until('b has looked twice', async () => (await seenAt()) > start + 2500);
    expect(await complete(b, secret)).toBe('FINISHED');
  }, 60_000);
});
