import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { chunk, done, streamHead, usageChunk } from '../../support/openai-bytes.ts';
import { type RawExchange, type RawProvider, startRawProvider } from '../../support/raw-provider.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';
import { until } from '../../support/until.ts';
import { adminHeaders, type HeardEvent, subscribe, textOf } from './callers.ts';

vi.setConfig({ testTimeout: 60_000 });

const voidText = 'What is void';
const standing = 'Quite another answer';
let first: RawProvider;
let second: RawProvider;
let server: TestServer;
const begun: RawExchange[] = [];
const held: RawExchange[] = [];

beforeAll(async () => {
  first = await startRawProvider(async exchange => {
    await exchange.write(streamHead + chunk({ role: 'assistant', content: voidText }));
    begun.push(exchange);
  });
  second = await startRawProvider(async exchange => {
    await exchange.write(streamHead + chunk({ role: 'assistant', content: standing }));
    held.push(exchange);
  });
});
afterEach(async () => {
  begun.length = 0;
  held.length = 0;
  await server.close();
});
afterAll(() => Promise.all([first.close(), second.close()]));

async function open(): Promise<void> {
  const providers = [first, second].map(
    ({ url }, index) => `
  - id: p${index}
    protocol: openai
    baseUrl: ${url}/v1
    apiKey: a-key
    models: [{ id: one, as: acme/one, price: { input: "${index}.1", output: "${index}.1" }, contextTokens: 8000 }]
`,
  );
  server = await startTestServer({ yaml: `providers:${providers.join('')}` });
  const { errors } = await server.graphql(
    'mutation { createPolicy(input: { name: "R", rules: { retention: { gatewayContent: "P1D" } } }) { policy { id } } }',
  );
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
}

/** A subscription that begins at the first endpoint, and is restarted at the second. */
function begin() {
  return subscribe(
    server,
    'complete',
    `subscription ($input: CompleteInput!) { complete(input: $input) {
      __typename completionId seq ... on TextDelta { text } ... on CompletionIncomplete { error { code } }
    } }`,
    {
      input: {
        model: 'acme/one',
        messages: [{ role: 'USER', text: 'Hi' }],
        routing: { handoff: 'RESTART', order: ['p0'] },
        idempotencyKey: 'k1',
        sessionId: 'S1',
      },
    },
  );
}

const chat = (stream: boolean) =>
  fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { ...adminHeaders('k1'), 'x-session-id': 'S1', 'x-tollgate-handoff': 'restart' },
    body: JSON.stringify({
      model: 'acme/one',
      messages: [{ role: 'user', content: 'Hi' }],
      provider: { order: ['p0'] },
      stream,
    }),
  });

async function finish(): Promise<void> {
  await held[0]?.write(chunk({}, 'stop') + usageChunk(10, 5) + done);
  held[0]?.end();
}

const lastOf = (heard: readonly HeardEvent[]) => heard.at(-1)?.__typename;
const idOf = (heard: readonly HeardEvent[]) => heard[0]?.completionId ?? '';

describe('an OpenAI stream with the key of a subscription that was restarted in the open', () => {
  test('gets of the finished one only the text that stands, whole', async () => {
    await open();
    const subscription = begin();
    await until('it has begun', () => textOf(subscription.heard) === voidText);
    begun[0]?.end();
    await until('it was restarted', () => textOf(subscription.heard) === voidText + standing);
    await finish();
    await subscription.over;
    expect(lastOf(subscription.heard)).toBe('CompletionFinished');
    const response = await chat(true);
    const told = await response.text();
    expect(response.headers.get('x-tollgate-completion-id')).toBe(idOf(subscription.heard));
    expect(told).toContain(standing);
    expect(told).not.toContain(voidText);
    expect(told).toContain('"finish_reason":"stop"');
    expect(told).toContain('[DONE]');
    const whole = (await (await chat(false)).json()) as { choices: { message: { content: string } }[] };
    expect(whole.choices[0]?.message.content).toBe(standing);
  });

  test('that has read what is void ends with an error, and with nothing after it', async () => {
    await open();
    const subscription = begin();
    await until('it has begun', () => textOf(subscription.heard) === voidText);
    const response = await chat(true);
    begun[0]?.end();
    await until('it was restarted', () => textOf(subscription.heard) === voidText + standing);
    await finish();
    await subscription.over;
    expect(lastOf(subscription.heard)).toBe('CompletionFinished');
    const told = await response.text();
    expect(told).toContain(voidText);
    expect(told).not.toContain(standing);
    expect(told).not.toContain('[DONE]');
    expect(told).not.toMatch(/"finish_reason":"/);
    const last = told.trimEnd().split('\n\n').at(-1) ?? '';
    expect(JSON.parse(last.slice('data: '.length))).toMatchObject({
      error: { code: 'stream_cut', metadata: { code: 'STREAM_CUT', retryable: true } },
    });
  });
});
