import { randomBytes } from 'node:crypto';
import { createTollgateYoga, type TollgateYogaOptions } from '../../src/graphql/create-yoga.ts';
import { type HttpServer, type HttpServerOptions, startHttpServer } from '../../src/http/server.ts';
import { type AccessControl, createAccessControl } from '../../src/identity/access-control.ts';
import { createJwtVerifier, type JwtIssuer } from '../../src/identity/jwt.ts';
import { generateApiKeySecret, hashSecret } from '../../src/identity/keys.ts';
import type { Principal } from '../../src/model/principal.ts';
import { openSqliteStores } from '../../src/stores/sqlite/open-sqlite-stores.ts';
import { systemClock } from '../../src/system-clock.ts';
import { type ScriptedGateway, scriptedGateway } from './scripted-gateway.ts';

export interface OpenedServer extends ScriptedGateway {
  readonly access: AccessControl;
  readonly server: HttpServer;
  /** The key of a member of a project. */
  readonly key: string;
  readonly apiKeyId: string;
  readonly administrator: Principal;
  /** Posts JSON with the member's key. */
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
  close(): Promise<void>;
}

/** A real server on a free port of loopback, over a gateway that the test plays. */
export async function openServer(
  options: Partial<HttpServerOptions> & {
    readonly issuers?: readonly JwtIssuer[];
    readonly schema?: Pick<TollgateYogaOptions, 'hidesSchema' | 'limits' | 'log'>;
  } = {},
): Promise<OpenedServer> {
  const { issuers = [], schema = {}, ...serverOptions } = options;
  const scripted = scriptedGateway();
  const stores = await openSqliteStores({ file: ':memory:' });
  const hashKey = randomBytes(32);
  const access = await createAccessControl({
    store: stores.access,
    clock: systemClock,
    hashKey,
    administratorHash: hashSecret(hashKey, generateApiKeySecret().secret),
    jwt: createJwtVerifier({ issuers, clock: systemClock }),
  });
  const administrator = access.localAdministrator();
  const project = await access.createProject(administrator, { name: 'Here' });
  const { apiKey, secret } = await access.createApiKey(administrator, {
    name: 'member',
    projectId: project.id,
    role: 'MEMBER',
  });
  const server = await startHttpServer({
    gateway: scripted.gateway,
    access,
    ...createTollgateYoga({ gateway: options.gateway ?? scripted.gateway, access, ...schema }),
    readiness: () => undefined,
    host: '127.0.0.1',
    port: 0,
    ...serverOptions,
  });
  return {
    ...scripted,
    access,
    server,
    key: secret,
    apiKeyId: apiKey.id,
    administrator,
    post: (path, body, headers = {}) =>
      fetch(`${server.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}`, ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    async close() {
      await server.close();
      await access.close();
      await stores.close();
    },
  };
}
