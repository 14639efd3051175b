import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { OpenedServer } from './open-server.ts';
import { openServer } from './open-server.ts';

let opened: OpenedServer | undefined;
afterEach(() => opened?.close());

const read = `subscription { complete(input: { messages: [{ role: USER, text: "hi" }] }) { seq ... on TextDelta { text } } }`;

test('says that it lives, and why it is not ready', async () => {
  let reason: string | undefined = 'no provider has a usable credential';
  opened = await openServer({ readiness: () => reason });
  expect((await fetch(`${opened.server.url}/livez`)).status).toBe(200);
  const notReady = await fetch(`${opened.server.url}/readyz`);
  expect([notReady.status, await notReady.json()]).toEqual([503, { status: 'not ready', reason }]);
  reason = undefined;
  expect((await fetch(`${opened.server.url}/readyz`)).status).toBe(200);
});

test('draining: not ready at once, still accepting for a while, and a running stream ends whole', async () => {
  opened = await openServer();
  const { server, post, nextRun } = opened;
  const starting = nextRun();
  const streaming = post('/graphql', { query: read }, { accept: 'text/event-stream' });
  const run = await starting;
  run.accept();
  const response = await streaming;
  const idle = connect(server.address.port, '127.0.0.1');
  idle.write('GET /livez HTTP/1.1\r\nhost: x\r\n\r\n');
  await once(idle, 'data');
  const drained = server.drain({ acceptMs: 150, finishMs: 2_000 });
  expect((await fetch(`${server.url}/readyz`)).status).toBe(503);
  expect((await post('/graphql', { query: '{ __typename }' })).status).toBe(200);
  // Idle connections are closed as the server stops listening.
  await once(idle, 'close');
  const [refusal] = await once(connect(server.address.port, '127.0.0.1'), 'error');
  expect(refusal.code).toBe('ECONNREFUSED');
  run.deltas({ type: 'text', text: 'late' });
  run.finish();
  const body = await response.text();
  expect(body).toContain('late');
  expect(body.endsWith('event: complete\ndata:\n\n')).toBe(true);
  expect(await drained).toBe(true);
});

test('draining gives up on a stream that does not end, and closing cancels it', async () => {
  opened = await openServer();
  const starting = opened.nextRun();
  const streaming = opened.post('/graphql', { query: read }, { accept: 'text/event-stream' });
  const run = await starting;
  run.accept();
  const response = await streaming;
  expect(await opened.server.drain({ acceptMs: 0, finishMs: 50 })).toBe(false);
  const reading = response.text().catch(() => 'cut');
  await opened.server.close();
  await run.cancelled;
  expect(await reading).toBe('cut');
});

test('a request id of the caller comes back, an insane one is replaced', async () => {
  opened = await openServer();
  const { url } = opened.server;
  const kept = await fetch(`${url}/livez`, { headers: { 'x-request-id': 'abc-123' } });
  const replaced = await fetch(`${url}/livez`, { headers: { 'x-request-id': 'a b"c' } });
  expect(kept.headers.get('x-request-id')).toBe('abc-123');
  expect(replaced.headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/);
});

test("hands the caller's trace context and the request id to the run", async () => {
  opened = await openServer();
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const starting = opened.nextRun();
  const calling = opened.post(
    '/v1/chat/completions',
    { messages: [{ role: 'user', content: 'x' }] },
    { traceparent, 'x-request-id': 'r1' },
  );
  const run = await starting;
  run.finish({ text: 'ok' });
  await calling;
  expect(run.options).toMatchObject({ entrance: 'OPENAI', requestId: 'r1', traceparent });
});

test('GraphiQL and all that it loads come from this server, and its page forbids everything else', async () => {
  opened = await openServer();
  const { url } = opened.server;
  const page = await fetch(`${url}/graphql`, { headers: { accept: 'text/html' } });
  const html = await page.text();
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(match => match[1] ?? '');
  expect(links.filter(link => !link.startsWith('/graphql/') && !link.startsWith('data:'))).toEqual([]);
  for (const link of links.filter(each => each.startsWith('/'))) {
    const asset = await fetch(`${url}${link}`);
    expect([link, asset.status]).toEqual([link, 200]);
    const text = await asset.text();
    if (link.endsWith('.css')) expect(text).not.toMatch(/url\(["']?(?!data:|["']?#)[^)]/);
    if (link.endsWith('start.js')) {
      for (const [worker] of text.matchAll(/\/graphql\/\w+\.worker\.js/g))
        expect((await fetch(`${url}${worker}`)).status).toBe(200);
    }
  }
});

test('the example operations of GraphiQL are valid against the schema', async () => {
  opened = await openServer();
  const { parse, validate } = await import('graphql');
  const { buildTollgateSchema } = await import('../../src/graphql/schema.ts');
  const { exampleTabs } = await import('../../src/http/graphiql/example-tabs.ts');
  for (const names of [
    { typePrefix: '', fieldPrefix: '' },
    { typePrefix: 'Ai', fieldPrefix: 'ai' },
  ]) {
    const schema = buildTollgateSchema({ names });
    for (const { query } of exampleTabs(names)) expect(validate(schema, parse(query))).toEqual([]);
  }
});
