import fc from 'fast-check';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { redisBudgetStore } from '../../../src/stores/redis/redis-budget-store.ts';
import { openRedis, type RedisClient } from '../../../src/stores/redis/redis-client.ts';
import { type RedisServer, redisAbsence, startRedis } from '../../support/redis-server.ts';
import { endLeases, loseSlot } from '../../support/redis-slots.ts';
import { commandSequences } from '../budget-commands.ts';
import { checkAgainstModel } from '../check-against-model.ts';

describe.skipIf(redisAbsence !== '')(`redis${redisAbsence}`, () => {
  let server: RedisServer;
  let redis: RedisClient;

  beforeAll(async () => {
    server = await startRedis();
    redis = await openRedis({ url: server.url, commandTimeoutMs: 5000 });
  });
  afterAll(async () => {
    await redis.close();
    await server.stop();
  });

  test('keeps to the plain account of what was reserved, whatever is done in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(commandSequences, async commands => {
        await server.admin.flushall();
        const store = redisBudgetStore({ redis });
        await checkAgainstModel(
          { store, endLeases: () => endLeases(server.admin), lose: tenantId => loseSlot(server.admin, tenantId) },
          commands,
        );
      }),
      { numRuns: 150 },
    );
  }, 60_000);
});
