import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type ServeCommand, startServe, temporaryFolder, tollgate } from '../support/command.ts';
import { chunk, done, streamHead, usageChunk } from '../support/openai-bytes.ts';
import { pasteQuery } from '../support/paste-query.ts';
import { type RawExchange, startRawProvider } from '../support/raw-provider.ts';
import { adminKey, providersYaml, startTestServer, type TestServer } from '../support/test-server.ts';

// Every process starts a whole Node, which a busy machine makes wait.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const open: { close(): Promise<unknown> }[] = [];
let cwd: string;
beforeEach(async () => {
  const folder = await temporaryFolder();
  open.push(folder);
  cwd = folder.path;
});
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

/** A server as a process of its own, killed after the test where it did not end in it. */
async function serve(env: Readonly<Record<string, string>> = {}): Promise<ServeCommand> {
  const server = await startServe({ cwd, env });
  open.push({
    close() {
      server.process.kill('SIGKILL');
      return server.ended;
    },
  });
  return server;
}

async function graphql(server: ServeCommand, query: string, variables = {}, key = adminKey): Promise<unknown> {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ query, variables }),
  });
  const { data } = (await response.json()) as { readonly data: unknown };
  return data;
}

function startStream(server: ServeCommand): Promise<Response> {
  return fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${adminKey}` },
    body: JSON.stringify({ model: 'acme/one', stream: true, messages: [{ role: 'user', content: 'hi' }] }),
  });
}

/** A server before one provider that says "Once", and whose answers go on when the test says so. */
async function serveBeforeProvider() {
  const exchanges: RawExchange[] = [];
  const provider = await startRawProvider(async exchange => {
    exchanges.push(exchange);
    await exchange.write(streamHead + chunk({ role: 'assistant', content: 'Once' }));
  });
  open.push(provider);
  await writeFile(join(cwd, 'tollgate.yaml'), providersYaml([{ id: 'acme', url: provider.url }]));
  const server = await serve({ TOLLGATE_ADMIN_KEY: adminKey, LOG_LEVEL: 'info' });
  return { provider, exchanges, server };
}

async function readUntil(reader: ReadableStreamDefaultReader<Uint8Array>, wanted: string): Promise<string> {
  let text = '';
  while (!text.includes(wanted)) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`ended before ${wanted}: ${text}`);
    text += Buffer.from(value).toString();
  }
  return text;
}

async function finish(exchange: RawExchange, text: string): Promise<void> {
  await exchange.write(chunk({ content: text }) + chunk({}, 'stop') + usageChunk(10, 5) + done);
  exchange.end();
}

const statusOf = async (url: string) => (await fetch(url)).status;

describe('a start', () => {
  test('prints an administrator key once, and a query that works as it is pasted', async () => {
    const first = await serve();
    const [, key = ''] = /Administrator key.*\n\n {2}(tg_\S+)\n/.exec(first.out) ?? [];
    expect(await pasteQuery(first.out)).toMatchObject({ data: { complete: { model: { id: 'sandbox/chat' } } } });
    expect(await statusOf(`${first.url}/readyz`)).toBe(200);
    first.process.kill('SIGINT');
    expect(await first.ended).toMatchObject({ code: 0 });

    const second = await serve();
    expect(second.out).not.toContain('Administrator key');
    expect(await pasteQuery(second.out, { TOLLGATE_API_KEY: key })).toMatchObject({
      data: { complete: { model: { id: 'sandbox/chat' } } },
    });
    expect(await pasteQuery(second.out, { TOLLGATE_API_KEY: 'wrong' })).toMatchObject({
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    });
  });

  test('on a state folder that is in use is refused, with the pid and the address of who has it', async () => {
    const server = await serve();
    const { code, out, error } = await tollgate(['serve'], { cwd, env: { PORT: '0' } });
    expect({ code, out, lines: error.split('\n').length }).toEqual({ code: 4, out: '', lines: 2 });
    expect(error).toContain(`process ${server.process.pid} at ${server.url}`);
    expect(await statusOf(`${server.url}/livez`)).toBe(200);
  });

  test('on a port that is in use ends with one line that says what to set', async () => {
    const server = await serve();
    const env = { PORT: new URL(server.url).port, TOLLGATE_STATE_DIR: 'other', LOG_LEVEL: 'silent' };
    const { code, error } = await tollgate(['serve'], { cwd, env });
    expect({ code, error }).toEqual({
      code: 4,
      error: `PORT: 127.0.0.1:${env.PORT} is in use by another program; set PORT to another number, or 0 for any.\n`,
    });
  });

  test('goes on although nobody reads what it prints any more', async () => {
    const server = await serve({ TOLLGATE_ADMIN_KEY: adminKey, LOG_LEVEL: 'info' });
    server.process.stdout?.destroy();
    const query = 'mutation { complete(input: { messages: [{ role: USER, text: "hi" }] }) { status } }';
    for (const _ of [1, 2, 3]) expect(await graphql(server, query)).toEqual({ complete: { status: 'FINISHED' } });
  });
});

describe('SIGTERM', () => {
  test('is not ready at once, still takes requests, lets a running stream finish, and ends with code 0', async () => {
    const { exchanges, server } = await serveBeforeProvider();
    const response = await startStream(server);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    await readUntil(reader, 'Once');

    server.process.kill('SIGTERM');
    await server.see(/"msg":"stopping"/);
    expect(await statusOf(`${server.url}/readyz`)).toBe(503);
    expect(await statusOf(`${server.url}/livez`)).toBe(200);
    const late = await startStream(server);
    const lateReader = (late.body as ReadableStream<Uint8Array>).getReader();
    await readUntil(lateReader, 'Once');

    for (const exchange of exchanges) await finish(exchange, ' upon a time');
    for (const stream of [reader, lateReader]) {
      const rest = await readUntil(stream, '[DONE]');
      expect(rest).toContain('upon a time');
      expect(rest).toContain('"finish_reason":"stop"');
    }
    expect(await server.ended).toMatchObject({ code: 0, signal: null, error: '' });
  });

  test('a second one ends at once, and what ran is booked at the next start', async () => {
    const { server } = await serveBeforeProvider();
    const response = await startStream(server);
    await readUntil((response.body as ReadableStream<Uint8Array>).getReader(), 'Once');
    server.process.kill('SIGTERM');
    await server.see(/"msg":"stopping"/);
    // Again and again, since those of the first moment count as one.
    const again = setInterval(() => server.process.kill('SIGTERM'), 100);
    expect(await server.ended).toMatchObject({ code: 1, signal: null });
    clearInterval(again);
    const { data } = await restart(again => again.graphql(bookedQuery));
    expect(data).toMatchObject({ completions: { nodes: [{ attempts: [{ outcome: 'UNKNOWN' }] }] } });
  });
});

describe('Ctrl-C under npm', () => {
  test('lets a running stream finish, although npm sends on what the terminal has sent already', async () => {
    const { exchanges, server } = await serveBeforeProvider();
    const response = await startStream(server);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    await readUntil(reader, 'Once');
    server.process.kill('SIGINT');
    await server.see(/"msg":"stopping"/);
    server.process.kill('SIGINT');
    for (const exchange of exchanges) await finish(exchange, ' upon a time');
    expect(await readUntil(reader, '[DONE]')).toContain('upon a time');
    expect(await server.ended).toMatchObject({ code: 0, signal: null, error: '' });
  });
});

describe('SIGHUP', () => {
  test('takes a new configuration, while a stream that runs goes on with the old one', async () => {
    const { provider, exchanges, server } = await serveBeforeProvider();
    const response = await startStream(server);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    await readUntil(reader, 'Once');
    const changed = providersYaml([{ id: 'other', url: provider.url }]);
    await writeFile(join(cwd, 'tollgate.yaml'), changed);
    server.process.kill('SIGHUP');
    await server.see(/took the new configuration/);

    for (const exchange of exchanges) await finish(exchange, ' more');
    expect(await readUntil(reader, '[DONE]')).toContain('"finish_reason":"stop"');
    await (await startStream(server)).body?.cancel();
    expect((await provider.request(0)).headers.authorization).toBe('Bearer key-of-acme');
    expect((await provider.request(1)).headers.authorization).toBe('Bearer key-of-other');
  });
});

describe('SIGKILL', () => {
  test('loses nothing: the cut attempt is booked once, as unknown; usage, projects and keys are there', async () => {
    const { exchanges, server } = await serveBeforeProvider();
    const created = (await graphql(server, createProject)) as { readonly createProject: { readonly id: string } };
    const { id: projectId } = created.createProject;
    const made = (await graphql(server, createKey, { projectId })) as {
      readonly createApiKey: { readonly secret: string };
    };
    const { secret } = made.createApiKey;
    const finished = await startStream(server);
    for (const exchange of exchanges) await finish(exchange, ' more');
    await finished.text();
    const running = await startStream(server);
    await readUntil((running.body as ReadableStream<Uint8Array>).getReader(), 'Once');

    server.process.kill('SIGKILL');
    expect(await server.ended).toMatchObject({ signal: 'SIGKILL' });

    for (const _ of ['the first restart', 'the second']) {
      const { data } = await restart(again => again.graphql(bookedQuery));
      expect(data).toMatchObject({
        completions: {
          nodes: [
            { status: 'INCOMPLETE', usage: { estimated: true }, attempts: [{ outcome: 'UNKNOWN' }] },
            { status: 'FINISHED', attempts: [{ outcome: 'SUCCEEDED' }] },
          ],
        },
        usage: { total: { requests: 2 } },
      });
    }
    const viewer = await restart(again => again.graphql('{ viewer { project { id } } }', {}, secret));
    expect(viewer.data).toEqual({ viewer: { project: { id: projectId } } });
  });
});

const createProject = 'mutation { createProject(input: { name: "Search" }) { id } }';
const createKey = `mutation ($projectId: ID!) {
  createApiKey(input: { name: "search", project: $projectId }) { secret }
}`;

const bookedQuery = `{
  completions(first: 9) { nodes { status usage { estimated } attempts { outcome } } }
  usage { total { requests } }
}`;

/** Starts on the same state again, in this process, and reads the ledger, newest first. */
async function restart<T>(read: (again: TestServer) => Promise<T>): Promise<T> {
  const again = await startTestServer({ stateDir: join(cwd, '.tollgate') });
  try {
    return await read(again);
  } finally {
    await again.close();
  }
}
