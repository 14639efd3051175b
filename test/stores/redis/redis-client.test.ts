import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openRedis, type RedisClient } from '../../../src/stores/redis/redis-client.ts';
import { certificateAbsence, makeCertificates } from '../../support/certificates.ts';
import { freePort } from '../../support/free-port.ts';
import { type RedisServer, redisAbsence, startRedis } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';

describe.skipIf(redisAbsence !== '')(`redis connection${redisAbsence}`, () => {
  let server: RedisServer;
  let redis: RedisClient;

  beforeEach(async () => {
    server = await startRedis();
    await server.admin.config('SET', 'requirepass', 'marigold');
    redis = await openRedis({ url: server.url.replace('//', '//:marigold@') });
  });
  afterEach(async () => {
    await redis.close();
    await server.stop();
  });

  test('tells what is published to whoever listens, also after a reconnection, and not to who has stopped', async () => {
    const heard: string[] = [];
    const stop = await redis.subscribe('hints', text => heard.push(text));
    const stopOther = await redis.subscribe('hints', text => heard.push(`other ${text}`));
    await redis.publish('hints', 'one');
    await until('it was heard', () => heard.length === 2);
    await stopOther();
    await server.admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await until('it listens again', async () => {
      await redis.publish('hints', 'two');
      return heard.includes('two');
    });
    await stop();
    const before = heard.length;
    await redis.publish('hints', 'three');
    await redis.command('GET', 'something');
    expect(heard.slice(before)).toEqual([]);
    expect(heard).not.toContain('other two');
  });

  test('says what kind of server it is, and whether it throws away what it was to keep', async () => {
    expect(await redis.inspect()).toMatchObject({ isCluster: false, evictsKeys: false });
    await server.admin.config('SET', 'maxmemory', '100mb');
    expect(await redis.inspect()).toMatchObject({ evictsKeys: false });
    await server.admin.config('SET', 'maxmemory-policy', 'volatile-lru');
    expect(await redis.inspect()).toMatchObject({ evictsKeys: true });
  });

  test('opens where nobody listens or the password is wrong, says why without a secret, and is not reachable', async () => {
    for (const url of [`redis://127.0.0.1:${await freePort()}`, server.url.replace('//', '//:tulip@')]) {
      const problems: Error[] = [];
      const other = await openRedis({ url, onProblem: reason => problems.push(reason) });
      expect(await other.isReachable()).toBe(false);
      expect(problems.length).toBeGreaterThan(0);
      expect(problems.map(String).join()).not.toMatch(/tulip|127\.0/);
      await other.close();
    }
  });

  test('does not stop the process where a connection fails that nobody watches', async () => {
    const rejections: unknown[] = [];
    const note = (reason: unknown) => rejections.push(reason);
    process.on('unhandledRejection', note);
    const stop = await redis.subscribe('hints', () => {});
    await server.kill('SIGKILL');
    await until('it is closed', async () => !(await redis.isReachable()));
    await expect(stop()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(redis.publish('hints', 'one')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    process.off('unhandledRejection', note);
    expect(rejections).toEqual([]);
  });
});

describe.skipIf(redisAbsence + certificateAbsence !== '')(`redis over TLS${redisAbsence}${certificateAbsence}`, () => {
  test('trusts the authority that is named, and no server that it has not signed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tollgate-tls-'));
    const { authority, certificate, key } = makeCertificates(folder);
    const tlsPort = await freePort();
    const files = ['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-cert-file', join(folder, 'ca.crt')];
    const server = await startRedis('--tls-port', `${tlsPort}`, '--tls-auth-clients', 'no', ...files);
    const url = `rediss://127.0.0.1:${tlsPort}`;
    const trusting = await openRedis({ url, caCertificates: authority });
    const doubting = await openRedis({ url });
    expect([await trusting.isReachable(), await doubting.isReachable()]).toEqual([true, false]);
    await Promise.all([trusting.close(), doubting.close()]);
    await server.stop();
    rmSync(folder, { recursive: true });
  });
});
