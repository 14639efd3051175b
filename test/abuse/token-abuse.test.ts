import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type OpenedServer, openServer } from '../http/open-server.ts';
import { carriers } from './carriers.ts';

vi.setConfig({ testTimeout: 20_000 });

const issuer = 'https://id.example.com';
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });
const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k1', use: 'sig' };
let opened: OpenedServer;
let projectId = '';
beforeAll(async () => {
  opened = await openServer({
    issuers: [
      {
        issuer,
        audience: ['tollgate'],
        keys: { jwks: { keys: [jwk] } },
        maxLifetimeMs: 3_600_000,
        algorithms: ['RS256'],
        claims: { user: 'sub', project: 'tollgate_project', role: 'tollgate_role' },
      },
    ],
  });
  projectId = (await opened.access.createProject(opened.administrator, { name: 'Of tokens' })).id;
});
afterAll(() => opened.close());

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

interface Forgery {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly signature?: (signed: string) => string;
}

/** A right token, but for what the forgery says. */
function token({ header = {}, claims = {}, signature = bySelf }: Forgery = {}): string {
  const now = Math.floor(Date.now() / 1_000);
  const standard = {
    iss: issuer,
    aud: 'tollgate',
    iat: now,
    exp: now + 300,
    sub: 'ada',
    tollgate_project: projectId,
    tollgate_role: 'MEMBER',
  };
  const signed = `${part({ alg: 'RS256', kid: 'k1', ...header })}.${part({ ...standard, ...claims })}`;
  return `${signed}.${signature(signed)}`;
}

const bySelf = (signed: string) => sign('sha256', Buffer.from(signed), privateKey).toString('base64url');
const byStranger = (signed: string) => sign('sha256', Buffer.from(signed), stranger.privateKey).toString('base64url');
const byPublicKey = (signed: string) =>
  createHmac('sha256', publicKey.export({ type: 'spki', format: 'pem' }))
    .update(signed)
    .digest('base64url');
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1_000) + seconds;

const forgeries: Readonly<Record<string, () => string>> = {
  'of no algorithm': () => token({ header: { alg: 'none' }, signature: () => '' }),
  'of no algorithm, spelt otherwise': () => token({ header: { alg: 'nOnE' }, signature: () => '' }),
  'signed with the public key as a shared secret': () => token({ header: { alg: 'HS256' }, signature: byPublicKey }),
  'that brings its own key': () =>
    token({ header: { jwk: stranger.publicKey.export({ format: 'jwk' }) }, signature: byStranger }),
  'that says where its key is': () => token({ header: { jku: 'http://127.0.0.1:1/' }, signature: byStranger }),
  'that says where its certificate is': () => token({ header: { x5u: 'http://127.0.0.1:1/' }, signature: byStranger }),
  'with an extension that must be understood': () => token({ header: { crit: ['x'], x: 1 } }),
  'whose key is a path': () => token({ header: { kid: '../../dev/null' } }),
  'whose key is SQL': () => token({ header: { kid: "k1' OR '1'='1" } }),
  'whose key is a name of the prototype': () => token({ header: { kid: '__proto__' } }),
  'whose key has 8,000 letters': () => token({ header: { kid: 'k'.repeat(8_000) } }),
  'of another issuer': () => token({ claims: { iss: 'https://evil.example' } }),
  'for another audience': () => token({ claims: { aud: ['other'] } }),
  'without an end': () => token({ claims: { exp: undefined } }),
  'that has ended': () => token({ claims: { exp: inSeconds(-120) } }),
  'that has not begun': () => token({ claims: { nbf: inSeconds(120) } }),
  'that lives for a hundred years': () => token({ claims: { exp: inSeconds(3_153_600_000) } }),
  'that tells who somebody is, and opens nothing': () => token({ header: { typ: 'id_token+jwt' } }),
  'that makes itself an owner': () => token({ claims: { tollgate_role: 'OWNER' } }),
  'whose claims were changed': () => {
    const [header = '', , signature = ''] = token().split('.');
    const [, claims = ''] = token({ claims: { tollgate_role: 'ADMIN' } }).split('.');
    return `${header}.${claims}.${signature}`;
  },
  'that begins like one that was just accepted': () => {
    const right = token();
    return `${right.slice(0, -4)}${right.endsWith('AAAA') ? 'BBBB' : 'AAAA'}`;
  },
  'of 12,000 dots': () => '.'.repeat(12_000),
};

const query = 'mutation { complete(input: { messages: [{ role: USER, text: "x" }] }) { status } }';

async function verdicts(credential: string): Promise<Readonly<Record<string, unknown>>> {
  const seen: Record<string, unknown> = {};
  for (const [name, carry] of Object.entries(carriers)) {
    const answer = await carry({ url: opened.server.url, key: credential }, { query: '{ viewer { user } }' });
    seen[name] = answer.errors?.[0]?.extensions.code ?? answer.data;
  }
  const headers = { authorization: `Bearer ${credential}`, 'x-tollgate-model': 'acme/wise' };
  for (const path of ['/v1/models', '/authz'])
    seen[path] = (await fetch(`${opened.server.url}${path}`, { headers })).status;
  return seen;
}

test.each(Object.entries(forgeries))('a token %s opens nothing, over any transport', async (_, forge) => {
  const before = opened.runs.length;
  // One that is right has been accepted before, so that a memory that is too generous would show.
  expect((await verdicts(token()))['/v1/models']).toBe(200);
  const credential = forge();
  expect(await verdicts(credential)).toEqual({
    'JSON by POST': 'UNAUTHENTICATED',
    'server-sent events': 'UNAUTHENTICATED',
    WebSocket: '4401',
    '/v1/models': 401,
    '/authz': 401,
  });
  await opened.post('/graphql', { query }, { authorization: `Bearer ${credential}` });
  expect(opened.runs.length).toBe(before);
});

test('control: a right token opens everything', async () => {
  const viewer = { viewer: { user: 'ada' } };
  expect(await verdicts(token())).toEqual({
    'JSON by POST': viewer,
    'server-sent events': viewer,
    WebSocket: viewer,
    '/v1/models': 200,
    '/authz': 403,
  });
});

test('who a request says it comes from changes nothing: only credentials do', async () => {
  const spoofed = Object.fromEntries(
    [
      ...['user', 'project', 'role', 'tenant', 'admin'].flatMap(name => [
        `x-tollgate-${name}`,
        `x-${name}`,
        `x-${name}-id`,
      ]),
      ...['x-forwarded-user', 'x-auth-request-user', 'x-remote-user', 'x-authenticated-userid', 'x-consumer-username'],
      ...['x-amzn-oidc-data', 'x-goog-authenticated-user-email', 'cf-access-jwt-assertion', 'x-ms-client-principal'],
    ].map(name => [name, 'root']),
  );
  const who = '{ viewer { user project { name } roles { role } } }';
  const plain = await (await opened.post('/graphql', { query: who })).json();
  expect(plain.data.viewer).toMatchObject({ user: null, project: { name: 'Here' }, roles: [{ role: 'MEMBER' }] });
  expect(await (await opened.post('/graphql', { query: who }, spoofed)).json()).toEqual(plain);
  const stranger = await fetch(`${opened.server.url}/v1/models`, { headers: spoofed });
  expect(stranger.status).toBe(401);
});
