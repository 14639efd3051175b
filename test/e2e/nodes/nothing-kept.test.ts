import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { carriers } from '../../abuse/carriers.ts';
import { answerWith, failWith } from '../../support/openai-bytes.ts';
import { type RawProvider, startRawProvider } from '../../support/raw-provider.ts';
import { type SeveralNodes, startSeveralNodes } from '../../support/several-nodes.ts';
import { adminKey, providersYaml } from '../../support/test-server.ts';
import { canShare, sharedTitle } from './server-nodes.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

/** Planted in prompts, answers and errors; nothing else in the world holds it. */
const canary = `canary${randomUUID().replaceAll('-', '')}`;
/** Planted as the value of a label, which is a fact that the ledger keeps: the search must find it. */
const keptWord = `kept${randomUUID().replaceAll('-', '')}`;

describe.skipIf(!canShare)(`nothing is kept in ${sharedTitle}`, () => {
  let provider: RawProvider;
  let installation: SeveralNodes;
  beforeAll(async () => {
    provider = await startRawProvider(async exchange => {
      const { body } = exchange.request;
      if (body.includes('fail')) await failWith(exchange, 500, { echo: body });
      else await answerWith(exchange, `Here you are: ${canary}`);
    });
    const more = '    dataPolicy: { retention: NONE, training: false, evidence: a contract }';
    installation = await startSeveralNodes({
      yaml: `${providersYaml([{ id: 'acme', url: provider.url, more }])}\nreceipts: { enabled: true }\n`,
      ids: ['one'],
      env: { LOG_LEVEL: 'trace' },
      // Each write goes to a file as it comes, so that all that was ever written there can be searched.
      redisFlags: ['--appendonly', 'yes', '--save', ''],
    });
    const rules = {
      retention: { provider: 'NONE' },
      budgets: [{ name: 'b', limit: '100', window: 'DAY' }],
      rateLimits: [{ requests: 10_000, window: 'PT1M' }],
      content: [{ detect: ['EMAIL'], action: 'REDACT' }],
    };
    const [node] = installation.nodes;
    if (node === undefined) throw new Error('no node');
    await installation.graphql(
      node,
      'mutation ($rules: PolicyRulesInput!) { createPolicy(input: { name: "p", rules: $rules }) { policy { id } } }',
      { rules },
    );
  });
  afterAll(async () => {
    await installation.close();
    await provider.close();
  });

  async function filesWith(word: string, folder: string): Promise<readonly string[]> {
    const found: string[] = [];
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const bytes = await readFile(join(entry.parentPath, entry.name)).catch(() => Buffer.alloc(0));
      if (bytes.includes(word)) found.push(entry.name);
    }
    return found;
  }

  /** Every row of every table, as text. */
  async function tablesWith(word: string): Promise<readonly string[]> {
    const { postgres, databaseUrl } = installation;
    const tables = await postgres.ask(
      databaseUrl,
      "select table_name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'",
    );
    const found: string[] = [];
    for (const { table_name: table } of tables) {
      const rows = await postgres.ask(
        databaseUrl,
        `select 1 from "${String(table)}" as whole where whole::text like '%${word}%' limit 1`,
      );
      if (rows.length > 0) found.push(String(table));
    }
    expect(tables.length).toBeGreaterThan(5);
    return found;
  }

  async function sinksWith(word: string): Promise<Readonly<Record<string, readonly string[]>>> {
    const [node] = installation.nodes;
    return {
      tables: await tablesWith(word),
      database: await filesWith(word, installation.postgres.dataFolder),
      reports: installation.postgres.log.includes(word) ? ['log'] : [],
      redis: await filesWith(word, installation.redis.folder),
      state: await filesWith(word, node?.stateDir ?? ''),
      log: [node?.serve.out, node?.serve.error].some(text => text?.includes(word) === true) ? ['log'] : [],
      metrics: (await (await fetch(`${node?.serve.url}/metrics`)).text()).includes(word) ? ['metrics'] : [],
    };
  }

  test.each(Object.entries(carriers))('of what went over %s', async (_, carry) => {
    const [node] = installation.nodes;
    const caller = { url: node?.serve.url ?? '', key: adminKey };
    const query = 'mutation ($input: CompleteInput!) { complete(input: $input) { status text } }';
    for (const kind of ['well', 'fail']) {
      const input = {
        model: 'acme/one',
        messages: [{ role: 'USER', text: `${canary} ${kind} ada@example.com` }],
        labels: [{ name: 'case', value: keptWord }],
        endUser: 'ada',
        sessionId: 's',
      };
      const { data } = await carry(caller, { query, variables: { input } });
      expect(data?.complete?.status).toBe(kind === 'well' ? 'FINISHED' : 'FAILED');
    }
    expect(provider.requests.at(-1)?.body).toContain(canary);
  });

  test('in no table, no file of PostgreSQL, Redis or the node, no log and no metric', async () => {
    // Once the facts have been shipped, all that is going to be written has been written.
    await vi.waitFor(async () => expect(await tablesWith(keptWord)).not.toEqual([]), {
      timeout: 30_000,
      interval: 200,
    });
    await installation.postgres.ask(installation.databaseUrl, 'checkpoint');
    const found = await sinksWith(canary);
    expect(Object.fromEntries(Object.entries(found).filter(([, places]) => places.length > 0))).toEqual({});
  });

  test('control: a word that is kept is found in the database, by the same search', async () => {
    const found = await sinksWith(keptWord);
    expect([found.tables?.length, found.database?.length].every(count => (count ?? 0) > 0)).toBe(true);
    expect(found.metrics).toEqual([]);
  });
});
