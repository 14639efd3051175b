import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildSchema, parse, printSchema } from 'graphql';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ask } from '../plugins/hosts/plugin-host.ts';
import { startProcess, temporaryFolder } from '../support/command.ts';
import { freePort } from '../support/free-port.ts';
import { installFolder } from '../support/install-folder.ts';
import { answerWith } from '../support/openai-bytes.ts';
import { type RawProvider, startRawProvider } from '../support/raw-provider.ts';
import { adminKey, providersYaml } from '../support/test-server.ts';
import { until } from '../support/until.ts';

// Two processes are started, and the gateway is installed before where it is not there.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 600_000 });

const root = resolve(import.meta.dirname, '../..');
const example = join(root, 'examples/plugins-in-hive-gateway');
let gateways: string;
let provider: RawProvider;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let subgraph: ReturnType<typeof startProcess>;
let subgraphUrl: string;

beforeAll(async () => {
  gateways = await installFolder('test/gateways');
  provider = await startRawProvider(exchange => answerWith(exchange, 'A refund, says jane@example.com'));
  folder = await temporaryFolder();
  subgraph = startProcess([join(example, 'subgraph.ts')], { cwd: folder.path, env: { PORT: '0' } });
  const [, port] = await subgraph.see(/port: (\d+)/);
  subgraphUrl = `http://127.0.0.1:${port}/graphql`;
  const supergraph = await readFile(join(example, 'supergraph.graphql'), 'utf8');
  await writeFile(
    join(folder.path, 'supergraph.graphql'),
    supergraph.replace('http://127.0.0.1:4002/graphql', subgraphUrl),
  );
  await writeFile(join(folder.path, 'tollgate.yaml'), providersYaml([{ id: 'acme', url: provider.url }]));
});
afterAll(async () => {
  subgraph.process.kill('SIGKILL');
  await subgraph.ended;
  await provider.close();
  await folder.close();
});

/** The gateway's own command line, with the configuration of the example as it stands. */
async function startGateway() {
  const port = await freePort();
  const cwd = folder.path;
  const bin = join(gateways, 'node_modules/@graphql-hive/gateway/dist/bin.js');
  const first = ['--import', join(root, 'test/support/one-graphql.ts'), bin];
  const config = join(example, 'gateway.config.ts');
  const env = { PORT: String(port), TOLLGATE_ADMIN_KEY: adminKey, HOME: cwd };
  const server = startProcess([...first, 'supergraph', '-c', config], { cwd, env });
  const origin = `http://127.0.0.1:${port}`;
  const isReady = () =>
    fetch(`${origin}/healthcheck`).then(
      ({ ok }) => ok,
      () => false,
    );
  await until(`the gateway answers: ${server.out}${server.error}`, isReady, 60_000);
  return { server, origin };
}

describe('the example of plugins in Hive Gateway', () => {
  test('is composed from the types of its subgraph', async () => {
    const { composeServices } = await import(
      pathToFileURL(createRequire(join(gateways, 'package.json')).resolve('@theguild/federation-composition')).href
    );
    const source = await readFile(join(example, 'subgraph.ts'), 'utf8');
    const [, typeDefs = ''] = /typeDefs = \/\* GraphQL \*\/ `([^`]+)`/.exec(source) ?? [];
    const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key"])';
    const services = [{ name: 'tickets', url: 'http://127.0.0.1:4002/graphql', typeDefs: parse(link + typeDefs) }];
    const { supergraphSdl } = composeServices(services);
    const committed = await readFile(join(example, 'supergraph.graphql'), 'utf8');
    const printed = (sdl: string) => printSchema(buildSchema(sdl, { assumeValid: true }));
    expect(printed(committed)).toBe(printed(supergraphSdl));
  });

  test('redacts before the subgraph and before clients, completes under policy, and answers OpenAI clients', async () => {
    const { server, origin } = await startGateway();
    try {
      const open = 'mutation { open(body: "Write to jane@example.com") { id body summary } }';
      const answer = await ask(`${origin}/graphql`, open, { key: adminKey });
      expect(answer).toEqual({
        data: { open: { id: expect.any(String), body: 'Write to [EMAIL]', summary: 'A refund, says [EMAIL]' } },
      });
      await until('the subgraph has written', () => subgraph.out.includes('Opened'));
      expect(subgraph.out).toContain('Opened: Write to [EMAIL]');
      const { data } = await ask(`${origin}/graphql`, '{ tickets { body } aiModels(first: 1) { nodes { id } } }', {
        key: adminKey,
      });
      expect(data.tickets[0].body).toBe('Paid with [PAYMENT_CARD], please refund.');
      expect(data.aiModels.nodes).toHaveLength(1);
      const models = await fetch(`${origin}/v1/models`, { headers: { authorization: `Bearer ${adminKey}` } });
      expect(await models.json()).toMatchObject({ object: 'list' });
      const sent = provider.requests.map(({ body }) => body).join('');
      expect(sent).toContain('[EMAIL]');
      expect(sent + subgraph.out + server.out + server.error).not.toMatch(/jane@|4111/);
    } finally {
      server.process.kill('SIGKILL');
      await server.ended;
    }
  });
});
