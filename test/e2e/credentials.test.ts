import { dirname } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { answerWith, failWith } from '../support/openai-bytes.ts';
import { type RawProvider, type RawScript, startRawProvider } from '../support/raw-provider.ts';
import { adminKey, startTestServer, type TestServer } from '../support/test-server.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

const keys = { blue: 'sk-marigold-of-the-blue-key', green: 'sk-larkspur-of-the-green-key', other: 'sk-tansy' };

/** Answers each key by a script of its own. */
function byKey(scripts: Readonly<Record<string, RawScript>>): RawScript {
  return exchange => {
    const key = exchange.request.headers.authorization?.replace('Bearer ', '') ?? '';
    return (scripts[key] ?? (unknown => failWith(unknown, 401)))(exchange);
  };
}

function keysSeen({ requests }: RawProvider): readonly string[] {
  return requests.map(({ headers }) => headers.authorization?.replace('Bearer ', '') ?? 'none');
}

interface Opened {
  readonly server: TestServer;
  readonly one: RawProvider;
  readonly two: RawProvider;
  readonly log: readonly string[];
  /** What a receiver of webhooks was sent. */
  readonly hooks: readonly { readonly type: string; readonly data: Record<string, unknown> }[];
}

/** A server before `first`, which has two keys and is cheaper, and `second`, which has one. */
async function serverBefore(
  first: Readonly<Record<string, RawScript>>,
  second: RawScript = answerAs('second'),
): Promise<Opened> {
  const one = await startRawProvider(byKey(first));
  const two = await startRawProvider(second);
  const hooks: Opened['hooks'][number][] = [];
  const receiver = await startRawProvider(async exchange => {
    hooks.push(JSON.parse(exchange.request.body));
    await exchange.write('HTTP/1.1 204 No Content\r\n\r\n');
  });
  const log: string[] = [];
  const served = (id: string, url: string, price: string, credentials: string) => `
  - id: ${id}
    protocol: openai
    baseUrl: ${url}/v1
    ${credentials}
    models: [{ id: one, as: acme/one, price: { input: "${price}", output: "${price}" }, contextTokens: 8000 }]`;
  const twoKeys = `apiKeys: ["${keys.blue}", { key: "${keys.green}", label: green }]`;
  const server = await startTestServer({
    yaml: `providers:${served('first', one.url, '1', twoKeys)}${served('second', two.url, '2', `apiKey: ${keys.other}`)}
webhooks: [{ url: "${receiver.url}/alerts", secret: "${'s'.repeat(32)}" }]
`,
    env: environment,
    logTo: { write: line => void log.push(line) },
  });
  open.push(one, two, receiver, server);
  return { server, one, two, log, hooks };
}

function answerAs(text: string): RawScript {
  return exchange => answerWith(exchange, text);
}

const environment = { LOG_LEVEL: 'info', TOLLGATE_ADMIN_KEY: adminKey };

const document = `mutation ($input: CompleteInput!) { complete(input: $input) {
  status text error { code retryable retryAfterMs } endpoint { id } attempts { outcome status usage { cost } }
} }`;

interface Answer {
  readonly status: string;
  readonly text: string | null;
  readonly error: { readonly code: string } | null;
  readonly attempts: readonly { readonly status: number | null; readonly outcome: string }[];
}

async function ask(server: TestServer, routing: Record<string, unknown> = {}): Promise<Answer> {
  const { data, errors } = await server.graphql<{ readonly complete: Answer }>(document, {
    input: {
      model: 'acme/one',
      messages: [{ role: 'USER', text: 'hi' }],
      maxOutputTokens: 50,
      routing: { optimize: 'COST', ...routing },
    },
  });
  if (data === undefined || data === null) throw new Error(JSON.stringify(errors));
  return data.complete;
}

async function metricsOf({ url }: TestServer): Promise<string> {
  return await (await fetch(`${url}/metrics`)).text();
}

const onlyFirst = { only: ['first'] };

describe('several keys of one provider', () => {
  test('are used in turn', async () => {
    const { server, one } = await serverBefore({ [keys.blue]: answerAs('blue'), [keys.green]: answerAs('green') });
    const texts = [];
    for (let count = 0; count < 4; count++) texts.push((await ask(server)).text);
    expect(texts).toEqual(['blue', 'green', 'blue', 'green']);
    expect(keysSeen(one)).toEqual([keys.blue, keys.green, keys.blue, keys.green]);
  });

  test.each([401, 402, 403])(
    'one rejected with %i is answered by the other, told everywhere, and left alone',
    async status => {
      const { server, one, two, log, hooks } = await serverBefore({
        [keys.blue]: exchange => failWith(exchange, status, { echo: `your key ${keys.blue} is wrong` }),
        [keys.green]: answerAs('green'),
      });
      const answer = await ask(server);
      expect(answer).toMatchObject({ status: 'FINISHED', text: 'green', error: null });
      expect(answer.attempts).toMatchObject([
        { outcome: 'FAILED', status, usage: { cost: '0' } },
        { outcome: 'SUCCEEDED', status: 200 },
      ]);
      for (let count = 0; count < 3; count++) expect((await ask(server)).text).toBe('green');
      expect(keysSeen(one)).toEqual([keys.blue, keys.green, keys.green, keys.green, keys.green]);
      expect(two.requests).toHaveLength(0);

      await expect.poll(() => hooks.length, { timeout: 10_000 }).toBe(1);
      expect(hooks).toMatchObject([
        { type: 'credential.rejected', data: { providerId: 'first', credential: '1', status } },
      ]);
      const alarms = log.map(line => JSON.parse(line)).filter(({ alert }) => alert === 'credential.rejected');
      expect(alarms).toMatchObject([{ level: 'warn', providerId: 'first', credential: '1', status }]);
      const metrics = await metricsOf(server);
      expect(metrics).toContain('tollgate_alerts_total{type="credential.rejected",threshold="none"} 1');
      expect(metrics).toContain('tollgate_credential_rejected{provider="first",credential="1"} 1');
      expect(metrics).toContain('tollgate_credential_rejected{provider="first",credential="green"} 0');
      for (const sink of [log.join('\n'), metrics, JSON.stringify(hooks), JSON.stringify(answer)]) {
        expect(sink).not.toMatch(/marigold|larkspur|tansy/);
      }
    },
  );

  test('all rejected: another provider answers', async () => {
    const { server, one } = await serverBefore({});
    const answer = await ask(server);
    expect(answer).toMatchObject({ status: 'FINISHED', text: 'second' });
    expect(answer.attempts.map(({ status }) => status)).toEqual([401, 401, 200]);
    expect(new Set(keysSeen(one)).size).toBe(2);
    expect((await ask(server)).attempts).toHaveLength(1);
    expect(one.requests).toHaveLength(2);
  });

  test('all rejected and nobody else: the caller learns whose keys they are, and it is no 401 of its own', async () => {
    const { server, one } = await serverBefore({});
    const failed = { status: 'FAILED', error: { code: 'PROVIDER_CREDENTIALS_REJECTED', retryable: false } };
    expect(await ask(server, onlyFirst)).toMatchObject(failed);
    expect(await ask(server, onlyFirst)).toMatchObject(failed);
    // Both are tried in each request, since nothing else is left; each once.
    expect(one.requests).toHaveLength(4);
    const response = await fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${adminKey}` },
      body: JSON.stringify({
        model: 'acme/one',
        provider: onlyFirst,
        messages: [{ role: 'user', content: 'hi' }],
      }),
    });
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ error: { code: 'provider_credentials_rejected' } });
  });

  test('a rate limit of one is answered by the other, which is not held back by it', async () => {
    const { server, one, two } = await serverBefore({
      [keys.blue]: exchange => failWith(exchange, 429, { headers: { 'retry-after': '30' } }),
      [keys.green]: answerAs('green'),
    });
    const answer = await ask(server);
    expect(answer).toMatchObject({ status: 'FINISHED', text: 'green' });
    expect(answer.attempts.map(({ status }) => status)).toEqual([429, 200]);
    for (let count = 0; count < 3; count++) expect((await ask(server)).attempts).toHaveLength(1);
    expect(keysSeen(one)).toEqual([keys.blue, keys.green, keys.green, keys.green, keys.green]);
    expect(two.requests).toHaveLength(0);
    const health = await server.graphql('{ model(id: "acme/one") { endpoints { id health { state uptime } } } }');
    expect(health.data).toMatchObject({
      model: { endpoints: [{ id: 'acme/one@first', health: { state: 'HEALTHY', uptime: 1 } }, {}] },
    });
  });

  test('control: limits of both leave it to another provider', async () => {
    const limit: RawScript = exchange => failWith(exchange, 429, { headers: { 'retry-after': '30' } });
    const { server, one } = await serverBefore({ [keys.blue]: limit, [keys.green]: limit });
    expect(await ask(server)).toMatchObject({ status: 'FINISHED', text: 'second' });
    expect(one.requests).toHaveLength(2);
  });

  test('a reload takes a rejected key back into service at once', async () => {
    let isAccepted = false;
    const blue: RawScript = exchange => (isAccepted ? answerWith(exchange, 'blue') : failWith(exchange, 402));
    const { server } = await serverBefore({ [keys.blue]: blue, [keys.green]: answerAs('green') });
    await ask(server);
    isAccepted = true;
    expect((await ask(server)).text).toBe('green');
    await server.reconfigure(
      loadConfig({
        env: { ...environment, PORT: '0', TOLLGATE_STATE_DIR: server.stateDir },
        cwd: dirname(server.stateDir),
      }),
    );
    expect((await ask(server)).text).toBe('blue');
  });
});
