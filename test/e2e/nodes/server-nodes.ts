import { afterAll, afterEach, beforeAll } from 'vitest';
import { answerWith, chunk, streamHead } from '../../support/openai-bytes.ts';
import { type PostgresServer, postgresBinaries, startPostgres } from '../../support/postgres-server.ts';
import { type RawProvider, startRawProvider } from '../../support/raw-provider.ts';
import { type RedisServer, redisAbsence, startRedis } from '../../support/redis-server.ts';
import { providersYaml, startTestServer, type TestServer, type TestServerOptions } from '../../support/test-server.ts';

/** Whether this machine has what several nodes share. */
export const canShare = postgresBinaries !== undefined && redisAbsence === '';
export const sharedTitle = canShare ? 'nodes of one installation' : 'PostgreSQL or redis-server absent';

/** What the nodes of a group of tests share. */
export interface ServerNodes {
  readonly postgres: PostgresServer;
  readonly redis: RedisServer;
  /** Answers at once, but begins only, and waits for the caller to leave, where the prompt says HOLD. In `us-east-1`. */
  readonly provider: RawProvider;
  /** Settings of the nodes of one installation, in a database of its own. */
  installation(): Promise<Readonly<Record<string, string>>>;
  /** Starts a whole server; the end of the test stops it. */
  start(env: Readonly<Record<string, string>>, nodeId: string, options?: TestServerOptions): Promise<TestServer>;
}

/** To be called in a group of tests: starts what is shared before them, and stops it after them. */
export function useServerNodes(): ServerNodes {
  let postgres: PostgresServer | undefined;
  let redis: RedisServer | undefined;
  let provider: RawProvider | undefined;
  const servers: TestServer[] = [];

  beforeAll(async () => {
    [postgres, redis, provider] = await Promise.all([
      startPostgres(),
      startRedis(),
      startRawProvider(async exchange => {
        if (!exchange.request.body.includes('HOLD')) return await answerWith(exchange, 'An answer');
        await exchange.write(streamHead + chunk({ role: 'assistant', content: 'It begins' }));
        await exchange.hungUp;
      }),
    ]);
  }, 30_000);
  afterEach(async () => {
    for (const server of servers.splice(0).reverse()) await server.close();
  });
  afterAll(async () => {
    await Promise.all([postgres?.stop(), redis?.stop(), provider?.close()]);
  });

  const nodes: ServerNodes = {
    get postgres() {
      return running(postgres);
    },
    get redis() {
      return running(redis);
    },
    get provider() {
      return running(provider);
    },
    async installation() {
      const secret = 'a-secret-of-several-nodes-0123456789';
      return { DATABASE_URL: await nodes.postgres.database(), REDIS_URL: nodes.redis.url, TOLLGATE_SECRET: secret };
    },
    async start(env, nodeId, options = {}) {
      const yaml = providersYaml([{ id: 'acme', url: nodes.provider.url, more: '    region: us-east-1' }]);
      const server = await startTestServer({
        yaml,
        ...options,
        env: { ...env, ...options.env, TOLLGATE_NODE_ID: nodeId },
      });
      servers.push(server);
      return server;
    },
  };
  return nodes;
}

function running<T>(server: T | undefined): T {
  if (server === undefined) throw new Error('it runs during tests only');
  return server;
}

/** How a completion ended. */
export async function complete(server: TestServer, key: string): Promise<string> {
  const { data, errors } = await server.graphql<{
    readonly complete: { readonly status: string; readonly error: { readonly code: string } | null };
  }>(
    'mutation { complete(input: { model: "acme/one", messages: [{ role: USER, text: "Hi" }] }) { status error { code } } }',
    {},
    key,
  );
  return data?.complete.error?.code ?? data?.complete.status ?? String(errors?.[0]?.extensions.code);
}

export interface PolicyPayload {
  readonly policy: { readonly id: string; readonly revision: number };
  readonly appliedNodes: readonly string[];
  readonly pendingNodes: readonly string[];
}

/** Writes a policy for everybody. */
export async function writePolicy(server: TestServer, rules: Record<string, unknown>): Promise<PolicyPayload> {
  const { data } = await server.graphql<{ readonly createPolicy: PolicyPayload }>(
    `mutation ($rules: PolicyRulesInput!) {
      createPolicy(input: { name: "House", rules: $rules }) { policy { id revision } appliedNodes pendingNodes }
    }`,
    { rules },
  );
  if (data === undefined) throw new Error('the policy was not written');
  return data.createPolicy;
}

/** Makes a key of a new tenant. */
export async function makeKey(server: TestServer): Promise<{ readonly id: string; readonly secret: string }> {
  const tenant = await server.graphql<{ readonly createProject: { readonly id: string } }>(
    'mutation { createProject(input: { name: "Bank" }) { id } }',
  );
  const { data } = await server.graphql<{
    readonly createApiKey: { readonly secret: string; readonly apiKey: { readonly id: string } };
  }>(
    'mutation ($project: ID!) { createApiKey(input: { name: "k", project: $project, role: MEMBER }) { secret apiKey { id } } }',
    { project: tenant.data?.createProject.id },
  );
  if (data === undefined) throw new Error('the key was not made');
  return { id: data.createApiKey.apiKey.id, secret: data.createApiKey.secret };
}

export const adminRevokes = 'mutation ($id: ID!) { revokeApiKey(id: $id) { id } }';

/** Takes publishing and subscribing from everybody, and hangs up on those who listen. */
export async function killHints(redis: RedisServer): Promise<void> {
  await redis.admin.call('ACL', 'SETUSER', 'default', 'resetchannels');
  await redis.admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
}

export async function restoreHints(redis: RedisServer): Promise<void> {
  await redis.admin.call('ACL', 'SETUSER', 'default', 'allchannels');
}
