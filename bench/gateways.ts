import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { lineOf, type StartedProcess, startProcess } from './start-process.ts';
import { paces, unaryModel } from './workload.ts';

/** A gateway that runs. */
export interface RunningGateway extends StartedProcess {
  readonly port: number;
  /** What its requests carry. */
  readonly headers: Readonly<Record<string, string>>;
}

const root = resolve(import.meta.dirname, '..');
const administratorKey = 'the-administrator-key-of-the-benchmark';

export async function startBareProxy(upstreamPort: number): Promise<RunningGateway> {
  const started = startProcess({
    arguments: [join(import.meta.dirname, 'bare-proxy.ts'), `http://127.0.0.1:${upstreamPort}`],
    core: 'gateway',
  });
  const [, port] = await lineOf(started, /^http:\/\/127\.0\.0\.1:(\d+)$/);
  return { ...started, port: Number(port), headers: {} };
}

/**
 * Writes what Tollgate is measured with: three providers that serve the same models at different prices, so that there
 * is something to route.
 */
export async function writeTollgateConfig(folder: string, upstreamPort: number): Promise<string> {
  const models = [unaryModel, ...paces.map(({ model }) => model)].map(
    model => (price: string) =>
      `
      - { id: ${model}, as: bench/${model}, price: { input: "${price}", output: "${price}" }, contextTokens: 100000, capabilities: [TOOLS, STREAMING] }`,
  );
  const providers = ['one', 'two', 'three'].map(
    (id, index) => `
  - id: ${id}
    protocol: openai
    baseUrl: http://127.0.0.1:${upstreamPort}/v1
    apiKey: key-of-${id}
    region: eu-west-1
    models:${models.map(write => write(String(index + 1))).join('')}
`,
  );
  const file = join(folder, 'tollgate.yaml');
  await writeFile(file, `providers:${providers.join('')}`);
  return file;
}

export interface TollgateOptions {
  /** Absent: any. */
  readonly core?: 'gateway';
  /** A folder for a CPU profile, written when the server ends. */
  readonly profileTo?: string;
  /** What is started, in the project's folder. Default: the sources. */
  readonly entry?: string;
  /** Further variables. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Starts the server, with everything on and every other setting at its default, and returns once it has printed its
 * address.
 */
export async function startTollgate(
  configFile: string,
  stateDir: string,
  { core, profileTo, entry = 'src/cli.ts', env = {} }: TollgateOptions = {},
): Promise<Omit<RunningGateway, 'headers'>> {
  const profiling =
    profileTo === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileTo}`, '--cpu-prof-interval=250'];
  const started = startProcess({
    arguments: [...profiling, join(root, entry), 'serve'],
    ...(core === undefined ? {} : { core }),
    env: {
      PORT: '0',
      TOLLGATE_CONFIG: configFile,
      TOLLGATE_STATE_DIR: stateDir,
      TOLLGATE_ADMIN_KEY: administratorKey,
      ...env,
    },
  });
  const [, port] = await lineOf(started, /^Tollgate listens on http:\/\/127\.0\.0\.1:(\d+)$/);
  return { ...started, port: Number(port) };
}

/** Makes a project and a key of its own: what is measured includes finding out who asks. */
export async function tollgateHeaders(port: number): Promise<Readonly<Record<string, string>>> {
  const project = await ask(port, 'mutation { createProject(input: { name: "bench" }) { id } }', {});
  const projectId = project.createProject?.id;
  const made = await ask(
    port,
    'mutation($project: ID!) { createApiKey(input: { name: "bench", project: $project }) { secret } }',
    { project: projectId },
  );
  return { authorization: `Bearer ${made.createApiKey?.secret}` };
}

/** Runs one operation as the administrator; throws where it has errors. */
export async function ask(port: number, query: string, variables: Readonly<Record<string, unknown>>) {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${administratorKey}` },
    body: JSON.stringify({ query, variables }),
  });
  const answer = (await response.json()) as {
    readonly data?: Readonly<Record<string, Readonly<Record<string, string>>>>;
    readonly errors?: unknown;
  };
  if (answer.data === undefined || answer.errors !== undefined) throw new Error(JSON.stringify(answer.errors));
  return answer.data;
}

const portkeyFolder = join(import.meta.dirname, 'peers/portkey');

/** Installs the peer at its locked versions, if it is not there. */
export function installPortkey(): void {
  if (existsSync(join(portkeyFolder, 'node_modules/@portkey-ai/gateway'))) return;
  console.log('Installing Portkey into bench/peers/portkey …');
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: portkeyFolder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error('npm ci in bench/peers/portkey failed; --no-peers measures without it');
}

export async function startPortkey(upstreamPort: number): Promise<RunningGateway> {
  const port = await freePort();
  const started = startProcess({
    arguments: [
      join(portkeyFolder, 'node_modules/@portkey-ai/gateway/build/start-server.js'),
      `--port=${port}`,
      '--headless',
    ],
    core: 'gateway',
    env: { TRUSTED_CUSTOM_HOSTS: '127.0.0.1' },
  });
  await lineOf(started, /Ready for connections/);
  return {
    ...started,
    port,
    headers: {
      'x-portkey-provider': 'openai',
      'x-portkey-custom-host': `http://127.0.0.1:${upstreamPort}/v1`,
      authorization: 'Bearer sk-bench',
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
