import { createTollgateYoga } from '../../src/graphql/create-yoga.ts';
import { type HttpServer, type HttpServerOptions, startHttpServer } from '../../src/http/server.ts';
import type { Principal } from '../../src/model/principal.ts';
import { type OpenAccessOptions, type OpenedAccess, openAccess } from '../identity/open-access.ts';
import { type ScriptedGateway, scriptedGateway } from './scripted-gateway.ts';

export interface OpenedServer extends ScriptedGateway, OpenedAccess {
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
  options: Partial<HttpServerOptions> & { readonly identity?: OpenAccessOptions } = {},
): Promise<OpenedServer> {
  const { identity, ...serverOptions } = options;
  const scripted = scriptedGateway();
  const opened = await openAccess(identity);
  const { access } = opened;
  const administrator = access.localAdministrator();
  const project = await access.createProject(administrator, { name: 'Here' });
  const { apiKey, secret } = await access.createApiKey(administrator, { name: 'member', projectId: project.id, role: 'MEMBER' });
  const server = await startHttpServer({
    gateway: scripted.gateway,
    access,
    ...createTollgateYoga({ gateway: scripted.gateway, access }),
    readiness: () => undefined,
    host: '127.0.0.1',
    port: 0,
    ...serverOptions,
  });
  return {
    ...scripted,
    ...opened,
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
    },
  };
}
