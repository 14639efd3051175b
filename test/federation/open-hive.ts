import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Started, startProcess } from '../support/command.ts';
import { freePort } from '../support/free-port.ts';
import { installFolder } from '../support/install-folder.ts';
import { until } from '../support/until.ts';

const root = resolve(import.meta.dirname, '../..');

/** What plans the queries of Hive Gateway. */
export type Planner = 'JavaScript' | 'Rust';

/** One subgraph as composers take it. */
export interface ComposedSubgraph {
  readonly name: string;
  readonly url: string;
  readonly sdl: string;
}

export interface Hive extends AsyncDisposable {
  /** `http://127.0.0.1:<port>/graphql` */
  readonly url: string;
  /** All that it has written so far. */
  readonly output: string;
  /** What the subgraphs were composed to. */
  readonly supergraph: string;
}

export interface HiveOptions {
  /** Default: none. */
  readonly env?: Readonly<Record<string, string>>;
  /** The text of a configuration. Default: that of `examples/federation`. */
  readonly configuration?: string;
}

/** Hive Gateway as a process of its own, over a supergraph of these. */
export async function openHive(
  subgraphs: readonly ComposedSubgraph[],
  planner: Planner,
  { env = {}, configuration }: HiveOptions = {},
): Promise<Hive> {
  const gateways = await installFolder('test/gateways');
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-hive-'));
  await cp(join(root, 'examples/federation'), folder, { recursive: true });
  await symlink(join(gateways, 'node_modules'), join(folder, 'node_modules'));
  const files = subgraphs.map(async ({ name, sdl }) => writeFile(join(folder, `${name}.graphql`), sdl));
  await Promise.all(files);
  const named = subgraphs.map(({ name, url }) => `${name}=${url}=${name}.graphql`);
  const composed = await startProcess(['compose.mjs', ...named, 'supergraph.graphql'], { cwd: folder }).ended;
  if (composed.code !== 0) throw new Error(`the subgraphs do not compose: ${composed.error}`);
  const configFile = 'hive-gateway/gateway.config.mjs';
  if (configuration !== undefined) await writeFile(join(folder, configFile), configuration);
  const supergraph = await readFile(join(folder, 'supergraph.graphql'), 'utf8');
  const port = await freePort();
  const started = startProcess(
    [
      join(folder, 'node_modules/@graphql-hive/gateway/dist/bin.js'),
      'supergraph',
      'supergraph.graphql',
      ...['--config-path', configFile, '--host', '127.0.0.1', '--port', String(port)],
      ...(planner === 'Rust' ? ['--hive-router-runtime'] : []),
    ],
    { cwd: folder, env },
  );
  const url = `http://127.0.0.1:${port}/graphql`;
  await until('Hive Gateway listens', () => isReady(started, port), 60_000);
  return {
    url,
    supergraph,
    get output() {
      return started.out + started.error;
    },
    async [Symbol.asyncDispose]() {
      started.process.kill('SIGTERM');
      const impatient = setTimeout(() => started.process.kill('SIGKILL'), 5_000);
      await started.ended;
      clearTimeout(impatient);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function isReady({ process: { exitCode }, out, error }: Started, port: number): Promise<boolean> {
  if (exitCode !== null) throw new Error(`Hive Gateway ended: ${out}${error}`);
  const answer = await fetch(`http://127.0.0.1:${port}/readiness`).catch(() => undefined);
  await answer?.body?.cancel();
  return answer?.status === 200;
}
