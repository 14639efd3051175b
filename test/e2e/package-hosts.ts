import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/start-sandbox.ts';
import { ask, send, watch } from '../plugins/hosts/plugin-host.ts';
import { startProcess } from '../support/command.ts';
import { adminKey } from '../support/test-server.ts';

const root = resolve(import.meta.dirname, '../..');
const key = adminKey;
const programs = ['node-http.ts', 'express.ts', 'fastify.ts', 'hono.ts', 'next.ts'];
/** Next.js itself is not installed: what its routes export is called with the requests of a server made of `fetch`. */
const aroundRoutes = `
import { env } from 'node:process';
import { serve } from '@hono/node-server';
import * as graphql from './next/app/graphql/route.ts';
import * as v1 from './next/app/v1/[...path]/route.ts';
const fetch = request => (new URL(request.url).pathname === '/graphql' ? graphql : v1)[request.method](request);
serve({ fetch, port: Number(env.PORT), hostname: '127.0.0.1' }, address => console.log('Listening on', address));
`;

/** Runs every program of \`examples/hosts\` in a project that has the package installed. */
export function testHosts(app: () => string): void {
  let sandbox: Sandbox;
  let home: string;
  const ended: ((state: string) => void)[] = [];

  beforeAll(async () => {
    sandbox = await startSandbox({ onCallEnd: ({ state }) => ended.splice(0).forEach(tell => void tell(state)) });
    home = join(app(), 'hosts');
    await cp(join(root, 'examples/hosts'), home, { recursive: true });
    for (const name of ['express', 'fastify', 'hono', '@hono']) {
      await symlink(join(root, 'node_modules', name), join(app(), 'node_modules', name));
    }
    await writeFile(join(home, 'next.ts'), aroundRoutes);
    const models = Object.entries({ echo: '1', slow: '2' }).map(([id, price]) => {
      return { id, as: `acme/${id}`, price: { input: price, output: price }, contextTokens: 100_000 };
    });
    const provider = { id: 'acme', protocol: 'openai', baseUrl: `${sandbox.url}/v1`, apiKey: 'none-needed', models };
    await writeFile(join(home, 'tollgate.yaml'), JSON.stringify({ sandbox: false, providers: [provider] }));
  });
  afterAll(() => sandbox.close());

  test('examples/hosts/yoga.ts shows the administrator key on the first start, and the sandbox answers', async () => {
    const cwd = join(app(), 'first-start');
    await mkdir(cwd);
    const server = startProcess([join(home, 'node-http.ts')], { cwd, env: { PORT: '0' } });
    const [, generated = ''] = await server.see(/Administrator key: (\S+)/);
    const [, port] = await server.see(/port: (\d+)/);
    const answer = await ask(`http://127.0.0.1:${port}/graphql`, '{ ask(q: "hi") { status } }', { key: generated });
    expect(answer).toEqual({ data: { ask: { status: 'FINISHED' } } });
    server.process.kill('SIGTERM');
    expect((await server.ended).code).toBe(0);
  });

  test.each(programs)('examples/hosts/%s says that its port is taken, and ends', async program => {
    const taken = createServer();
    await new Promise<void>(resolve => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const env = { PORT: String(port), TOLLGATE_ADMIN_KEY: key };
    const { code, out, error } = await startProcess([join(home, program)], { cwd: home, env }).ended;
    taken.close();
    expect(code).toBe(1);
    expect(error).toContain('EADDRINUSE');
    expect(out).not.toContain('Listening');
  });

  describe.each(programs)('examples/hosts/%s', program => {
    const question = 'Write to jane@example.com.';
    let server: ReturnType<typeof startProcess>;
    let origin: string;

    beforeAll(async () => {
      server = startProcess([join(home, program)], { cwd: home, env: { PORT: '0', TOLLGATE_ADMIN_KEY: key } });
      const [, port] = await server.see(/port: (\d+)/);
      origin = `http://127.0.0.1:${port}`;
    });
    afterAll(async () => {
      const stops = program !== 'next.ts';
      server.process.kill(stops ? 'SIGTERM' : 'SIGKILL');
      expect((await server.ended).code).toBe(stops ? 0 : null);
    });

    test('answers a query with sensitive fields, streams a subscription and the OpenAI API', async () => {
      const answer = await ask(`${origin}/graphql`, 'query ($q: String!) { ask(q: $q) { question text status } }', {
        key,
        variables: { q: question },
      });
      const shown = 'Write to [EMAIL].';
      expect(answer).toEqual({ data: { ask: { question: shown, text: shown, status: 'FINISHED' } } });
      let text = '';
      for await (const { data } of watch(`${origin}/graphql`, 'subscription { asked(q: "Say hello") }', { key })) {
        text += data.asked;
      }
      expect(text).toBe('Say hello');
      const chunks = await (await chat(origin, 'acme/echo')).text();
      expect(chunks).toContain('"content":"Say');
      expect(chunks).toMatch(/data: \[DONE\]\n\n$/);
      expect((await ask(`${origin}/graphql`, '{ ask(q: "hi") { text } }')).errors?.[0]?.extensions.code).toBe(
        'UNAUTHENTICATED',
      );
    });

    test('hangs up on the provider when the client of a stream leaves', async () => {
      for (const begin of [
        (signal: AbortSignal) =>
          send(`${origin}/graphql`, 'subscription { asked(q: "hi", model: "acme/slow") }', {
            key,
            signal,
            accept: 'text/event-stream',
          }),
        (signal: AbortSignal) => chat(origin, 'acme/slow', signal),
      ]) {
        const leaving = new AbortController();
        const state = new Promise<string>(tell => ended.push(tell));
        await begin(leaving.signal);
        while (!sandbox.calls.some(call => call.state === 'running')) await new Promise(setImmediate);
        leaving.abort();
        expect(await state).toBe('hung-up');
      }
    });
  });
}

function chat(origin: string, model: string, signal?: AbortSignal): Promise<Response> {
  return fetch(`${origin}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ model, stream: true, messages: [{ role: 'user', content: 'Say hello' }] }),
    ...(signal === undefined ? {} : { signal }),
  });
}
