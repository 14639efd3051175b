import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { parseDollars } from '../../src/model/money.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/start-sandbox.ts';
import { adminKey, startTestServer, type TestServer } from '../support/test-server.ts';

let sandbox: Sandbox;
let server: TestServer;

/** The provider serves a model whose price the catalogue knows; the contract says another, or none. */
const yaml = (price: string) => `
providers:
  - id: contract
    vendor: openai
    protocol: openai
    baseUrl: ${sandbox.url}/v1
    apiKey: key
    models: [{ id: echo, as: openai/gpt-4o-mini${price} }]
`;

beforeAll(async () => {
  sandbox = await startSandbox();
  server = await startTestServer({ yaml: yaml(', price: { input: "1", output: "2" }') });
});
afterAll(async () => {
  await server.close();
  await sandbox.close();
});

interface Booked {
  readonly id: string;
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number; readonly cost: string };
}

async function complete(): Promise<Booked> {
  const { data } = await server.graphql<{ complete: Booked & { readonly status: string } }>(
    `mutation { complete(input: { model: "openai/gpt-4o-mini@contract", messages: [{ role: USER, text: "one two three" }] }) {
      id status usage { inputTokens outputTokens cost }
    } }`,
  );
  expect(data?.complete.status).toBe('FINISHED');
  if (data === undefined) throw new Error('nothing was completed');
  return data.complete;
}

async function reload(text: string): Promise<void> {
  const cwd = join(server.stateDir, '..');
  await writeFile(join(cwd, 'tollgate.yaml'), text);
  const env = { PORT: '0', TOLLGATE_ADMIN_KEY: adminKey, TOLLGATE_STATE_DIR: server.stateDir, LOG_LEVEL: 'silent' };
  await server.reconfigure(loadConfig({ env, cwd }));
}

/** Of whole dollars per million tokens, in and out. */
const costAt = ({ usage }: Booked, input: bigint, output: bigint) =>
  BigInt(usage.inputTokens) * input * 1000n + BigInt(usage.outputTokens) * output * 1000n;

test('books at the price of the contract, and keeps what is booked when another one comes', async () => {
  const first = await complete();
  expect(parseDollars(first.usage.cost)).toBe(costAt(first, 1n, 2n));
  await reload(yaml(', price: { input: "10", output: "30" }'));
  const second = await complete();
  expect(parseDollars(second.usage.cost)).toBe(costAt(second, 10n, 30n));

  const month = new Date().toISOString().slice(0, 7);
  const { data } = await server.graphql<{
    completions: { nodes: readonly Booked[] };
    statement: { total: string; lines: { nodes: readonly { usage: { requests: number; cost: string } }[] } };
    usage: { total: { cost: string } };
  }>(
    `query ($month: String!) {
      completions { nodes { id usage { inputTokens outputTokens cost } } }
      statement(month: $month) { total lines { nodes { usage { requests cost } } } }
      usage { total { cost } }
    }`,
    { month },
  );
  expect(data?.completions.nodes.map(({ id, usage }) => [id, usage])).toEqual([
    [second.id, second.usage],
    [first.id, first.usage],
  ]);
  const both = costAt(first, 1n, 2n) + costAt(second, 10n, 30n);
  expect(parseDollars(data?.statement.total ?? '')).toBe(both);
  expect(data?.statement.lines.nodes).toEqual([{ usage: { requests: 2, cost: data?.statement.total } }]);
  expect(data?.usage.total.cost).toBe(data?.statement.total);
});
