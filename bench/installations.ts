import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { type PostgresServer, startPostgres } from '../test/support/postgres-server.ts';
import { type RedisServer, startRedis } from '../test/support/redis-server.ts';
import { ask, type RunningGateway, startTollgate } from './gateways.ts';

/** Nodes that know the same tenants. */
export interface Installation {
  readonly nodes: readonly Omit<RunningGateway, 'headers'>[];
  /** What requests carry, of a tenant without budgets and of one with three of them and two rate limits. */
  readonly headers: Readonly<Record<'free' | 'bounded', Readonly<Record<string, string>>>>;
  close(): Promise<void>;
}

export interface SharedInstallation extends Installation {
  readonly redis: RedisServer;
  readonly redisPid: number;
  readonly postgres: PostgresServer;
  readonly databaseUrl: string;
}

const root = resolve(import.meta.dirname, '..');
const bundled = 'build/cli.js';
/** As `compose.yaml` starts it. */
const redisFlags = ['--appendonly', 'yes', '--appendfsync', 'everysec', '--maxmemory-policy', 'noeviction'];

/** Three budget levels and two rate limits that nobody reaches. */
const bounds = {
  budgets: [
    { name: 'the tenant', limit: '1000000', window: 'MONTH', per: 'POLICY' },
    { name: 'each project', limit: '1000000', window: 'DAY', per: 'PROJECT' },
    { name: 'each key', limit: '1000000', window: 'DAY', per: 'API_KEY' },
  ],
  rateLimits: [
    { requests: 100_000_000, window: 'PT1M', per: 'API_KEY' },
    { tokens: 100_000_000_000, window: 'PT1H', per: 'POLICY' },
  ],
};

/** Brings the bundle that `npm start` runs up to date. */
export function bundle(): void {
  const { status } = spawnSync(process.execPath, [join(root, '.ci/bundle.mjs'), '--if-stale'], { stdio: 'inherit' });
  if (status !== 0) throw new Error('the bundle could not be made');
}

/** One node whose state is a SQLite file. */
export async function startSingle(folder: string, configFile: string): Promise<Installation> {
  const node = await startTollgate(configFile, join(folder, 'state-single'), { entry: bundled });
  try {
    return { nodes: [node], headers: await makeTenants(node.port), close: () => node.stop() };
  } catch (fault) {
    await node.stop();
    throw fault;
  }
}

/** So many nodes over one PostgreSQL, that waits for the disk, and one Redis, that writes to it each second. */
export async function startShared(folder: string, configFile: string, count: number): Promise<SharedInstallation> {
  const closing: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const each of closing.splice(0).reverse()) await each();
  };
  try {
    const redis = await startRedis(...redisFlags);
    closing.push(redis.stop);
    const postgres = await startPostgres({ fsync: true });
    closing.push(postgres.stop);
    const databaseUrl = await postgres.database();
    const nodes: Installation['nodes'][number][] = [];
    for (let place = 1; place <= count; place++) {
      const env = {
        TOLLGATE_NODE_ID: `node-${place}`,
        TOLLGATE_SECRET: 'a-secret-of-the-benchmark-alone-0123456789',
        DATABASE_URL: databaseUrl,
        REDIS_URL: redis.url,
      };
      const node = await startTollgate(configFile, join(folder, `state-${place}`), { entry: bundled, env });
      closing.push(() => node.stop());
      nodes.push(node);
    }
    const [first] = nodes;
    if (first === undefined) throw new TypeError('count: must be above 0');
    const headers = await makeTenants(first.port);
    const redisPid = Number(/process_id:(\d+)/.exec(await redis.admin.info('server'))?.[1]);
    return { nodes, headers, redis, redisPid, postgres, databaseUrl, close };
  } catch (fault) {
    await close();
    throw fault;
  }
}

async function makeTenants(port: number): Promise<Installation['headers']> {
  const [free, bounded] = [await makeTenant(port, 'free'), await makeTenant(port, 'bounded')];
  const input = { name: 'bounds', appliesTo: [{ project: bounded.id }], rules: bounds };
  // It answers when all nodes have it in force.
  await ask(port, 'mutation ($input: PolicyInput!) { createPolicy(input: $input) { pendingNodes } }', { input });
  return { free: free.headers, bounded: bounded.headers };
}

async function makeTenant(port: number, name: string) {
  const { createProject } = await ask(
    port,
    'mutation ($name: String!) { createProject(input: { name: $name }) { id } }',
    { name },
  );
  const id = createProject?.id ?? '';
  const { createApiKey } = await ask(
    port,
    'mutation ($id: ID!) { createApiKey(input: { name: "bench", project: $id }) { secret } }',
    { id },
  );
  return { id, headers: { authorization: `Bearer ${createApiKey?.secret}` } };
}
