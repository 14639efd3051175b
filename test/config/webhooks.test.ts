// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references in configuration files look like that
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { ConfigError } from '../../src/errors.ts';

const secret = 'hush'.repeat(8);

function load(webhooks: string, env: Readonly<Record<string, string>> = {}) {
  const files = new Map([
    ['/srv/tollgate.yaml', `webhooks: ${webhooks}`],
    ['/run/secrets/alerts', `${secret}\n`],
    ['/run/secrets/short', 'hush\n'],
    ['/run/secrets/empty', '\n'],
  ]);
  return loadConfig({ env, cwd: '/srv', readFile: path => files.get(path) });
}

function faultOf(webhooks: string, env: Readonly<Record<string, string>> = {}): string {
  try {
    load(webhooks, env);
  } catch (fault) {
    if (fault instanceof ConfigError) return fault.message;
    throw fault;
  }
  return 'no fault';
}

test('a URL and a secret are enough: all alerts, within fifteen seconds', () => {
  const { webhooks } = load(`[{ url: "https://ops.example/hooks?token=hush", secret: ${secret} }]`);
  const [webhook] = webhooks;
  expect(webhooks).toMatchObject([
    { events: ['budget.threshold', 'ledger.mismatch', 'credential.rejected'], timeoutMs: 15_000 },
  ]);
  expect(webhook?.url.reveal()).toBe('https://ops.example/hooks?token=hush');
  expect(webhook?.secret.reveal()).toBe(secret);
});

test('URL and secret may come from the environment and from files, and are shown nowhere', () => {
  const config = load('[{ url: "http://${HOST_OF_OPS}/hush", secret: "${file:/run/secrets/alerts}", timeout: PT1M }]', {
    HOST_OF_OPS: 'ops.example',
  });
  expect(config.webhooks.map(({ url, timeoutMs }) => [url.reveal(), timeoutMs])).toEqual([
    ['http://ops.example/hush', 60_000],
  ]);
  expect(config.webhooks[0]?.secret.reveal()).toBe(secret);
  for (const text of [JSON.stringify(config), inspect(config, { depth: 9, showHidden: true })]) {
    expect(text).not.toContain('hush');
  }
});

const entry = (rest: string) => `[{ url: "http://ops.example", ${rest} }]`;
const strong = `secret: ${secret}`;
const tooShort =
  /webhooks\[0\].secret: is not valid; allowed: at least 32 bytes, as they are or as whsec_ and their base64$/;
const wrong: readonly (readonly [string, RegExp])[] = [
  [entry(''), /webhooks\[0\].secret: is missing/],
  [entry('secret: ""'), tooShort],
  [entry('secret: "${EMPTY}"'), /webhooks\[0\].secret: names the environment variable EMPTY, which is empty/],
  [entry('secret: "${NONE}"'), /webhooks\[0\].secret: names the environment variable NONE, which is not set/],
  [entry('secret: "${file:/run/secrets/empty}"'), /webhooks\[0\].secret: names the file .* which is empty/],
  [entry('secret: "${file:/run/secrets/short}"'), tooShort],
  [entry(`secret: ${secret.slice(1)}`), tooShort],
  [entry(`secret: whsec_${Buffer.alloc(31, 'hush').toString('base64')}`), tooShort],
  [entry(`secret: whsec_${'hush!'.repeat(16)}`), tooShort],
  [entry(`${strong}, events: []`), /webhooks\[0\].events: is too small or too short/],
  [entry(`${strong}, events: [budget]`), /events\[0\]: is not one of the allowed values; allowed: budget.threshold, /],
  [entry(`${strong}, timeout: PT2M`), /timeout: is not valid; allowed: an ISO 8601 duration of at most PT1M/],
  [entry(`${strong}, timeout: PT0S`), /timeout: is not valid/],
  [
    entry(`${strong}, event: [budget.threshold]`),
    /webhooks\[0\].event: is not a known setting, did you mean "events"\?/,
  ],
  [`[{ ${strong} }]`, /webhooks\[0\].url: is missing/],
  ...[
    'ftp://ops.example',
    'file:///hush',
    'http://u:hush@ops.example',
    'http://ops.example/#hush',
    '/hush',
    'hush',
  ].map(
    url =>
      [`[{ url: "${url}", ${strong} }]`, /webhooks\[0\].url: is not valid; allowed: an http or https URL/] as const,
  ),
  [
    `[{ url: "http://ops.example", ${strong} }, { url: "HTTP://ops.example:80/", ${strong} }]`,
    /webhooks\[1\].url: is that of another webhook already/,
  ],
];
test.each(wrong)('%s is refused with its place, without its value', (webhooks, line) => {
  const fault = faultOf(webhooks, { EMPTY: '' });
  expect(fault).toMatch(line);
  expect(fault).not.toMatch(/\n|hush/);
});
