import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgresBinaries } from '../support/postgres-server.ts';
import { type RawProvider, startRawProvider, wholeAnswer } from '../support/raw-provider.ts';
import { redisAbsence } from '../support/redis-server.ts';
import { endLeases } from '../support/redis-slots.ts';
import { type SeveralNodes, startSeveralNodes } from '../support/several-nodes.ts';
import { until } from '../support/until.ts';

const absence = `${redisAbsence}${postgresBinaries === undefined ? ' (PostgreSQL absent)' : ''}`;

let provider: RawProvider;
let installation: SeveralNodes;

beforeAll(async () => {
  if (absence !== '') return;
  const answer = {
    choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 9, completion_tokens: 7, total_tokens: 16 },
  };
  provider = await startRawProvider(exchange => exchange.write(wholeAnswer(200, JSON.stringify(answer))));
  const yaml = `providers:
  - id: acme
    protocol: openai
    baseUrl: ${provider.url}/v1
    apiKey: key-of-acme
    models: [{ id: m, as: acme/m, price: { input: "1", output: "10" }, contextTokens: 8000, capabilities: [STREAMING] }]`;
  installation = await startSeveralNodes({ yaml });
}, 120_000);

afterAll(async () => {
  await installation?.close();
  await provider?.close();
});

describe.skipIf(absence !== '')(`a node whose disk is lost${absence}`, () => {
  test('leaves what it has settled and not shipped to the others, at its true cost and once', async () => {
    const { nodes, postgres, redis, databaseUrl } = installation;
    const [one] = nodes;
    if (one === undefined) throw new Error('there is no node');
    const { createProject } = await installation.graphql<{ createProject: { id: string } }>(
      one,
      'mutation { createProject(input: { name: "acme" }) { id } }',
    );
    const { createApiKey } = await installation.graphql<{ createApiKey: { secret: string } }>(
      one,
      'mutation ($project: ID!) { createApiKey(input: { name: "k", project: $project }) { secret } }',
      { project: createProject.id },
    );
    async function ask(url: string): Promise<number> {
      const answered = await fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${createApiKey.secret}` },
        body: JSON.stringify({ model: 'acme/m', max_tokens: 100, messages: [{ role: 'user', content: 'Hi' }] }),
      });
      await answered.text();
      return answered.status;
    }
    const rows = () => postgres.ask(databaseUrl, 'select outcome, cost from attempt order by started_at');
    expect(await ask(one.serve.url)).toBe(200);
    await until('the first is shipped', async () => (await rows()).length === 1);
    await postgres.kill('SIGSTOP');
    try {
      expect(await ask(one.serve.url)).toBe(200);
      one.serve.process.kill('SIGKILL');
      await one.serve.ended;
      await rm(one.stateDir, { recursive: true });
    } finally {
      await postgres.kill('SIGCONT');
    }
    await endLeases(redis.admin);
    await until('the others have booked it', async () => (await rows()).length > 1, 30_000);
    expect(await rows()).toEqual([
      { outcome: 'SUCCEEDED', cost: '79000' },
      { outcome: 'UNKNOWN', cost: '79000' },
    ]);
    await until('nothing is kept for it', async () => (await redis.admin.keys('*:f:*')).length === 0, 30_000);
  }, 120_000);
});
