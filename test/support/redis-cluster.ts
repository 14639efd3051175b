import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './free-port.ts';
import { type RedisServer, startRedis } from './redis-server.ts';

/** Three masters on loopback, each with a third of the slots. */
export interface RedisCluster {
  readonly masters: readonly RedisServer[];
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts a Redis Cluster and waits until every master sees all of it. */
export async function startRedisCluster(...flags: readonly string[]): Promise<RedisCluster> {
  const masters = await Promise.all([0, 1, 2].map(() => startMaster(flags)));
  const [first] = masters;
  if (first === undefined) throw new Error('no master');
  const share = Math.ceil(16_384 / masters.length);
  for (const [index, { server }] of masters.entries()) {
    const end = Math.min((index + 1) * share, 16_384) - 1;
    await server.admin.call('CLUSTER', 'ADDSLOTSRANGE', index * share, end);
    await server.admin.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
    if (index > 0) await server.admin.call('CLUSTER', 'MEET', '127.0.0.1', first.server.port, first.busPort);
  }
  for (const { server } of masters) await untilWhole(server, masters.length);
  return {
    masters: masters.map(({ server }) => server),
    url: `${first.server.url}?cluster=true`,
    async stop() {
      await Promise.all(masters.map(({ server }) => server.stop()));
    },
  };
}

async function startMaster(flags: readonly string[]) {
  const busPort = await freePort();
  const server = await startRedis(
    '--cluster-enabled',
    'yes',
    '--cluster-port',
    `${busPort}`,
    '--cluster-node-timeout',
    '2000',
    ...flags,
  );
  return { server, busPort };
}

async function untilWhole(server: RedisServer, size: number): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt++) {
    const info = String(await server.admin.call('CLUSTER', 'INFO'));
    if (info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${size}`)) return;
    await delay(25);
  }
  throw new Error('the cluster did not form');
}
