import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { startProgram } from '../../examples/several-nodes/start-program.ts';
import { temporaryFolder } from '../support/command.ts';
import { freePort } from '../support/free-port.ts';
import { chunk, done, streamHead } from '../support/openai-bytes.ts';
import { type RawExchange, startRawProvider } from '../support/raw-provider.ts';
import { adminKey, startTestServer, type TestServer } from '../support/test-server.ts';
import { nginxAbsence } from './open-nginx.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

const example = (file: string) =>
  readFileSync(new URL(`../../examples/ask-before-passing/${file}`, import.meta.url), 'utf8');
const program = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin']
  .map(folder => join(folder, 'nginx'))
  .find(path => existsSync(path));

const closing: (() => unknown)[] = [];
let tollgate: TestServer;
let modelServer: { readonly port: number; readonly seen: IncomingMessage[] };
let exchanges: ((exchange: RawExchange) => void)[] = [];
let url = '';

beforeAll(async () => {
  const provider = await startRawProvider(exchange => exchanges.shift()?.(exchange));
  closing.push(provider.close);
  tollgate = await startTestServer({
    yaml: `sandbox: false
providers:
  - id: own
    protocol: openai
    baseUrl: ${provider.url}/v1
    region: eu-west-1
    models: [{ id: llama, as: meta/llama-3.3-70b, price: { input: "1", output: "1" }, capabilities: [STREAMING] }]`,
  });
  closing.push(tollgate.close);
  modelServer = await startModelServer();
  if (program !== undefined) url = await startExample(program);
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

async function startModelServer(): Promise<typeof modelServer> {
  const seen: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    seen.push(request);
    response.end('the model answers');
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  return { port: (server.address() as AddressInfo).port, seen };
}

/** The example's own text, with other ports and places. */
async function startExample(
  nginx: string,
  change = (text: string) => text,
  tollgatePort = Number(new URL(tollgate.url).port),
): Promise<string> {
  const folder = await temporaryFolder();
  const port = await freePort();
  const text = change(example('nginx.conf'))
    .replace('127.0.0.1:4000', `127.0.0.1:${tollgatePort}`)
    .replace('127.0.0.1:8000', `127.0.0.1:${modelServer.port}`)
    .replace('127.0.0.1:8080', `127.0.0.1:${port}`)
    .replaceAll('/tmp/', `${folder.path}/`);
  const { chmod, writeFile } = await import('node:fs/promises');
  await writeFile(join(folder.path, 'nginx.conf'), text);
  await chmod(folder.path, 0o711);
  const own = `http://127.0.0.1:${port}`;
  const started = await startProgram(
    'nginx',
    [nginx, '-p', folder.path, '-e', 'stderr', '-c', join(folder.path, 'nginx.conf'), '-g', 'daemon off;'],
    {
      folder: folder.path,
      isReady: () =>
        fetch(own).then(
          () => true,
          () => false,
        ),
      stopSignal: 'SIGQUIT',
    },
  );
  closing.push(async () => {
    await started.stop(0);
    await folder.close();
  });
  return own;
}

const ask = (origin: string, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${origin}/models/llama/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminKey}`, ...headers },
    body: 'a prompt of the caller',
  });

async function withPolicy<T>(rules: string, act: () => Promise<T>): Promise<T> {
  const { data } = await tollgate.graphql<{ createPolicy: { policy: { id: string; revision: number } } }>(
    `mutation { createPolicy(input: { name: "p", rules: ${rules} }) { policy { id revision } } }`,
  );
  const policy = data?.createPolicy.policy;
  try {
    return await act();
  } finally {
    const { errors } = await tollgate.graphql(
      `mutation { deletePolicy(id: "${policy?.id}", expectedRevision: ${policy?.revision}) { policy { id } } }`,
    );
    expect(errors).toBeUndefined();
  }
}

describe.skipIf(nginxAbsence !== '')(`nginx that asks first${nginxAbsence}`, () => {
  test('lets through what the policies allow, without the key and with the body', async () => {
    const before = modelServer.seen.length;
    const response = await ask(url, { 'x-api-key': adminKey });
    expect([response.status, await response.text()]).toEqual([200, 'the model answers']);
    const [request] = modelServer.seen.slice(before);
    expect(request?.url).toBe('/v1/chat/completions');
    expect(request?.headers).not.toHaveProperty('authorization');
    expect(request?.headers).not.toHaveProperty('x-api-key');
  });

  test('refuses what they forbid, says which rule, and reaches no model', async () => {
    const before = modelServer.seen.length;
    const regions = await withPolicy('{ region: { allow: ["us"] } }', () => ask(url));
    expect([regions.status, await regions.json()]).toEqual([
      403,
      { error: { code: 'NO_ELIGIBLE_ENDPOINT', message: 'refused by policy: REGION' } },
    ]);
    const models = await withPolicy('{ models: { deny: ["meta/*"] } }', () => ask(url));
    expect((await models.json()).error.message).toBe('refused by policy: MODEL_ACCESS');
    expect(modelServer.seen.length).toBe(before);
    expect((await ask(url)).status).toBe(200);
  });

  test('refuses a stranger, and a caller that names another model than it asks for', async () => {
    const before = modelServer.seen.length;
    const stranger = await ask(url, { authorization: 'Bearer nobody' });
    expect((await stranger.json()).error.code).toBe('UNAUTHENTICATED');
    const spoofed = await withPolicy('{ models: { deny: ["meta/*"] } }', () =>
      ask(url, { 'x-tollgate-model': 'sandbox/echo', 'x-tollgate-region': 'us' }),
    );
    expect(spoofed.status).toBe(403);
    expect((await fetch(`${url}/ask-tollgate`)).status).toBe(404);
    expect(modelServer.seen.length).toBe(before);
  });

  test('control: without auth_request everything gets through', async () => {
    const open = await startExample(program ?? '', text => text.replace('auth_request /ask-tollgate;', ''));
    expect((await ask(open, { authorization: 'Bearer nobody' })).status).toBe(200);
  });

  test('lets nobody through where Tollgate is away', async () => {
    const before = modelServer.seen.length;
    const alone = await startExample(program ?? '', undefined, await freePort());
    const response = await ask(alone);
    expect([response.status, (await response.json()).error.code]).toEqual([503, 'STORE_UNAVAILABLE']);
    expect(modelServer.seen.length).toBe(before);
  });

  const pieces = ['one', 'two', 'three'];
  const stream = async (origin: string) => {
    const { promise, resolve } = Promise.withResolvers<RawExchange>();
    exchanges = [resolve];
    const body = JSON.stringify({
      model: 'meta/llama-3.3-70b',
      stream: true,
      messages: [{ role: 'user', content: 'hi' }],
    });
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${adminKey}` };
    const answering = fetch(`${origin}/v1/chat/completions`, { method: 'POST', headers, body });
    return { exchange: await promise, answering };
  };

  test('streams /v1 through Tollgate piece by piece, as the provider sends it', async () => {
    const { exchange, answering } = await stream(url);
    await exchange.write(streamHead + chunk({ content: 'one' }));
    const reader = ((await answering).body as ReadableStream<Uint8Array>).getReader();
    let got = '';
    for (const [at, word] of pieces.entries()) {
      // Nothing further is written before this piece is here: whoever waited for more would wait for ever.
      while (!got.includes(`"${word}"`)) got += Buffer.from((await reader.read()).value ?? []).toString();
      const next = pieces[at + 1];
      await exchange.write(next === undefined ? chunk({}, 'stop') + done : chunk({ content: next }));
    }
    exchange.end();
    for (let read = await reader.read(); !read.done; read = await reader.read())
      got += Buffer.from(read.value).toString();
    expect(got.trim().endsWith('data: [DONE]')).toBe(true);
  });

  test('and leaves the provider when the caller leaves', async () => {
    const { exchange, answering } = await stream(url);
    await exchange.write(streamHead + chunk({ content: 'one' }));
    const response = await answering;
    await response.body?.cancel();
    await exchange.hungUp;
  });
});

describe('what Envoy is configured to do', () => {
  const [listener] = parse(example('envoy.yaml')).static_resources.listeners;
  const manager = listener.filter_chains[0].filters[0].typed_config;
  const { typed_config: filter } = manager.http_filters[0];
  const [route] = manager.route_config.virtual_hosts[0].routes;

  test('is to ask before the router, and to refuse where there is no answer', () => {
    expect(manager.http_filters.map(({ name }: { readonly name: string }) => name)).toEqual([
      'envoy.filters.http.ext_authz',
      'envoy.filters.http.router',
    ]);
    expect(filter).toMatchObject({ failure_mode_allow: false, status_on_error: { code: 'ServiceUnavailable' } });
    expect(filter).not.toHaveProperty('with_request_body');
    const keys = ['authorization', 'x-api-key', 'api-key'];
    expect(route.request_headers_to_remove).toEqual(keys);
    expect(filter.allowed_headers.patterns).toEqual(keys.slice(1).map(exact => ({ exact })));
  });

  test('is answered as it asks: with the method and path of the caller, and these headers', async () => {
    const { path_prefix: prefix, authorization_request: asked } = filter.http_service;
    const added = asked.headers_to_add.map(({ key, value }: { key: string; value: string }) => [key, value]);
    const check = (method: string, key = adminKey) =>
      fetch(`${tollgate.url}${prefix}/models/llama/v1/chat/completions?x=1`, {
        method,
        headers: { ...Object.fromEntries(added), authorization: `Bearer ${key}` },
      });
    for (const method of ['GET', 'POST', 'PUT', 'OPTIONS', 'HEAD']) expect((await check(method)).status).toBe(200);
    const denied = await withPolicy('{ region: { deny: ["eu-west-1"] } }', () => check('POST'));
    expect(denied.status).toBe(403);
    const shown = filter.http_service.authorization_response.allowed_client_headers.patterns.map(
      ({ exact }: { readonly exact: string }) => denied.headers.get(exact),
    );
    expect(shown).toEqual(['NO_ELIGIBLE_ENDPOINT', 'REGION']);
    expect((await check('POST', 'nobody')).status).toBe(401);
  });
});
