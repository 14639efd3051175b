import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { answerWith, chunk, done, streamHead, usageChunk } from '../../support/openai-bytes.ts';
import { type RawExchange, type RawProvider, startRawProvider } from '../../support/raw-provider.ts';
import { adminKey, providersYaml, startTestServer, type TestServer } from '../../support/test-server.ts';
import { until } from '../../support/until.ts';

vi.setConfig({ testTimeout: 60_000 });

const text = 'A tale that is told once';
let provider: RawProvider;
let server: TestServer;
/** Answers that have begun, and go on when a test says so. */
const held: RawExchange[] = [];

beforeAll(async () => {
  provider = await startRawProvider(async exchange => {
    const { body } = exchange.request;
    if (body.includes('FAIL')) {
      await exchange.write(streamHead + chunk({ role: 'assistant', content: 'cut ' }));
      exchange.end();
    } else if (body.includes('HOLD')) {
      await exchange.write(streamHead + chunk({ role: 'assistant', content: 'A tale ' }));
      held.push(exchange);
    } else await answerWith(exchange, text);
  });
});
afterEach(async () => {
  held.length = 0;
  await server.close();
});
afterAll(() => provider.close());

async function open(retention?: Record<string, unknown>): Promise<void> {
  server = await startTestServer({ yaml: providersYaml([{ id: 'acme', url: provider.url }]) });
  if (retention === undefined) return;
  const { errors } = await server.graphql(
    'mutation ($rules: PolicyRulesInput!) { createPolicy(input: { name: "R", rules: $rules }) { policy { id } } }',
    { rules: { retention } },
  );
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
}

const selection = '{ id status text error { code message } usage { cost } }';
interface Answered {
  readonly id: string;
  readonly status: string;
  readonly text: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly usage: { readonly cost: string };
}

async function complete(idempotencyKey: string, prompt = 'Hi', more: Record<string, unknown> = {}) {
  const { data, errors } = await server.graphql<{ readonly complete: Answered }>(
    `mutation ($input: CompleteInput!) { complete(input: $input) ${selection} }`,
    { input: { model: 'acme/one', messages: [{ role: 'USER', text: prompt }], idempotencyKey, ...more } },
  );
  return data?.complete ?? String(errors?.[0]?.extensions.code);
}

async function answered(...asked: Parameters<typeof complete>): Promise<Answered> {
  const answer = await complete(...asked);
  if (typeof answer === 'string') throw new Error(answer);
  return answer;
}

function chat(key: string, body: Record<string, unknown> = {}, signal?: AbortSignal): Promise<Response> {
  return fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${adminKey}`, 'idempotency-key': key },
    body: JSON.stringify({ model: 'acme/one', messages: [{ role: 'user', content: 'Hi' }], ...body }),
    ...(signal === undefined ? {} : { signal }),
  });
}

const requests = async () => {
  const { data } = await server.graphql<{ usage: { total: { requests: number } } }>('{ usage { total { requests } } }');
  return data?.usage.total.requests;
};

describe('where a rule keeps text', () => {
  test('a retry gets the finished answer again, over each entrance, and one call is made and charged', async () => {
    await open({ gatewayContent: 'P1D' });
    const before = provider.requests.length;
    const first = await answered('one');
    expect(first).toMatchObject({ status: 'FINISHED', text });
    expect(await answered('one')).toEqual(first);
    expect(await (await chat('one')).json()).toMatchObject({ choices: [{ message: { content: text } }] });
    const response = await chat('two');
    const { id, choices } = (await response.json()) as { id: string; choices: { message: { content: string } }[] };
    expect(choices[0]?.message.content).toBe(text);
    const again = await chat('two');
    expect(await again.json()).toMatchObject({ id, choices: [{ message: { content: text } }] });
    const streamed = await (await chat('two', { stream: true })).text();
    expect(streamed).toContain(text);
    expect(streamed).toContain('[DONE]');
    expect(provider.requests.length - before).toBe(2);
    expect(await requests()).toBe(2);
  });

  test('what did not finish is not replayed: a retry runs anew', async () => {
    await open({ gatewayContent: 'P1D' });
    const before = provider.requests.length;
    const cut = await (await chat('cut', { stream: true, messages: [{ role: 'user', content: 'FAIL' }] })).text();
    expect(cut).not.toContain('[DONE]');
    await (await chat('cut', { stream: true, messages: [{ role: 'user', content: 'FAIL' }] })).text();
    expect(provider.requests.length - before).toBe(2);
  });

  test('a replay is written to the audit log, as every reading of kept text', async () => {
    await open({ gatewayContent: 'P1D' });
    const { id } = await answered('one');
    await answered('one');
    const { data } = await server.graphql<{ auditLog: { nodes: readonly { action: string; target: string }[] } }>(
      '{ auditLog(first: 50) { nodes { action target } } }',
    );
    expect(
      data?.auditLog.nodes.filter(({ action, target }) => action === 'content.read' && target === id),
    ).toHaveLength(1);
  });

  test('a rule that came into force since, and forbids keeping, ends replays: the retry is told what there was', async () => {
    await open({ gatewayContent: 'P1D' });
    const first = await answered('one');
    await server.graphql(
      'mutation { createPolicy(input: { name: "No", rules: { retention: { provider: NONE } } }) { policy { id } } }',
    );
    expect(await answered('one')).toMatchObject({
      id: first.id,
      status: 'FINISHED',
      text: null,
      error: { code: 'CONFLICT' },
    });
  });
});

describe('where no text may be kept', () => {
  test('a finished twin gets CONFLICT, with id, status and cost of the first', async () => {
    await open();
    const before = provider.requests.length;
    const first = await answered('one');
    expect(first).toMatchObject({ status: 'FINISHED', text });
    const second = await answered('one');
    expect(second).toMatchObject({
      id: first.id,
      status: 'FINISHED',
      text: null,
      usage: first.usage,
      error: { code: 'CONFLICT' },
    });
    expect(second.error?.message).toContain(first.id);
    const refused = await chat('two').then(() => chat('two'));
    expect(refused.status).toBe(409);
    expect(refused.headers.get('x-should-retry')).toBe('false');
    const { error } = (await refused.json()) as { error: { metadata: Record<string, unknown> } };
    expect(error.metadata).toMatchObject({
      code: 'CONFLICT',
      earlier: { completion_id: refused.headers.get('x-tollgate-completion-id'), status: 'FINISHED', cost: '0.000015' },
    });
    expect(provider.requests.length - before).toBe(2);
  });

  test('twins at the same time read one run, each from its beginning', async () => {
    await open();
    const before = provider.requests.length;
    const messages = [{ role: 'user', content: 'HOLD' }];
    const first = await chat('one', { stream: true, messages });
    await until('the provider was called', () => held.length === 1);
    const twins = await Promise.all([1, 2, 3].map(() => chat('one', { stream: true, messages })));
    await held[0]?.write(chunk({ content: 'told' }) + chunk({}, 'stop') + usageChunk(10, 5) + done);
    held[0]?.end();
    const heard = await Promise.all([first, ...twins].map(response => response.text()));
    expect(new Set(heard).size).toBe(1);
    expect(heard[0]).toContain('[DONE]');
    expect(provider.requests.length - before).toBe(1);
  });
});

describe('a key', () => {
  test('with other input is a mismatch, by another caller it is another key', async () => {
    await open();
    await answered('one');
    expect(await complete('one', 'Something else')).toBe('IDEMPOTENCY_MISMATCH');
    expect((await chat('one', { messages: [{ role: 'user', content: 'Else' }] })).status).toBe(422);
    const { data } = await server.graphql<{ createApiKey: { secret: string } }>(
      `mutation ($p: ID!) { createApiKey(input: { name: "k", project: $p, role: MEMBER }) { secret } }`,
      {
        p: (
          await server.graphql<{ createProject: { id: string } }>(
            'mutation { createProject(input: { name: "P" }) { id } }',
          )
        ).data?.createProject.id,
      },
    );
    const other = await server.graphql(
      `mutation { complete(input: { model: "acme/one", messages: [{ role: USER, text: "Else" }], idempotencyKey: "one" }) { status } }`,
      {},
      data?.createApiKey.secret,
    );
    expect(other.data).toEqual({ complete: { status: 'FINISHED' } });
  });

  test('is 1 to 255 printable characters', async () => {
    await open();
    expect(await answered('x'.repeat(255))).toMatchObject({ status: 'FINISHED' });
    for (const key of ['', 'x'.repeat(256), 'a\nb', 'ä']) expect(await complete(key)).toBe('BAD_USER_INPUT');
  });

  test('keeps the run alive for a twin that comes within ten seconds; without one it is cancelled', async () => {
    await open();
    const messages = [{ role: 'user', content: 'HOLD' }];
    const before = provider.requests.length;
    const leaving = new AbortController();
    const lost = await chat('one', { stream: true, messages }, leaving.signal);
    await until('the provider was called', () => held.length === 1);
    leaving.abort();
    await lost.text().catch(() => {});
    const twin = await chat('one', { stream: true, messages });
    await held[0]?.write(chunk({ content: 'told' }) + chunk({}, 'stop') + usageChunk(10, 5) + done);
    held[0]?.end();
    expect(await twin.text()).toContain('[DONE]');
    expect(provider.requests.length - before).toBe(1);

    const alone = new AbortController();
    const left = await chat('two', { stream: true, messages }, alone.signal);
    await until('the provider was called', () => held.length === 2);
    const leftMs = performance.now();
    alone.abort();
    await left.text().catch(() => {});
    await held[1]?.hungUp;
    expect(performance.now() - leftMs).toBeGreaterThan(9_000);
  });
});
