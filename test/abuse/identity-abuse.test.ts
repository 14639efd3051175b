import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { createJwtVerifier, type JwtIssuer } from '../../src/identity/jwt.ts';
import { systemClock } from '../../src/system-clock.ts';
import { type OpenedServer, openServer } from '../http/open-server.ts';

const issuer = 'https://id.example.com';
let issuers: readonly JwtIssuer[];
const keys = await generateKeyPair('RS256');
const strangers = await generateKeyPair('RS256');
let jwks: Server;
let opened: OpenedServer;
let projectId: string;

beforeAll(async () => {
  const document = JSON.stringify({
    keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }],
  });
  jwks = createServer((_, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(document);
  });
  await new Promise<void>(resolve => {
    jwks.listen(0, '127.0.0.1', resolve);
  });
  const address = jwks.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  issuers = [
    {
      issuer,
      audience: ['tollgate'],
      keys: { uri: `http://127.0.0.1:${port}/jwks` },
      maxLifetimeMs: 3_600_000,
      algorithms: ['RS256'],
      claims: { user: 'sub', project: 'tollgate_project', role: 'tollgate_role' },
    },
  ];
  opened = await openServer({ issuers });
  const project = await opened.access.createProject(opened.administrator, { name: 'Of tokens' });
  projectId = project.id;
});
afterAll(async () => {
  await opened.close();
  jwks.close();
});

interface TokenParts {
  readonly issuer?: string;
  readonly audience?: string;
  readonly expires?: string | undefined;
  readonly project?: string;
  readonly key?: CryptoKey;
}

function token(parts: TokenParts = {}): Promise<string> {
  const { project = projectId, key = keys.privateKey } = parts;
  const expires = 'expires' in parts ? parts.expires : '5m';
  const jwt = new SignJWT({ sub: 'ada', tollgate_project: project, tollgate_role: 'MEMBER' })
    .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
    .setIssuer(parts.issuer ?? issuer)
    .setAudience(parts.audience ?? 'tollgate')
    .setIssuedAt();
  if (expires !== undefined) jwt.setExpirationTime(expires);
  return jwt.sign(key);
}

function unsigned(): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ iss: issuer, aud: 'tollgate', exp: 9_999_999_999, sub: 'ada', tollgate_project: projectId })}.`;
}

async function revokedKey(): Promise<string> {
  const { apiKey, secret } = await opened.access.createApiKey(opened.administrator, {
    name: 'gone',
    projectId,
    role: 'MEMBER',
  });
  await opened.access.revokeApiKey(opened.administrator, apiKey.id);
  return secret;
}

async function expiredKey(): Promise<string> {
  const expiresAt = Date.now() + 500;
  const { secret } = await opened.access.createApiKey(opened.administrator, {
    name: 'brief',
    projectId,
    role: 'MEMBER',
    expiresAt,
  });
  const cached = await opened.access.authenticate({ bearer: secret });
  if (cached.revoked?.aborted === false) {
    await new Promise(resolve => {
      cached.revoked?.addEventListener('abort', resolve, { once: true });
    });
  }
  return secret;
}

const credentials: Readonly<Record<string, () => string | Promise<string>>> = {
  'a key that does not exist': () => 'tg_nothing',
  'a revoked key': revokedKey,
  'an expired key': expiredKey,
  'a key whose end was changed': () => `${opened.key.slice(0, -1)}${opened.key.endsWith('a') ? 'b' : 'a'}`,
  'a token of another issuer': () => token({ issuer: 'https://evil.example' }),
  'a token for another audience': () => token({ audience: 'other' }),
  'a token without an end': () => token({ expires: undefined }),
  'a token that has expired': () => token({ expires: '-1m' }),
  'a token signed by a stranger': () => token({ key: strangers.privateKey }),
  'a token that is not signed': unsigned,
  'a token for a project that there is not': () => token({ project: 'nowhere' }),
};

const paid = 'mutation { complete(input: { messages: [{ role: USER, text: "x" }] }) { status } }';
const chat = { model: 'acme/wise', messages: [{ role: 'user', content: 'x' }] };

function closedWith(payload: Readonly<Record<string, unknown>> | undefined): Promise<number> {
  const socket = new WebSocket(`${opened.server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  return new Promise((resolve, reject) => {
    socket.on('open', () =>
      socket.send(JSON.stringify({ type: 'connection_init', ...(payload === undefined ? {} : { payload }) })),
    );
    socket.on('message', data => {
      if (JSON.parse(String(data)).type === 'connection_ack') resolve(0);
    });
    socket.on('close', resolve);
    socket.on('error', reject);
  });
}

describe('is UNAUTHENTICATED over GraphQL, the OpenAI API and WebSocket alike, and begins nothing:', () => {
  for (const [title, make] of Object.entries(credentials)) {
    test(title, async () => {
      const credential = await make();
      const before = opened.runs.length;
      const authorization = `Bearer ${credential}`;
      const graphql = await opened.post('/graphql', { query: paid }, { authorization });
      expect((await graphql.json()).errors[0].extensions.code).toBe('UNAUTHENTICATED');
      const sse = await opened.post('/graphql', { query: paid }, { authorization, accept: 'text/event-stream' });
      expect(await sse.text()).toContain('UNAUTHENTICATED');
      const openai = await opened.post('/v1/chat/completions', chat, { authorization });
      expect([openai.status, (await openai.json()).error.code]).toEqual([401, 'invalid_api_key']);
      expect(await closedWith({ authorization })).toBe(4401);
      expect(opened.runs.length).toBe(before);
    });
  }

  test('whoever presents no credential is refused by 401, and by 4401 on a socket', async () => {
    const response = await fetch(`${opened.server.url}/v1/models`);
    expect(response.status).toBe(401);
    expect(await closedWith(undefined)).toBe(4401);
  });
});

describe('takes (control)', () => {
  test('a good token, and a good key in any of its three headers', async () => {
    const { url } = opened.server;
    const good = await token();
    for (const headers of [
      { authorization: `Bearer ${good}` },
      { 'x-api-key': opened.key },
      { 'api-key': opened.key },
    ]) {
      expect((await fetch(`${url}/v1/models`, { headers: headers as Record<string, string> })).status).toBe(200);
    }
    expect(await closedWith({ authorization: `Bearer ${good}` })).toBe(0);
    expect(await closedWith({ apiKey: opened.key })).toBe(0);
  });
});

test('two different credentials are refused, the same one twice is not', async () => {
  const { url } = opened.server;
  const two = await fetch(`${url}/v1/models`, {
    headers: { authorization: `Bearer ${opened.key}`, 'x-api-key': 'other' },
  });
  expect([two.status, (await two.json()).error.metadata.code]).toEqual([400, 'BAD_USER_INPUT']);
  const same = await fetch(`${url}/v1/models`, {
    headers: { authorization: `Bearer ${opened.key}`, 'x-api-key': opened.key },
  });
  expect(same.status).toBe(200);
});

test('a key of one project sees nothing of another', async () => {
  const query = `{ project(id: "${projectId}") { id } }`;
  const answer = await (await opened.post('/graphql', { query })).json();
  expect(answer.data?.project ?? null).toBeNull();
});

test('revoking a key closes its sockets with 4401', async () => {
  const { apiKey, secret } = await opened.access.createApiKey(opened.administrator, {
    name: 'live',
    projectId,
    role: 'MEMBER',
  });
  const socket = new WebSocket(`${opened.server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const closed = new Promise<number>(resolve => {
    socket.on('close', resolve);
  });
  await new Promise<void>(resolve => {
    socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { apiKey: secret } })));
    socket.on('message', () => resolve());
  });
  await opened.access.revokeApiKey(opened.administrator, apiKey.id);
  expect(await closed).toBe(4401);
});

/** A socket that is accepted, and the answer to an operation on it: what is in its first frame. */
async function accepted(authorization: string): Promise<{
  readonly socket: WebSocket;
  readonly closed: Promise<number>;
  ask(query: string): Promise<string>;
}> {
  const socket = new WebSocket(`${opened.server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const closed = new Promise<number>(resolve => {
    socket.on('close', resolve);
  });
  const next = () =>
    new Promise<string>(resolve => {
      socket.once('message', data => resolve(String(data)));
    });
  socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization } })));
  await next();
  return {
    socket,
    closed,
    ask(query) {
      const answer = next();
      socket.send(JSON.stringify({ type: 'subscribe', id: crypto.randomUUID(), payload: { query } }));
      return answer;
    },
  };
}

test('an open socket begins nothing more for a token whose issuer a reload has removed', async () => {
  const { socket, ask } = await accepted(`Bearer ${await token()}`);
  const before = opened.runs.length;
  const viewer = '{ viewer { user } }';
  expect(await ask(viewer)).toContain('ada');
  opened.access.replaceTokens(createJwtVerifier({ issuers: [], clock: systemClock }));
  try {
    expect(await ask(paid)).toContain('UNAUTHENTICATED');
    expect(opened.runs.length).toBe(before);
  } finally {
    opened.access.replaceTokens(createJwtVerifier({ issuers, clock: systemClock }));
    socket.close();
  }
});

test('what reaches a socket while it is closed for a revoked key begins nothing', async () => {
  const { apiKey, secret } = await opened.access.createApiKey(opened.administrator, {
    name: 'late',
    projectId,
    role: 'MEMBER',
  });
  const { closed, ask } = await accepted(`Bearer ${secret}`);
  const { revoked } = await opened.access.authenticate({ bearer: secret });
  const before = opened.runs.length;
  // Sent before the client can have read that the server closes.
  revoked?.addEventListener('abort', () => void ask(paid), { once: true });
  await opened.access.revokeApiKey(opened.administrator, apiKey.id);
  expect(await closed).toBe(4401);
  expect(opened.runs.length).toBe(before);
});

describe('a body that comes slowly', () => {
  async function askSlowly(between: (apiKeyId: string) => Promise<unknown>): Promise<string> {
    const { apiKey, secret } = await opened.access.createApiKey(opened.administrator, {
      name: 'slow',
      projectId,
      role: 'MEMBER',
    });
    await opened.access.authenticate({ bearer: secret });
    const body = JSON.stringify(chat);
    const request = httpRequest(`${opened.server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${secret}`,
        'content-type': 'application/json',
        'content-length': body.length,
        // Answered as the handler begins, which has looked at the credential by then.
        expect: '100-continue',
      },
    });
    const responding = once(request, 'response') as Promise<[IncomingMessage]>;
    await once(request, 'continue');
    await between(apiKey.id);
    request.end(body);
    const [response] = await responding;
    response.resume();
    return String(response.statusCode);
  }

  test('begins nothing for a key that was revoked while it came', async () => {
    const before = opened.runs.length;
    expect(await askSlowly(id => opened.access.revokeApiKey(opened.administrator, id))).toBe('401');
    expect(opened.runs.length).toBe(before);
  });

  test('is answered where the key still holds (control)', async () => {
    const starting = opened.nextRun();
    const answer = askSlowly(async () => {});
    (await starting).finish({ text: 'ok' });
    expect(await answer).toBe('200');
  });
});
