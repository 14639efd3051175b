import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config.ts';
import type { LogDestination } from '../../src/observability.ts';
import { type RunningServer, startServer } from '../../src/start-server.ts';

export const adminKey = 'an-administrator-key-for-tests-only-0123456789';

export interface TestServer extends RunningServer {
  readonly stateDir: string;
  /** Runs one GraphQL operation as the administrator, or with the key given. */
  graphql<T = Record<string, unknown>>(
    query: string,
    variables?: Record<string, unknown>,
    key?: string,
  ): Promise<{
    readonly data?: T;
    readonly errors?: readonly { readonly message: string; readonly extensions: Record<string, unknown> }[];
  }>;
  /** Takes another text of `tollgate.yaml`, in force when it resolves. */
  reload(yaml: string): Promise<void>;
  /** Where `tollgate.yaml` lies. */
  readonly folder: string;
  close(): Promise<void>;
}

export interface TestServerOptions {
  /** The text of `tollgate.yaml`. */
  readonly yaml?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Takes the lines of the log. */
  readonly logTo?: LogDestination;
  /** Further files beside `tollgate.yaml`, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** An existing state folder; it is then kept. */
  readonly stateDir?: string;
}

/** Starts the whole server on a free port of loopback, with a state folder of its own. */
export async function startTestServer({
  yaml,
  env = {},
  stateDir,
  logTo,
  files = {},
}: TestServerOptions = {}): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-test-'));
  if (yaml !== undefined) await writeFile(join(folder, 'tollgate.yaml'), yaml);
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const state = stateDir ?? join(folder, 'state');
  const settings = { PORT: '0', TOLLGATE_ADMIN_KEY: adminKey, TOLLGATE_STATE_DIR: state, LOG_LEVEL: 'silent', ...env };
  const server = await startServer(loadConfig({ env: settings, cwd: folder }), logTo === undefined ? {} : { logTo });
  return {
    ...server,
    stateDir: state,
    folder,
    async reload(text) {
      await writeFile(join(folder, 'tollgate.yaml'), text);
      await server.reconfigure(loadConfig({ env: settings, cwd: folder }));
    },
    async graphql(query, variables = {}, key = adminKey) {
      const response = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
        body: JSON.stringify({ query, variables }),
      });
      return await response.json();
    },
    async close() {
      await server.stop({ acceptMs: 0, finishMs: 0 });
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A configuration whose providers all speak the openai protocol and serve `acme/one`, each at its own price. */
export function providersYaml(
  providers: readonly { readonly id: string; readonly url: string; readonly price?: string; readonly more?: string }[],
): string {
  const blocks = providers.map(
    ({ id, url, price = '1', more = '' }) => `
  - id: ${id}
    protocol: openai
    baseUrl: ${url}/v1
    apiKey: key-of-${id}
    models: [{ id: one, as: acme/one, price: { input: "${price}", output: "${price}" }, contextTokens: 8000, capabilities: [TOOLS, STREAMING] }]
${more}`,
  );
  return `providers:${blocks.join('')}`;
}
