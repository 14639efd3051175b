// Two nodes of Tollgate behind nginx, with Redis and PostgreSQL, as programs on loopback. See README.md.
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPrograms } from './find-programs.ts';
import { startNginx } from './start-nginx.ts';
import { type RunningNode, startNode } from './start-node.ts';
import { chosenPort, type Program } from './start-program.ts';
import { startPostgres, startRedis } from './start-stores.ts';

/** In the order of their start. */
const running: Program[] = [];
let folder: string | undefined;
let isStopping = false;
let interruptedAtMs = 0;
const { promise: interrupted, resolve: interrupt } = Promise.withResolvers<void>();

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // npm sends on what the terminal has sent already. A later one is from somebody who does not want to wait: what runs
    // is killed as this process ends.
    if (isStopping && performance.now() - interruptedAtMs < 1_000) return;
    if (isStopping) process.exit(1);
    isStopping = true;
    interruptedAtMs = performance.now();
    interrupt();
  });
}

try {
  await start();
  await interrupted;
} catch (fault) {
  console.error(fault instanceof Error ? fault.message : fault);
  process.exitCode = 1;
}
isStopping = true;
// From the last to the first, so that nobody misses what it still needs.
for (const program of running.reverse()) await program.stop();
if (folder !== undefined) await rm(folder, { recursive: true, force: true });

async function start(): Promise<void> {
  const programs = findPrograms(process.env.PATH ?? '');
  const port = await chosenPort(process.env.PORT ?? '4000');
  const home = await mkdtemp(join(tmpdir(), 'tollgate-nodes-'));
  folder = home;
  // Started as root, nginx and PostgreSQL run as other users, who have to get through to what is theirs.
  await chmod(home, 0o711);
  const redis = await startRedis(programs, home);
  keep(redis.program);
  const postgres = await startPostgres(programs, home);
  keep(postgres.program);

  // With several nodes the sandbox has to be asked for.
  await writeFile(join(home, 'tollgate.yaml'), 'sandbox: true\n');
  const administratorKey = process.env.TOLLGATE_ADMIN_KEY ?? `tg_${randomBytes(24).toString('hex')}`;
  const env = {
    TOLLGATE_CONFIG: join(home, 'tollgate.yaml'),
    ...process.env,
    TOLLGATE_ADMIN_KEY: administratorKey,
    TOLLGATE_SECRET: randomBytes(32).toString('hex'),
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
  };
  const nodes: RunningNode[] = [];
  for (const id of ['tollgate-1', 'tollgate-2']) {
    if (isStopping) return;
    const node = await startNode({ id, folder: home, env });
    keep(node.program);
    nodes.push(node);
  }
  const nodePorts = nodes.map(({ url }) => Number(new URL(url).port));
  keep(await startNginx({ program: programs.nginx, folder: home, port, nodePorts }));
  if (!isStopping) console.log(welcome(`http://127.0.0.1:${port}`, nodes, home, administratorKey, env));
}

/** Remembers what to stop, and tells of it when it ends before. */
function keep(program: Program): void {
  running.push(program);
  void program.ended.then(how => {
    if (!isStopping) console.log(`${program.name} ended: ${how}`);
  });
}

function welcome(
  url: string,
  nodes: readonly RunningNode[],
  home: string,
  administratorKey: string,
  env: NodeJS.ProcessEnv,
): string {
  const addresses = nodes.map(({ program, url: own }) => `  ${program.name}  ${own}  process ${program.pid}`);
  return `
Two nodes of Tollgate behind nginx: ${url}

${addresses.join('\n')}
  logs        ${home}/*.log

Administrator key: ${administratorKey}

Ask one of them:

  curl -s ${url}/graphql -H "authorization: Bearer ${administratorKey}" -H 'content-type: application/json' \\
    -d '{"query":"mutation { complete(input: { messages: [{ role: USER, text: \\"Say hello\\" }] }) { text usage { cost } } }"}'

Whether its ledger adds up:

  DATABASE_URL='${env.DATABASE_URL}' REDIS_URL='${env.REDIS_URL}' \\
    TOLLGATE_SECRET='${env.TOLLGATE_SECRET}' npm run tollgate -- ledger verify

Ctrl-C stops all of it and deletes its folder.
`;
}
