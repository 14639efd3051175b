import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRedis } from '../../../src/stores/redis/redis-client.ts';
import { type RedisServer, redisAbsence, startRedis } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';

describe.skipIf(redisAbsence !== '')(`hints over Redis${redisAbsence}`, () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  const isHeard = async (heard: readonly string[], text: string) => {
    await server.admin.publish('changes', text);
    return heard.includes(text);
  };

  test('are heard again after a refusal to listen, which ends nothing', async () => {
    const problems: string[] = [];
    const client = await openRedis({ url: server.url, onProblem: ({ message }) => void problems.push(message) });
    const heard: string[] = [];
    await client.subscribe('changes', text => void heard.push(text));
    await until('it is heard', () => isHeard(heard, 'one'));
    await server.admin.call('ACL', 'SETUSER', 'default', 'resetchannels');
    await server.admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await until('it was refused', () => problems.some(message => message.includes('NOPERM')));
    expect(await client.isReachable()).toBe(true);
    await server.admin.call('ACL', 'SETUSER', 'default', 'allchannels');
    await until('it is heard again', () => isHeard(heard, 'two'));
    await client.close();
  });

  test('are heard once there is a server, by who listened before there was one', async () => {
    await server.kill('SIGKILL');
    const client = await openRedis({ url: server.url });
    const heard: string[] = [];
    await expect(client.subscribe('changes', text => void heard.push(text))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
    await server.restart();
    await until('it is heard', () => isHeard(heard, 'five'));
    await client.close();
  });

  test('are heard again after the connection, or the server, was lost', async () => {
    const client = await openRedis({ url: server.url });
    const heard: string[] = [];
    await client.subscribe('changes', text => void heard.push(text));
    await server.admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await until('it is heard after the first', () => isHeard(heard, 'three'));
    await server.kill('SIGKILL');
    await server.restart();
    await until('it is heard after the second', () => isHeard(heard, 'four'));
    await client.close();
  });
});
