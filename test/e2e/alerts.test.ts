import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { type Config, loadConfig } from '../../src/config.ts';
import { startObservability } from '../../src/observability.ts';
import { budgetAlert } from '../http/webhooks/open-webhooks.ts';
import { startServe, temporaryFolder } from '../support/command.ts';
import { type RawProvider, type RawScript, startRawProvider, wholeAnswer } from '../support/raw-provider.ts';
import { startTestServer } from '../support/test-server.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const take: RawScript = exchange => void exchange.write(wholeAnswer(204, ''));

async function receive(script: RawScript = take): Promise<RawProvider> {
  const receiver = await startRawProvider(script);
  closing.push(receiver.close);
  return receiver;
}

const secret = `planted-${randomUUID()}`;
const yamlOf = (...urls: readonly string[]) =>
  JSON.stringify({ webhooks: urls.map(url => ({ url: `${url}/alerts`, secret })) });

function configOf(yaml: string): Config {
  const files = new Map([['/srv/tollgate.yaml', yaml]]);
  return loadConfig({ env: { LOG_LEVEL: 'trace' }, cwd: '/srv', readFile: path => files.get(path) });
}

describe('the page on alerts', () => {
  const page = readFileSync(new URL('../../docs/alerts.md', import.meta.url), 'utf8');
  const block = (language: string) => new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(page)?.[1] ?? '';

  test('verifies, by the code that it shows, what the server sends, and nothing else', async () => {
    const folder = await temporaryFolder();
    closing.push(folder.close);
    const file = join(folder.path, 'verify.mjs');
    await writeFile(file, block('js'));
    const { isAuthentic } = (await import(pathToFileURL(file).href)) as {
      isAuthentic(headers: Readonly<Record<string, string>>, body: string, secret: string): boolean;
    };
    const receiver = await receive();
    const marked = `whsec_${Buffer.alloc(32, secret).toString('base64')}`;
    for (const [number, own] of [secret, marked].entries()) {
      const config = configOf(JSON.stringify({ webhooks: [{ url: receiver.url, secret: own }] }));
      const observability = await startObservability(config, { write: () => {} });
      for (const { alerted } of observability.observers) alerted?.(budgetAlert(number));
      const { headers, body } = await receiver.request(number);
      await observability.close();
      expect(isAuthentic(headers, body, own)).toBe(true);
      expect(isAuthentic(headers, `${body} `, own)).toBe(false);
      expect(isAuthentic(headers, body, `${own}x`.replace(/^whsec_./, 'whsec_A'))).toBe(false);
      const old = String(Number(headers['webhook-timestamp']) - 301);
      for (const change of [
        { 'webhook-id': 'other' },
        { 'webhook-timestamp': old },
        { 'webhook-timestamp': 'never' },
        { 'webhook-signature': 'v1,' },
      ]) {
        expect(isAuthentic({ ...headers, ...change }, body, own)).toBe(false);
      }
      expect(isAuthentic({}, body, own)).toBe(false);
    }
  });

  test('shows a body as it is sent', async () => {
    const receiver = await receive();
    const observability = await startObservability(configOf(yamlOf(receiver.url)), { write: () => {} });
    for (const { alerted } of observability.observers) alerted?.(budgetAlert(1));
    const { body } = await receiver.request(0);
    await observability.close();
    expect(JSON.stringify(JSON.parse(block('json')))).toBe(body);
  });
});

test('an alert is a log line, a figure and a webhook, and none of the three shows the secret', async () => {
  const receiver = await receive();
  const written: string[] = [];
  const observability = await startObservability(configOf(yamlOf(receiver.url)), {
    write: line => void written.push(line),
  });
  for (const { alerted } of observability.observers) alerted?.(budgetAlert(1));
  const { path, body } = await receiver.request(0);
  await expect
    .poll(async () => (await observability.collectMetrics()).text)
    .toContain(`tollgate_webhook_deliveries_total{receiver="${receiver.url}",outcome="DELIVERED"} 1`);
  const { text } = await observability.collectMetrics();
  await observability.close();
  expect(path).toBe('/alerts');
  expect(text).toContain('tollgate_alerts_total{type="budget.threshold",threshold="80"} 1');
  expect(written.join('')).toContain(budgetAlert(1).id);
  expect([text, written.join(''), body].filter(sink => sink.includes(secret))).toEqual([]);
});

test('a reload takes new webhooks whole or not at all', async () => {
  const written: string[] = [];
  const server = await startTestServer({
    yaml: yamlOf('http://one.example'),
    env: { LOG_LEVEL: 'trace' },
    logTo: { write: line => void written.push(line) },
  });
  closing.push(server.close);
  const receivers = async () => {
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    return [...metrics.matchAll(/deliveries_waiting\{receiver="(.+?)"/g)].map(([, receiver]) => receiver);
  };
  expect(await receivers()).toEqual(['http://one.example']);
  const load = (yaml: string) => {
    const files = new Map([['/srv/tollgate.yaml', yaml]]);
    const env = { PORT: '0', TOLLGATE_STATE_DIR: server.stateDir, LOG_LEVEL: 'trace' };
    return loadConfig({ env, cwd: '/srv', readFile: path => files.get(path) });
  };
  const refused = JSON.stringify({ ...JSON.parse(yamlOf('http://two.example')), names: { typePrefix: 'X' } });
  await expect(server.reconfigure(load(refused))).rejects.toThrow(/^names: /);
  expect(await receivers()).toEqual(['http://one.example']);
  await server.reconfigure(load(yamlOf('http://one.example', 'http://three.example')));
  expect(await receivers()).toEqual(['http://one.example', 'http://three.example']);
  expect(written.join('')).not.toContain(secret);
});

test('SIGHUP takes new webhooks; a file whose secret is short changes nothing, and a start with it is refused', async () => {
  const folder = await temporaryFolder();
  closing.push(folder.close);
  const file = join(folder.path, 'tollgate.yaml');
  const env = { TOLLGATE_ADMIN_KEY: 'x'.repeat(40), LOG_LEVEL: 'info' };
  const server = await startServe({ cwd: folder.path, env });
  closing.push(() => {
    server.process.kill('SIGKILL');
    return server.ended;
  });
  const metrics = async () => await (await fetch(`${server.url}/metrics`)).text();
  const hosts = ['http://one.example', 'http://two.example'] as const;
  await writeFile(file, yamlOf(hosts[0]));
  server.process.kill('SIGHUP');
  await server.see(/took the new configuration/);
  expect(await metrics()).toContain(`waiting{receiver="${hosts[0]}"} 0`);
  await writeFile(file, JSON.stringify({ webhooks: [{ url: hosts[1], secret: secret.slice(0, 31) }] }));
  server.process.kill('SIGHUP');
  await server.see(/went on with the old configuration/);
  expect(await metrics()).not.toContain(hosts[1]);
  server.process.kill('SIGINT');
  expect(await server.ended).toMatchObject({ code: 0 });
  expect(server.out).not.toContain(secret.slice(0, 31));
  await expect(startServe({ cwd: folder.path, env })).rejects.toThrow(
    /webhooks\[0\]\.secret: is not valid; allowed: at least 32 bytes/,
  );
}, 60_000);

describe('a budget that is nearly spent', () => {
  test('is told once at 80 and once at 100 per cent, as webhook, log line and metric', async () => {
    const receiver = await receive();
    const lines: string[] = [];
    const server = await startTestServer({
      yaml: yamlOf(receiver.url),
      env: { LOG_LEVEL: 'warn' },
      logTo: { write: line => void lines.push(line) },
    });
    closing.push(server.close);
    const { errors } = await server.graphql(`mutation { createPolicy(input: { name: "p",
      rules: { budgets: [{ name: "pot", limit: "0.000005", window: MONTH }] } }) { policy { id } } }`);
    expect(errors).toBeUndefined();
    const complete = `mutation { complete(input: { model: "sandbox/echo", maxOutputTokens: 2,
      messages: [{ role: USER, text: "Say hello" }] }) { status } }`;
    const statuses: string[] = [];
    for (let turn = 0; turn < 8; turn += 1) {
      const { data } = await server.graphql<{ complete: { status: string } }>(complete);
      statuses.push(data?.complete.status ?? '');
    }
    expect(statuses).toContain('FINISHED');
    expect(statuses.at(-1)).toBe('REFUSED');
    await receiver.request(1);
    const told = receiver.requests.map(
      ({ body }) => JSON.parse(body) as { type: string; data: Record<string, unknown> },
    );
    expect(told.map(({ type, data }) => [type, data['budget'], data['threshold'], data['limit']])).toEqual([
      ['budget.threshold', 'pot', 80, '0.000005'],
      ['budget.threshold', 'pot', 100, '0.000005'],
    ]);
    expect(lines.filter(line => line.includes('"budget.threshold"'))).toHaveLength(2);
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toContain('tollgate_alerts_total{type="budget.threshold",threshold="80"} 1');
    expect(metrics).toContain('tollgate_alerts_total{type="budget.threshold",threshold="100"} 1');
  });
});
