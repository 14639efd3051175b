import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ServeCommand, startServe, temporaryFolder } from './command.ts';
import { type PostgresServer, startPostgres } from './postgres-server.ts';
import { type RedisServer, startRedis } from './redis-server.ts';
import { adminKey } from './test-server.ts';

/** One gateway process of an installation. */
export interface NodeProcess {
  readonly id: string;
  readonly stateDir: string;
  readonly serve: ServeCommand;
}

/** Gateway processes over one Redis and one PostgreSQL. */
export interface SeveralNodes {
  readonly redis: RedisServer;
  readonly postgres: PostgresServer;
  /** The database of the installation. */
  readonly databaseUrl: string;
  readonly nodes: readonly NodeProcess[];
  /** Starts a node under this id: again, or for the first time. */
  start(id: string): Promise<NodeProcess>;
  /** Runs one operation at a node as the administrator, or with the key given; throws where it has errors. */
  graphql<T>(node: NodeProcess, query: string, variables?: Record<string, unknown>, key?: string): Promise<T>;
  close(): Promise<void>;
}

export interface SeveralNodesOptions {
  /** The text of `tollgate.yaml`, the same for all. */
  readonly yaml: string;
  readonly ids?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Further flags of redis-server. */
  readonly redisFlags?: readonly string[];
}

/** Starts the servers, and one process a node; all of it ends with `close`. */
export async function startSeveralNodes({
  yaml,
  ids = ['one', 'two'],
  env = {},
  redisFlags = [],
}: SeveralNodesOptions): Promise<SeveralNodes> {
  const folder = await temporaryFolder();
  await writeFile(join(folder.path, 'tollgate.yaml'), yaml);
  const [redis, postgres] = await Promise.all([startRedis(...redisFlags), startPostgres()]);
  const databaseUrl = await postgres.database();
  const nodes: NodeProcess[] = [];

  async function start(id: string): Promise<NodeProcess> {
    const stateDir = join(folder.path, `state-${id}`);
    const serve = await startServe({
      cwd: folder.path,
      env: {
        TOLLGATE_NODE_ID: id,
        TOLLGATE_STATE_DIR: stateDir,
        TOLLGATE_SECRET: 'a-secret-of-the-tests-alone-0123456789',
        TOLLGATE_ADMIN_KEY: adminKey,
        DATABASE_URL: databaseUrl,
        REDIS_URL: redis.url,
        ...env,
      },
    });
    const node = { id, stateDir, serve };
    const place = nodes.findIndex(known => known.id === id);
    if (place === -1) nodes.push(node);
    else nodes[place] = node;
    return node;
  }

  for (const id of ids) await start(id);
  return {
    redis,
    postgres,
    databaseUrl,
    nodes,
    start,
    async graphql<T>(node: NodeProcess, query: string, variables: Record<string, unknown> = {}, key = adminKey) {
      const response = await fetch(`${node.serve.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
        body: JSON.stringify({ query, variables }),
      });
      const { data, errors } = (await response.json()) as { data?: T; errors?: readonly unknown[] };
      if (errors !== undefined || data === undefined) throw new Error(JSON.stringify(errors));
      return data;
    },
    async close() {
      for (const { serve } of nodes) {
        if (serve.process.exitCode === null && serve.process.signalCode === null) serve.process.kill('SIGKILL');
        await serve.ended;
      }
      await Promise.all([redis.stop(), postgres.stop()]);
      await folder.close();
    },
  };
}
