import { createHmac } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { createJwtVerifier, type JwtIssuer } from '../../src/identity/jwt.ts';
import { manualClock } from '../support/manual-clock.ts';
import { issuerAt, makeSigningKey, openKeyServer, type SigningKey } from './key-server.ts';
import { codeOf, openAccess } from './open-access.ts';

let key: SigningKey;
let other: SigningKey;
let rsa: SigningKey;
beforeAll(async () => {
  [key, other, rsa] = await Promise.all([makeSigningKey('k1'), makeSigningKey('k1'), makeSigningKey('r1', 'RS256')]);
});

const clock = manualClock();
const nowSeconds = clock.now() / 1000;
const claims: JWTPayload = {
  iss: 'https://id.example.com',
  aud: 'tollgate',
  sub: 'ada',
  iat: nowSeconds,
  exp: nowSeconds + 3600,
  tollgate_project: 'default',
};

function verifierOf(changes: Partial<JwtIssuer> = {}) {
  const keys = { jwks: { keys: [key.publicJwk, rsa.publicJwk] } };
  return createJwtVerifier({ issuers: [issuerAt('', { keys, algorithms: ['ES256', 'RS256'], ...changes })], clock });
}

/** A token that nobody checked while it was made. */
function rawToken(header: object, payload: object, signature = ''): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part(header)}.${part(payload)}.${signature}`;
}

describe('what a token must say', () => {
  test('a right token gives its user, project and role, and ends with the tolerance for clocks', async () => {
    const token = await key.sign({ ...claims, aud: ['x', 'tollgate'], tollgate_role: 'AUDITOR' });
    expect(await verifierOf().verify(token)).toEqual({
      user: 'ada',
      projectId: 'default',
      role: 'AUDITOR',
      expiresAt: (nowSeconds + 3660) * 1000,
    });
    expect(await verifierOf().verify(await rsa.sign(claims))).toMatchObject({ role: 'MEMBER' });
  });

  const wrong: readonly (readonly [string, Record<string, unknown>])[] = [
    ['another issuer', { iss: 'https://id.example.com/' }],
    ['an issuer of the prototype', { iss: '__proto__' }],
    ['another audience', { aud: 'other' }],
    ['no audience', { aud: undefined }],
    ['no expiry', { exp: undefined }],
    ['an expiry that is past, beyond the tolerance', { exp: nowSeconds - 60 }],
    ['a start in the future', { nbf: nowSeconds + 61 }],
    ['an issue in the future', { iat: nowSeconds + 61 }],
    ['a life of a hundred years', { exp: nowSeconds + 100 * 365 * 86_400 }],
    ['a life of a hundred years without its issue', { exp: nowSeconds + 100 * 365 * 86_400, iat: undefined }],
    ['an old issue and a long life', { iat: nowSeconds - 30 * 86_400 }],
    ['no user', { sub: undefined }],
    ['a user with control characters', { sub: 'a\nb' }],
    ['no project', { tollgate_project: undefined }],
    ['a project that is no text', { tollgate_project: ['default'] }],
    ['an unknown role', { tollgate_role: 'OWNER' }],
    ['a role that is a list', { tollgate_role: ['ADMIN'] }],
  ];
  test.each(wrong)('a token with %s is refused', async (_, changes) => {
    expect(await codeOf(verifierOf().verify(await key.sign({ ...claims, ...changes } as JWTPayload)))).toBe(
      'UNAUTHENTICATED',
    );
  });

  test('clocks may differ by less than a minute', async () => {
    for (const changes of [{ exp: nowSeconds - 59 }, { nbf: nowSeconds + 60 }, { iat: nowSeconds + 60 }]) {
      expect(await codeOf(verifierOf().verify(await key.sign({ ...claims, ...changes })))).toBeUndefined();
    }
  });
});

describe('how a token is signed', () => {
  test('none, a shared secret, another algorithm and a foreign key are refused', async () => {
    const { alg: _, ...anyAlgorithm } = rsa.publicJwk;
    const verifier = verifierOf({
      keys: { jwks: { keys: [key.publicJwk, anyAlgorithm] } },
      algorithms: ['ES256', 'RS256'],
    });
    const confused = rawToken({ alg: 'HS256', kid: 'r1' }, claims).slice(0, -1);
    const byPublicKey = createHmac('sha256', rsa.publicPem).update(confused).digest('base64url');
    const right = await key.sign(claims);
    const tokens = [
      rawToken({ alg: 'none' }, claims),
      rawToken({ alg: 'None', kid: 'k1' }, claims),
      `${confused}.${byPublicKey}`,
      await other.sign(claims),
      right.slice(0, right.lastIndexOf('.') + 1),
      rawToken({ alg: 'ES256', kid: 'k1' }, { ...claims, sub: 'eve' }, right.slice(right.lastIndexOf('.') + 1)),
      rawToken({ alg: 'ES256', kid: 'k1' }, claims, Buffer.alloc(64).toString('base64url')),
      'a.b.c',
      '..',
      `${right}.x.y`,
    ];
    for (const token of tokens)
      expect(await codeOf(verifier.verify(token)), token.slice(0, 80)).toBe('UNAUTHENTICATED');
    expect(await codeOf(verifier.verify(right))).toBeUndefined();
    const onlyRsa = verifierOf({ algorithms: ['RS256'] });
    expect(await codeOf(onlyRsa.verify(right))).toBe('UNAUTHENTICATED');
  });

  test('the name of a key is a key of a map and nothing else', async () => {
    const names = ['../../dev/null', "k1' OR '1'='1", '__proto__', 'constructor', '', 'k'.repeat(1_048_576)];
    for (const kid of names) {
      expect(await codeOf(verifierOf().verify(await key.sign(claims, { kid })))).toBe('UNAUTHENTICATED');
    }
    expect(await codeOf(verifierOf().verify(rawToken({ alg: 'ES256', kid: { $ne: '' } }, claims)))).toBe(
      'UNAUTHENTICATED',
    );
  });

  test('keys and addresses in the header are refused', async () => {
    for (const header of [{ jwk: key.publicJwk }, { jku: 'http://127.0.0.1:1/' }, { x5u: 'http://127.0.0.1:1/' }]) {
      expect(await codeOf(verifierOf().verify(await key.sign(claims, header)))).toBe('UNAUTHENTICATED');
    }
    const critical = rawToken({ alg: 'ES256', kid: 'k1', crit: ['exp'], exp: 1 }, claims);
    expect(await codeOf(verifierOf().verify(critical))).toBe('UNAUTHENTICATED');
  });

  test('a token of another kind is refused, and of any but the demanded kind where one is', async () => {
    const typed = (typ: string) => key.sign(claims, { typ });
    for (const typ of ['logout+jwt', 'secevent+jwt', 'dpop+jwt', 'application/at+jwt; x']) {
      expect(await codeOf(verifierOf().verify(await typed(typ)))).toBe('UNAUTHENTICATED');
    }
    for (const typ of ['JWT', 'jwt', 'at+jwt', 'application/at+jwt']) {
      expect(await codeOf(verifierOf().verify(await typed(typ)))).toBeUndefined();
    }
    const access = verifierOf({ type: 'at+jwt' });
    expect(await codeOf(access.verify(await typed('JWT')))).toBe('UNAUTHENTICATED');
    expect(await codeOf(access.verify(await key.sign(claims)))).toBe('UNAUTHENTICATED');
    expect(await codeOf(access.verify(await typed('at+jwt')))).toBeUndefined();
  });

  test('the keys of two issuers that name them alike never mix', async () => {
    const second = issuerAt('', { issuer: 'https://other.example.com', keys: { jwks: { keys: [other.publicJwk] } } });
    const first = issuerAt('', { keys: { jwks: { keys: [key.publicJwk] } } });
    const verifier = createJwtVerifier({ issuers: [first, second], clock });
    const theirs = { ...claims, iss: second.issuer };
    expect(await codeOf(verifier.verify(await key.sign(claims)))).toBeUndefined();
    expect(await codeOf(verifier.verify(await other.sign(theirs)))).toBeUndefined();
    expect(await codeOf(verifier.verify(await other.sign(claims)))).toBe('UNAUTHENTICATED');
    expect(await codeOf(verifier.verify(await key.sign(theirs)))).toBe('UNAUTHENTICATED');
    expect(() => createJwtVerifier({ issuers: [first, first], clock })).toThrow(TypeError);
  });
});

describe('tokens at the gate', () => {
  test('a token is refused where it names no known project, or one that its issuer may not name', async () => {
    await using server = await openKeyServer();
    server.publish(key);
    const issuers = [issuerAt(server.uri)];
    const { access, store, clock } = await openAccess({ issuers });
    const root = access.localAdministrator();
    const tenant = await access.createProject(root, { name: 'tenant', workloads: ['chat'] });
    const below = await access.createProject(root, { name: 'below', parentId: tenant.id });
    const tokenFor = (project: string) => key.sign({ ...claims, tollgate_project: project, tollgate_role: 'ADMIN' });
    expect(await access.authenticate({ bearer: await tokenFor(below.id) })).toMatchObject({
      tenantId: tenant.id,
      projectPath: [below.id, tenant.id],
      user: 'ada',
      roles: [{ role: 'ADMIN', projectId: below.id }],
      workloads: ['chat'],
    });
    expect(await codeOf(access.authenticate({ bearer: await tokenFor('none') }))).toBe('UNAUTHENTICATED');
    const bound = await openAccess({ issuers: [issuerAt(server.uri, { projects: [tenant.id] })], store, clock });
    expect(await codeOf(bound.access.authenticate({ bearer: await tokenFor(below.id) }))).toBeUndefined();
    expect(await codeOf(bound.access.authenticate({ bearer: await tokenFor('default') }))).toBe('UNAUTHENTICATED');
  });

  test('a verdict holds until the token expires, and its streams end then', async () => {
    await using server = await openKeyServer();
    server.publish(key);
    const { access, clock } = await openAccess({ issuers: [issuerAt(server.uri)] });
    const bearer = await key.sign(claims);
    const principal = await access.authenticate({ bearer });
    server.answer((_, response) => response.destroy());
    clock.advance(3_659_999);
    expect(access.authenticateCached(bearer)).toBe(principal);
    expect(principal.revoked?.aborted).toBe(false);
    clock.advance(1);
    expect(principal.revoked?.aborted).toBe(true);
    expect(access.authenticateCached(bearer)).toBeUndefined();
    expect(await codeOf(access.authenticate({ bearer }))).toBe('UNAUTHENTICATED');
  });

  test('tokens of an issuer that is taken out open nothing any more, remembered or not', async () => {
    const issuers = [issuerAt('', { keys: { jwks: { keys: [key.publicJwk] } } })];
    const { access, clock } = await openAccess({ issuers });
    const bearer = await key.sign(claims);
    await access.authenticate({ bearer });
    access.replaceTokens(createJwtVerifier({ issuers: [], clock }));
    expect(access.authenticateCached(bearer)).toBeUndefined();
    expect(await codeOf(access.authenticate({ bearer }))).toBe('UNAUTHENTICATED');
  });

  test('tokens that begin alike share no verdict', async () => {
    const issuers = [issuerAt('', { keys: { jwks: { keys: [key.publicJwk] } } })];
    const { access } = await openAccess({ issuers });
    const padding = 'x'.repeat(2000);
    const [ada, eve] = await Promise.all(['ada', 'eve'].map(sub => key.sign({ padding, ...claims, sub })));
    expect(ada?.slice(0, 2000)).toBe(eve?.slice(0, 2000));
    expect(await access.authenticate({ bearer: ada ?? '' })).toMatchObject({ user: 'ada' });
    expect(access.authenticateCached(eve ?? '')).toBeUndefined();
    expect(await access.authenticate({ bearer: eve ?? '' })).toMatchObject({ user: 'eve' });
    const forged = `${ada?.slice(0, -8)}AAAAAAAA`;
    expect(await codeOf(access.authenticate({ bearer: forged }))).toBe('UNAUTHENTICATED');
  });
});
