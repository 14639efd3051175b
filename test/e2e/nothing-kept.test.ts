import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answerWith, chunk, failWith, streamHead } from '../support/openai-bytes.ts';
import { type RawExchange, type RawProvider, startRawProvider } from '../support/raw-provider.ts';
import { adminKey, providersYaml, startTestServer, type TestServer } from '../support/test-server.ts';

/** Planted in prompts, answers, tools and errors; nothing else in the world holds it. */
const canary = `canary${randomUUID().replaceAll('-', '')}`;

let provider: RawProvider;
let server: TestServer;
const written: string[] = [];

beforeAll(async () => {
  provider = await startRawProvider(play);
  server = await startTestServer({
    yaml: providersYaml([{ id: 'acme', url: provider.url }]),
    env: { LOG_LEVEL: 'trace' },
    logTo: { write: line => void written.push(line) },
  });
});

afterAll(async () => {
  await server.close();
  await provider.close();
});

/** Answers as the prompt asks: well, with an error that echoes it, or with a stream that breaks. */
async function play(exchange: RawExchange): Promise<void> {
  const { body } = exchange.request;
  if (body.includes('fail-400')) await failWith(exchange, 400, { echo: body });
  else if (body.includes('fail-500')) await failWith(exchange, 500, { echo: body });
  else if (body.includes('cut-off')) {
    await exchange.write(streamHead + chunk({ role: 'assistant', content: canary }));
    exchange.end();
  } else await answerWith(exchange, `Here you are: ${canary}`);
}

const paths: readonly (readonly [string, (prompt: string) => Promise<string>])[] = [
  ['a mutation', prompt => graphql('mutation', prompt, 'application/json')],
  ['a subscription', prompt => graphql('subscription', prompt, 'text/event-stream')],
  ['the OpenAI API', prompt => openai(prompt, false)],
  ['a stream of the OpenAI API', prompt => openai(prompt, true)],
];

describe.each(paths)('%s', (_, ask) => {
  test.each(['well', 'fail-400', 'fail-500', 'cut-off'])(
    'leaves nothing of the prompt or the answer behind: %s',
    async kind => {
      const answered = await ask(`${canary} ${kind}`);
      if (kind.startsWith('fail')) expect(answered).not.toContain(canary);
    },
  );
});

test('control: the canary reached the provider, and the answer reached the caller', async () => {
  expect(provider.requests.some(({ body }) => body.includes(canary))).toBe(true);
  expect(await openai(`${canary} well`, false)).toContain(canary);
});

test('no file of the state, no line of the log and no metric holds it', async () => {
  const { data } = await server.graphql(
    '{ completions(first: 100) { nodes { id status text partialText error { message } } } }',
  );
  expect(JSON.stringify(data)).not.toContain(canary);
  const metrics = await fetch(`${server.url}/metrics`);
  expect(await metrics.text()).not.toContain(canary);
  const files = await readdir(server.stateDir, { recursive: true });
  expect(files.some(name => name.endsWith('.db'))).toBe(true);
  for (const name of files) {
    const bytes = await readFile(join(server.stateDir, name)).catch(() => Buffer.alloc(0));
    expect(bytes.includes(canary), name).toBe(false);
  }
  expect(written.join('')).not.toContain(canary);
  expect(written.join('')).toContain('completionId');
});

async function graphql(kind: 'mutation' | 'subscription', text: string, accept: string): Promise<string> {
  const selection =
    kind === 'mutation'
      ? '{ status text error { message } }'
      : '{ __typename ... on TextDelta { text } ... on CompletionFailed { error { message } } }';
  const tools = [{ name: 'look', description: canary, parameters: { type: 'object', description: canary } }];
  const response = await post('/graphql', accept, {
    query: `${kind} ($input: CompleteInput!) { complete(input: $input) ${selection} }`,
    variables: {
      input: { model: 'acme/one', endUser: canary, sessionId: canary, tools, messages: [{ role: 'USER', text }] },
    },
  });
  return await response.text();
}

async function openai(content: string, stream: boolean): Promise<string> {
  const body = { model: 'acme/one', user: canary, session_id: canary, stream, messages: [{ role: 'user', content }] };
  return await (await post('/v1/chat/completions', '*/*', body)).text();
}

function post(path: string, accept: string, body: unknown): Promise<Response> {
  return fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept, authorization: `Bearer ${adminKey}` },
    body: JSON.stringify(body),
  });
}
