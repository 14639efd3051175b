import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgresBinaries } from '../support/postgres-server.ts';
import { type RawProvider, startRawProvider, wholeAnswer } from '../support/raw-provider.ts';
import { redisAbsence } from '../support/redis-server.ts';
import { type SeveralNodes, startSeveralNodes } from '../support/several-nodes.ts';
import { until } from '../support/until.ts';

const absence = `${redisAbsence}${postgresBinaries === undefined ? ' (PostgreSQL absent)' : ''}`;
const costNanos = 79_000n;

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
  // What was counted outlives its server.
  installation = await startSeveralNodes({ yaml, redisFlags: ['--appendonly', 'yes', '--appendfsync', 'no'] });
}, 120_000);

afterAll(async () => {
  await installation?.close();
  await provider?.close();
});

describe.skipIf(absence !== '')(`a node that answers while the counters are away${absence}`, () => {
  test('shows nothing of it to others before the counters have heard of it, also where it dies between', async () => {
    const { nodes, postgres, redis, databaseUrl } = installation;
    const [one] = nodes;
    if (one === undefined) throw new Error('there is no node');
    const at = one;

    async function keyOf(name: string): Promise<{ readonly project: string; readonly secret: string }> {
      const { createProject } = await installation.graphql<{ createProject: { id: string } }>(
        at,
        'mutation ($name: String!) { createProject(input: { name: $name }) { id } }',
        { name },
      );
      const { createApiKey } = await installation.graphql<{ createApiKey: { secret: string } }>(
        at,
        'mutation ($project: ID!) { createApiKey(input: { name: "k", project: $project }) { secret } }',
        { project: createProject.id },
      );
      return { project: createProject.id, secret: createApiKey.secret };
    }
    const [watched, free] = [await keyOf('watched'), await keyOf('free')];
    await installation.graphql(
      at,
      'mutation ($input: PolicyInput!) { createPolicy(input: $input) { policy { id } } }',
      {
        input: {
          name: 'watched',
          mode: 'MONITOR',
          appliesTo: [{ project: watched.project }],
          rules: { budgets: [{ name: 'watched', limit: '1', window: 'TOTAL', per: 'PROJECT' }] },
        },
      },
    );
    async function ask(url: string, secret: string): Promise<number> {
      const answered = await fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
        body: JSON.stringify({ model: 'acme/m', max_tokens: 100, messages: [{ role: 'user', content: 'Hi' }] }),
      });
      await answered.text();
      return answered.status;
    }
    const booked = async (project: string) =>
      (await postgres.ask(databaseUrl, `select id from completion where project_id = '${project}'`)).length;
    const spent = async () => {
      const [name = ''] = await redis.admin.keys(`*${watched.project}}:b:*`);
      const [dollars, nanos] = await redis.admin.hmget(name, 'sd', 'sn');
      return BigInt(dollars ?? 0) * 1_000_000_000n + BigInt(nanos ?? 0);
    };
    // The counters are open, and know what comes.
    expect(await ask(at.serve.url, watched.secret)).toBe(200);
    await until('the first is shipped', async () => (await booked(watched.project)) === 1);

    await redis.kill('SIGKILL');
    expect(await ask(at.serve.url, watched.secret)).toBe(200);
    expect(await ask(at.serve.url, free.secret)).toBe(200);
    await until('what no budget counts is shipped', async () => (await booked(free.project)) === 1, 30_000);
    expect(await booked(watched.project)).toBe(1);
    at.serve.process.kill('SIGKILL');
    await at.serve.ended;
    await redis.restart();
    expect(await spent()).toBe(costNanos);

    const back = await installation.start(at.id);
    await until('the second is shipped', async () => (await booked(watched.project)) === 2, 30_000);
    expect(await spent()).toBe(2n * costNanos);

    await redis.kill('SIGKILL');
    expect(await ask(back.serve.url, watched.secret)).toBe(200);
    await redis.restart();
    await until('the third is shipped', async () => (await booked(watched.project)) === 3, 30_000);
    expect(await spent()).toBe(3n * costNanos);
  }, 120_000);
});
