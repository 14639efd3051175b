import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { createGateway, type OpenGateway } from '../../src/create-gateway.ts';
import type { Completion } from '../../src/model/completion.ts';
import type { RetentionRule } from '../../src/model/policy.ts';
import { manualClock } from '../support/manual-clock.ts';
import { embedded, eventsOf, request } from '../support/open-gate.ts';
import { answerWith } from '../support/openai-bytes.ts';
import { type RawProvider, startRawProvider } from '../support/raw-provider.ts';
import { providersYaml } from '../support/test-server.ts';

const word = `word${randomUUID().replaceAll('-', '')}`;
const dayMs = 86_400_000;
let folder: string;
let provider: RawProvider;
let gateway: OpenGateway;
const clock = manualClock();
const purged: { readonly contents: number; readonly completions: number }[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tollgate-kept-'));
  provider = await startRawProvider(exchange => answerWith(exchange, `about ${word}`));
  await writeFile(join(folder, 'tollgate.yaml'), providersYaml([{ id: 'acme', url: provider.url }]));
  const config = loadConfig({ env: { TOLLGATE_STATE_DIR: join(folder, 'state') }, cwd: folder });
  gateway = await createGateway({ config, clock, events: { purged: counts => void purged.push(counts) } });
});

afterAll(async () => {
  await gateway.close();
  await provider.close();
  await rm(folder, { recursive: true });
});

async function filesWithWord(): Promise<readonly string[]> {
  const state = join(folder, 'state');
  const holding: string[] = [];
  for (const name of await readdir(state)) {
    if ((await readFile(join(state, name))).includes(word)) holding.push(name);
  }
  return holding;
}

const administrator = () => gateway.access.localAdministrator();

async function ask(routing = {}): Promise<Completion> {
  const prompt = {
    messages: [
      { role: 'USER' as const, parts: [{ type: 'text' as const, text: word, cacheUpToHere: false }], toolCalls: [] },
    ],
  };
  const events = await eventsOf(gateway.run(administrator(), request({ prompt, routing }), embedded));
  const last = events.at(-1);
  if (last?.type !== 'finished') throw new Error(`ended with ${JSON.stringify(last)}`);
  return last.completion;
}

async function underRule<T>(retention: RetentionRule, action: () => Promise<T>): Promise<T> {
  const policies = gateway.administration?.policies;
  if (policies === undefined) throw new TypeError('there is no administration');
  const draft = { name: 'Retention', mode: 'ENFORCE', appliesTo: [], rules: { retention } } as const;
  const { policy } = await policies.create(administrator(), draft);
  try {
    return await action();
  } finally {
    await policies.delete(administrator(), policy.id, 1);
  }
}

async function kept(completion: Completion): Promise<string | undefined> {
  const [content] = (await gateway.administration?.content.contents(administrator(), [completion.id])) ?? [];
  return content === undefined ? undefined : content.prompt + content.answer;
}

/** Lets the job run, minute after minute, until it has done this. */
async function purgeUntil(isDone: () => Promise<boolean>): Promise<void> {
  for (let minutes = 0; minutes < 1_000; minutes += 1) {
    if (await isDone()) return;
    clock.advance(60_000);
    await new Promise(resolve => setTimeout(resolve, 1));
  }
  throw new Error('it was never done');
}

describe('text', () => {
  test('is kept nowhere without a rule', async () => {
    const completion = await ask();
    expect(await kept(completion)).toBeUndefined();
    expect(await filesWithWord()).toEqual([]);
  });

  test('is kept as long as the rule says, is then gone from every file, and its facts stay', async () => {
    const completion = await underRule({ gatewayContentMs: 2 * dayMs }, ask);
    expect(await kept(completion)).toContain(word);
    expect(await filesWithWord()).not.toEqual([]);
    clock.advance(2 * dayMs);
    expect(await kept(completion)).toBeUndefined();
    await purgeUntil(async () => purged.length > 0);
    expect(purged).toEqual([{ contents: 1, completions: 0 }]);
    expect(await filesWithWord()).toEqual([]);
    const [facts] = await gateway.completions(administrator(), [completion.id]);
    expect(facts).toMatchObject({ status: 'FINISHED', usage: { inputTokens: 10 } });
  });

  test('is not kept where the request itself wants zero data retention', async () => {
    await underRule({ gatewayContentMs: dayMs }, async () => {
      expect(
        gateway.route(administrator(), request({ routing: { zeroDataRetention: true } })).candidates[0]?.status,
      ).toBe('EXCLUDED');
      expect(await kept(await ask())).toContain(word);
    });
  });

  test('of the shortest time of two policies is what is kept', async () => {
    const completion = await underRule({ gatewayContentMs: 30 * dayMs }, () =>
      underRule({ gatewayContentMs: dayMs }, ask),
    );
    expect(await kept(completion)).toContain(word);
    clock.advance(dayMs);
    expect(await kept(completion)).toBeUndefined();
  });
});

test('facts are purged after their time, and the sums by hour stay', async () => {
  const query = { filter: {}, groupBy: [], groupByLabels: [], orderBy: 'COST', first: 1 } as const;
  const completion = await underRule({ gatewayFactsMs: dayMs }, ask);
  const before = (await gateway.usage(administrator(), query)).total;
  clock.advance(dayMs);
  const find = () => gateway.completions(administrator(), [completion.id]);
  await purgeUntil(async () => (await find())[0] === undefined);
  expect((await gateway.usage(administrator(), query)).total.requests).toBe(before.requests);
});
