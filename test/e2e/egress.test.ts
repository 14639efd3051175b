import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { carriers } from '../abuse/carriers.ts';
import { answerWith } from '../support/openai-bytes.ts';
import { type RawProvider, startRawProvider } from '../support/raw-provider.ts';
import { adminKey, startTestServer, type TestServer } from '../support/test-server.ts';

vi.setConfig({ testTimeout: 30_000 });

const closing: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

/** Takes every connection, and counts them. */
async function startTrap(): Promise<{ readonly port: number; readonly connections: () => number }> {
  let connections = 0;
  const server = createTcpServer(socket => {
    connections += 1;
    socket.on('error', () => {});
    socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  return { port: (server.address() as AddressInfo).port, connections: () => connections };
}

async function startServerBefore(
  models: string,
  more = '',
): Promise<{ readonly server: TestServer; readonly provider: RawProvider }> {
  const provider = await startRawProvider(exchange => answerWith(exchange, 'hello'));
  closing.push(provider.close);
  const server = await startTestServer({
    yaml: `providers:
  - id: acme
    protocol: openai
    baseUrl: ${provider.url}/v1
    apiKey: key-of-acme
    models: [${models}]
${more}`,
  });
  closing.push(server.close);
  return { server, provider };
}

const priced = 'price: { input: "1", output: "1" }, capabilities: [TOOLS, STREAMING, JSON_SCHEMA, REASONING]';
const chatOf = (server: TestServer, body: Readonly<Record<string, unknown>>, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${adminKey}`, ...headers },
    body: JSON.stringify({ model: 'acme/one', messages: [{ role: 'user', content: 'x' }], ...body }),
  });

describe('a URL that a caller gave', () => {
  let server: TestServer;
  let provider: RawProvider;
  let trap: Awaited<ReturnType<typeof startTrap>>;
  beforeAll(async () => {
    ({ server, provider } = await startServerBefore(
      `{ id: one, as: acme/one, ${priced}, inputModalities: [TEXT, IMAGE, AUDIO, FILE] }`,
    ));
    trap = await startTrap();
  });

  /** Every place where a caller can write a text, with the address in it. */
  function requests(url: string): readonly (() => Promise<Response>)[] {
    const media = (type: string) => ({
      model: 'acme/one',
      messages: [{ role: 'USER', parts: [{ text: url }, { [type]: { url, mediaType: 'image/png', name: url } }] }],
    });
    const inputs: readonly unknown[] = [
      media('image'),
      media('audio'),
      media('file'),
      { model: url, messages: [{ role: 'USER', text: url }] },
      { model: `acme/one@${url}`, messages: [{ role: 'USER', text: url }] },
      { model: 'acme/one', fallbackModels: [url], messages: [{ role: 'USER', text: url }] },
      { model: 'acme/one', messages: [{ role: 'USER', text: url }], endUser: url, sessionId: url },
      { model: 'acme/one', messages: [{ role: 'USER', text: url }], labels: [{ name: 'url', value: url }] },
      { model: 'acme/one', messages: [{ role: 'USER', text: url }], routing: { only: [url], order: [url] } },
      {
        model: 'acme/one',
        messages: [{ role: 'USER', text: 'x' }],
        tools: [
          { name: 't', description: url, parameters: { $ref: url, $schema: url, properties: { a: { $ref: url } } } },
        ],
        responseFormat: { type: 'JSON_SCHEMA', name: 's', schema: { $schema: url, $id: url, $ref: url } },
      },
      ...['base_url', 'api_base', 'web_search_options', 'plugins'].map(name => ({
        model: 'acme/one',
        messages: [{ role: 'USER', text: 'x' }],
        providerOptions: [{ protocol: 'openai', options: { [name]: url } }],
      })),
    ];
    const query = 'mutation ($input: CompleteInput!) { complete(input: $input) { status } }';
    const post = (headers: Record<string, string>, variables: unknown) =>
      fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${adminKey}`, ...headers },
        body: JSON.stringify({ query, variables }),
      });
    const headers: readonly string[] = [
      'x-forwarded-host',
      'x-forwarded-for',
      'forwarded',
      'x-original-url',
      'x-portkey-custom-host',
      'x-base-url',
      'x-provider-url',
      'x-request-id',
      'referer',
      'origin',
      'link',
    ];
    const members = ['base_url', 'api_base', 'custom_host', 'callback_url', 'webhook', 'webhook_url', 'plugins'];
    const image = { type: 'image_url', image_url: { url } };
    return [
      ...inputs.map(input => () => post({}, { input })),
      ...headers.map(name => () => post({ [name]: url }, { input: inputs[6] })),
      ...headers.map(name => () => chatOf(server, {}, { [name]: url })),
      ...members.map(name => () => chatOf(server, { [name]: url })),
      () => chatOf(server, { messages: [{ role: 'user', content: [image] }] }),
      () => chatOf(server, { messages: [{ role: 'user', content: url }], user: url, metadata: { url } }),
      () => fetch(`${server.url}/graphql?query={__typename}&variables=${encodeURIComponent(JSON.stringify({ url }))}`),
      () =>
        fetch(`${server.url}/v1/models/${encodeURIComponent(url)}`, {
          headers: { authorization: `Bearer ${adminKey}` },
        }),
      () =>
        fetch(`${server.url}/authz`, {
          headers: { authorization: `Bearer ${adminKey}`, 'x-tollgate-model': url, 'x-tollgate-region': url },
        }),
      () =>
        post(
          {},
          { input: { model: 'acme/one', messages: [{ role: 'USER', text: 'x' }], deadline: 'PT5S', workload: 'x' } },
        ),
    ];
  }

  const spellings: readonly ((port: number) => string)[] = [
    port => `http://127.0.0.1:${port}/secret`,
    port => `http://127.1:${port}/`,
    port => `http://0x7f000001:${port}/`,
    port => `http://[::ffff:127.0.0.1]:${port}/`,
    port => `http://user@localhost:${port}/`,
  ];

  test('is never fetched, wherever it stands and however it is written', async () => {
    for (const spelling of spellings) {
      for (const send of requests(spelling(trap.port))) {
        const response = await send();
        await response.text();
      }
    }
    expect(trap.connections()).toBe(0);
    // What came through went to the configured provider, and nowhere else.
    expect(provider.requests.length).toBeGreaterThan(20);
  });

  test('nor does a redirect of a provider lead anywhere', async () => {
    const redirecting = createServer((_, response) => {
      response.writeHead(307, { location: `http://127.0.0.1:${trap.port}/` });
      response.end();
    });
    await new Promise<void>(resolve => redirecting.listen(0, '127.0.0.1', resolve));
    closing.push(() => redirecting.close());
    const moved = await startTestServer({
      yaml: `providers: [{ id: moved, protocol: openai, apiKey: key, baseUrl: "http://127.0.0.1:${(redirecting.address() as AddressInfo).port}/v1", models: [{ id: one, as: acme/one, ${priced} }] }]`,
    });
    closing.push(moved.close);
    expect((await chatOf(moved, {})).status).toBeGreaterThanOrEqual(500);
    expect(trap.connections()).toBe(0);
  });

  test('control: the trap counts who calls it', async () => {
    const own = await startTrap();
    await (await fetch(`http://127.0.0.1:${own.port}/`)).text();
    expect(own.connections()).toBe(1);
  });
});

/** Tools that providers run themselves, as each protocol asks for them. */
const asked: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  openai: { web_search_options: {} },
  openrouter: { plugins: [{ id: 'web' }] },
  anthropic: { tools: [{ type: 'web_search_20250305', name: 'web_search' }] },
  'anthropic code': { tools: [{ type: 'code_execution_20250825', name: 'code_execution' }] },
  gemini: { tools: [{ googleSearch: {} }] },
  'gemini url context': { tools: [{ urlContext: {} }] },
  'openai file search': { tools: [{ type: 'file_search', vector_store_ids: ['v'] }] },
  mcp: { tools: [{ type: 'mcp', server_url: 'http://127.0.0.1:1/' }] },
  'a suffix': { model: 'acme/one:online' },
};

describe('a tool that a provider would run itself', () => {
  let server: TestServer;
  let provider: RawProvider;
  beforeAll(async () => {
    ({ server, provider } = await startServerBefore(`{ id: one, as: acme/one, ${priced} }`));
  });

  test.each(Object.entries(asked))('is refused at /v1: %s', async (_, body) => {
    for (const stream of [false, true]) {
      const response = await chatOf(server, { ...body, stream });
      expect([400, 404]).toContain(response.status);
      expect(['BAD_USER_INPUT', 'NOT_FOUND']).toContain((await response.json()).error.metadata.code);
    }
    expect(provider.requests).toHaveLength(0);
  });

  test.each(Object.entries(carriers))('is refused over %s', async (_, carry) => {
    const query = 'mutation ($input: CompleteInput!) { complete(input: $input) { status } }';
    const messages = [{ role: 'USER', text: 'x' }];
    for (const options of Object.values(asked)) {
      const { model = 'acme/one', ...rest } = options;
      const inputs =
        Object.keys(rest).length === 0
          ? [{ model, messages }]
          : [
              ...['openai', 'anthropic', 'gemini'].map(protocol => ({
                model,
                messages,
                providerOptions: [{ protocol, options: rest }],
              })),
              { model, messages, ...rest },
            ];
      for (const input of inputs) {
        const { errors } = await carry({ url: server.url, key: adminKey }, { query, variables: { input } });
        expect(['BAD_USER_INPUT', 'NOT_FOUND']).toContain(errors?.[0]?.extensions.code);
      }
    }
    expect(provider.requests).toHaveLength(0);
  });

  test('control: a tool of the caller by the same name goes through, as a function', async () => {
    const tools = [{ type: 'function', function: { name: 'web_search', parameters: { type: 'object' } } }];
    expect((await chatOf(server, { tools })).status).toBe(200);
    expect(JSON.parse(provider.requests[0]?.body ?? '').tools).toMatchObject([{ type: 'function' }]);
  });
});

describe('a model that uses tools of its provider unasked', () => {
  const models = [
    `{ id: "one:online", as: "acme/one:online", ${priced} }`,
    `{ id: sonar-pro, as: acme/sonar, ${priced} }`,
    `{ id: gpt-4o-search-preview, as: acme/search, ${priced} }`,
    `{ id: plain, as: acme/said-to, ${priced}, runsServerTools: true }`,
    `{ id: plain-search, as: acme/plain, ${priced} }`,
    `{ id: sonar-look-alike, as: acme/not, ${priced}, runsServerTools: false }`,
  ].join(', ');
  const using = ['acme/one:online', 'acme/sonar', 'acme/search', 'acme/said-to'];

  test('is refused until the configuration allows it, and says why', async () => {
    const { server, provider } = await startServerBefore(models);
    for (const model of using) {
      for (const stream of [false, true]) {
        const response = await chatOf(server, { model, stream });
        const { error } = await response.json();
        expect(error.metadata.excluded_by).toMatchObject([{ code: 'MODEL_ACCESS' }]);
      }
    }
    expect((await chatOf(server, { model: 'auto' })).status).toBe(200);
    expect((await chatOf(server, { model: 'acme/sonar', models: ['acme/plain'] })).status).toBe(200);
    for (const model of ['acme/plain', 'acme/not']) expect((await chatOf(server, { model })).status).toBe(200);
    const called = provider.requests.map(({ body }) => JSON.parse(body).model);
    expect(called.filter(name => !['plain-search', 'sonar-look-alike'].includes(name))).toEqual([]);
    const { data } = await server.graphql<{ route: { candidates: { exclusions: { detail: string }[] }[] } }>(
      '{ route(input: { model: "acme/sonar", messages: [{ role: USER, text: "x" }] }) { candidates { exclusions { detail } } } }',
    );
    expect(data?.route.candidates[0]?.exclusions[0]?.detail).toContain('allowServerTools');
    const authz = await fetch(`${server.url}/authz`, {
      headers: { authorization: `Bearer ${adminKey}`, 'x-tollgate-model': 'acme/sonar' },
    });
    expect(authz.status).toBe(403);
  });

  test('is called where the configuration allows it, unless a policy forbids the model', async () => {
    const { server, provider } = await startServerBefore(models, '    allowServerTools: true');
    for (const model of using) expect((await chatOf(server, { model })).status).toBe(200);
    expect(provider.requests).toHaveLength(4);
    await server.graphql(
      'mutation { createPolicy(input: { name: "p", rules: { models: { deny: ["acme/sonar"] } } }) { policy { id } } }',
    );
    expect((await chatOf(server, { model: 'acme/sonar' })).status).toBe(404);
    expect((await chatOf(server, { model: 'acme/search' })).status).toBe(200);
    expect(provider.requests).toHaveLength(5);
  });
});
