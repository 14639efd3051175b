import { beforeAll, describe, expect, test } from 'vitest';
import { createJwtVerifier } from '../../src/identity/jwt.ts';
import { type ManualClock, manualClock } from '../support/manual-clock.ts';
import { issuerAt, type KeyServer, makeSigningKey, openKeyServer, type SigningKey } from './key-server.ts';
import { codeOf } from './open-access.ts';

let key: SigningKey;
let rotated: SigningKey;
beforeAll(async () => {
  [key, rotated] = await Promise.all([makeSigningKey('k1'), makeSigningKey('k2')]);
});

function open(server: KeyServer, clock: ManualClock) {
  const verifier = createJwtVerifier({ issuers: [issuerAt(server.uri)], clock });
  return async (by: SigningKey, header: { readonly kid?: string } = {}) => {
    const now = clock.now() / 1000;
    const claims = { iss: 'https://id.example.com', aud: 'tollgate', sub: 'ada', tollgate_project: 'default' };
    return codeOf(verifier.verify(await by.sign({ ...claims, iat: now, exp: now + 600 }, header)));
  };
}

describe("an issuer's published keys", () => {
  test('are fetched once for many tokens at the same time', async () => {
    await using server = await openKeyServer();
    server.publish(key);
    const verify = open(server, manualClock());
    const codes = await Promise.all(Array.from({ length: 50 }, () => verify(key)));
    expect(codes.every(code => code === undefined)).toBe(true);
    expect(server.requests()).toBe(1);
  });

  test('are fetched again for an unknown key, at most once in 30 seconds, however many such tokens come', async () => {
    await using server = await openKeyServer();
    server.publish(key);
    const clock = manualClock();
    const verify = open(server, clock);
    expect(await verify(key)).toBeUndefined();
    const flood = () =>
      Promise.all(Array.from({ length: 40 }, (_, index) => verify(rotated, { kid: `k${index + 2}` })));
    for (let second = 0; second < 29; second += 7) {
      expect(new Set(await flood())).toEqual(new Set(['UNAUTHENTICATED']));
      clock.advance(7_000);
    }
    expect(server.requests()).toBe(1);
    expect(new Set(await flood())).toEqual(new Set(['UNAUTHENTICATED']));
    expect(server.requests()).toBe(2);
    server.publish(key, rotated);
    clock.advance(30_000);
    expect(await verify(rotated)).toBeUndefined();
    expect(await verify(key)).toBeUndefined();
    expect(server.requests()).toBe(3);
  });

  test('serve on while the issuer is down, and an unknown key is then no authentication error', async () => {
    await using server = await openKeyServer();
    server.publish(key);
    const clock = manualClock();
    const verify = open(server, clock);
    expect(await verify(key)).toBeUndefined();
    server.answer(request => request.socket.destroy());
    clock.advance(3_600_000);
    expect(await verify(key)).toBeUndefined();
    clock.advance(30_000);
    expect(await verify(rotated)).toBe('STORE_UNAVAILABLE');
    expect(await verify(rotated)).toBe('STORE_UNAVAILABLE');
    expect(await verify(key)).toBeUndefined();
    clock.advance(86_400_000);
    expect(await verify(key)).toBe('STORE_UNAVAILABLE');
    server.publish(key);
    clock.advance(30_000);
    expect(await verify(key)).toBeUndefined();
  });

  test('are taken anew in the background once they are ten minutes old', async () => {
    await using server = await openKeyServer();
    server.publish(key);
    const clock = manualClock();
    const verify = open(server, clock);
    expect(await verify(key)).toBeUndefined();
    const asked = Promise.withResolvers<void>();
    server.answer((_, response) => {
      asked.resolve();
      response.end(JSON.stringify({ keys: [rotated.publicJwk] }));
    });
    clock.advance(600_001);
    expect(await verify(key)).toBeUndefined();
    await asked.promise;
    expect(await verify(rotated)).toBeUndefined();
    expect(await verify(key)).toBe('UNAUTHENTICATED');
    expect(server.requests()).toBe(2);
  });

  test.each([
    ['refuses', (server: KeyServer) => server.answer(request => request.socket.destroy())],
    ['fails', (server: KeyServer) => server.answer((_, response) => response.writeHead(500).end('{}'))],
    ['redirects', redirect],
    ['sends 10 MB', sendMuch],
    ['sends no JSON', (server: KeyServer) => server.answer((_, response) => response.end('<html>'))],
    ['sends no key set', (server: KeyServer) => server.answer((_, response) => response.end('{"keys":1}'))],
    [
      'sends bytes that are no text',
      (server: KeyServer) => server.answer((_, response) => response.end(Buffer.of(0xff))),
    ],
  ])('an issuer that %s is an outage', async (_, misbehave) => {
    await using server = await openKeyServer();
    misbehave(server);
    const clock = manualClock();
    const verify = open(server, clock);
    expect(await verify(key)).toBe('STORE_UNAVAILABLE');
    expect(await verify(key)).toBe('STORE_UNAVAILABLE');
    expect(server.requests()).toBe(1);
    server.publish(key);
    clock.advance(30_000);
    expect(await verify(key)).toBeUndefined();
  });

  test('a silent issuer is given up after five seconds', async () => {
    await using server = await openKeyServer();
    const asked = Promise.withResolvers<void>();
    const left = Promise.withResolvers<void>();
    server.answer((request, response) => {
      response.writeHead(200).write('{');
      request.socket.once('close', () => left.resolve());
      asked.resolve();
    });
    const clock = manualClock();
    const verdict = open(server, clock)(key);
    await asked.promise;
    clock.advance(5_000);
    expect(await verdict).toBe('STORE_UNAVAILABLE');
    await left.promise;
    expect(clock.pending()).toBe(0);
  });
});

/** The place that the redirect leads to has the right keys: following it would be a success. */
function redirect(server: KeyServer): void {
  server.answer((request, response) => {
    if (request.url === '/elsewhere') response.end(JSON.stringify({ keys: [key.publicJwk] }));
    else response.writeHead(302, { location: '/elsewhere' }).end();
  });
}

/** Right keys, in 10 MB of white space. */
function sendMuch(server: KeyServer): void {
  const body = JSON.stringify({ keys: [key.publicJwk] });
  server.answer((_, response) => response.end(' '.repeat(10_485_760) + body));
}
