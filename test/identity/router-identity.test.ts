import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createRouterIdentityReader, signRouterIdentity } from '../../src/identity/router-identity.ts';

const secret = 'a-secret-that-the-router-signs-with-0123456789';
const other = 'another-secret-of-somebody-else-0123456789-abc';
const start = 1_800_000_000_000;
let nonces = 0;
const once = (at = start) => {
  nonces += 1;
  return { at, nonce: `nonce-of-this-test-${nonces}` };
};
const ada = { user: 'ada', project: 'desk', workload: 'Ask' };

function open(secrets: readonly string[] = [secret], maxAgeMs?: number) {
  let time = start;
  const read = createRouterIdentityReader({
    secrets,
    now: () => time,
    ...(maxAgeMs === undefined ? {} : { maxAgeMs }),
  });
  return {
    read,
    move(ms: number) {
      time += ms;
    },
  };
}

describe('what a router has signed', () => {
  test('is believed, with each of two secrets while it is changed', () => {
    const { read } = open([secret, other]);
    expect(read(signRouterIdentity({ ...ada, ...once() }, secret))).toEqual(ada);
    expect(read(signRouterIdentity({ ...ada, ...once() }, other))).toEqual(ada);
    expect(read(signRouterIdentity(once(), secret))).toEqual({});
  });

  test('has the form that is documented', () => {
    const what = Buffer.from(JSON.stringify({ ...ada, at: start, nonce: 'sixteen-or-more-1' })).toString('base64url');
    const hmac = createHmac('sha256', secret).update(`v1.${what}`).digest('base64url');
    expect(open().read(`v1.${what}.${hmac}`)).toEqual(ada);
  });

  test('is refused with another secret, and where anything in it was changed', () => {
    const { read } = open();
    expect(() => read(signRouterIdentity({ ...ada, ...once() }, other))).toThrow(/signature that is not the router's/);
    const signed = signRouterIdentity({ ...ada, ...once() }, secret);
    const [version, what = '', signature] = signed.split('.');
    const changed = Buffer.from(Buffer.from(what, 'base64url').toString().replace('ada', 'eve')).toString('base64url');
    for (const forged of [
      `${version}.${changed}.${signature}`,
      `v2.${what}.${signature}`,
      `${version}.${what}.`,
      `${signed}.x`,
      '',
      'v1..',
      signed.slice(0, -2),
    ]) {
      expect(() => read(forged)).toThrow(expect.objectContaining({ code: 'UNAUTHENTICATED' }));
    }
    // The control: as it was signed it is believed.
    expect(read(signed)).toEqual(ada);
  });

  test('counts once, for as long as it is not too old', () => {
    const { read, move } = open();
    const signed = signRouterIdentity({ ...ada, ...once() }, secret);
    expect(read(signed)).toEqual(ada);
    for (const ms of [0, 15_000, 15_000]) {
      move(ms);
      expect(() => read(signed)).toThrow(/was used before/);
    }
    move(1);
    expect(() => read(signed)).toThrow(/too old/);
  });

  test('is never taken twice, whenever it comes within its time', () => {
    for (let offset = -30_000; offset <= 30_000; offset += 2_500) {
      const { read, move } = open();
      read(signRouterIdentity(once(), secret));
      move(60_000);
      const signed = signRouterIdentity(once(start + 60_000 + offset), secret);
      read(signed);
      for (let later = 0; later < 24; later += 1) {
        move(2_500);
        expect(() => read(signed)).toThrow(/was used before|too old/);
      }
    }
  });

  test('is refused before and after its time', () => {
    const { read } = open([secret], 5_000);
    for (const at of [start - 5_001, start + 5_001]) {
      expect(() => read(signRouterIdentity(once(at), secret))).toThrow(/too old, or the clocks differ/);
    }
    expect(read(signRouterIdentity(once(start - 5_000), secret))).toEqual({});
    for (const at of [undefined, 'now', null]) {
      expect(() => read(signRouterIdentity({ ...once(), at } as never, secret))).toThrow(/too old/);
    }
    expect(() => read(signRouterIdentity({ at: start, nonce: 'short' }, secret))).toThrow(/has no nonce/);
  });

  test('says no workload that could not be one', () => {
    const { read } = open();
    expect(read(signRouterIdentity({ ...once(), workload: 'two words' }, secret))).toEqual({});
    expect(read(signRouterIdentity({ ...once(), user: 7 } as never, secret))).toEqual({});
  });

  test('needs secrets that are long enough, and a time', () => {
    expect(() => open([])).toThrow(/^secrets: /);
    expect(() => open(['short'])).toThrow(/^secrets: /);
    expect(() => open([secret, 'short'])).toThrow(/^secrets: /);
    expect(() => open([secret], 999)).toThrow(/^maxAgeMs: /);
  });
});
