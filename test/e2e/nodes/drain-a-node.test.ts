import { setTimeout as wait } from 'node:timers/promises';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { adminKey } from '../../support/test-server.ts';
import { absence, type NodesExample, openExample } from './open-example.ts';

// Five programs start first, and a drain takes five seconds at least.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const ask =
  'mutation { complete(input: { model: "sandbox/echo", messages: [{ role: USER, text: "hi" }] }) { status } }';

describe.skipIf(absence !== '')(`SIGTERM to one of two nodes${absence}`, () => {
  let example: NodesExample;
  beforeAll(async () => {
    example = await openExample();
  });
  afterAll(() => example.close());

  test('is noticed by no caller: what runs ends well, and what comes is answered', async () => {
    const client = new OpenAI({ baseURL: `${example.url}/v1`, apiKey: adminKey, maxRetries: 0 });
    const running = [1, 2, 3, 4].map(async number => {
      const messages = [{ role: 'user' as const, content: `Tell a story about ${number} ships` }];
      const stream = await client.chat.completions.create({ model: 'sandbox/slow', messages, stream: true });
      let reason: string | null = null;
      for await (const { choices } of stream) reason ??= choices[0]?.finish_reason ?? null;
      return reason;
    });
    await vi.waitFor(async () => expect(await example.running()).toEqual([2, 2]), { timeout: 20_000 });

    const [stopping] = example.nodes;
    process.kill(stopping?.pid ?? 0, 'SIGTERM');
    const ended = example.script.see(/tollgate-1 ended: (.+)\n/);
    let hasEnded = false;
    void ended.then(() => {
      hasEnded = true;
    });
    const answers: unknown[] = [];
    // At most twenty a second, until a little after it has gone.
    for (let left = 20; left > 0; left -= hasEnded ? 1 : 0) {
      answers.push(await example.graphql(ask));
      await wait(50);
    }
    expect(answers.length).toBeGreaterThan(25);
    expect(answers.filter(answer => JSON.stringify(answer) !== '{"complete":{"status":"FINISHED"}}')).toEqual([]);
    expect(await Promise.all(running)).toEqual(['stop', 'stop', 'stop', 'stop']);
    expect((await ended)[1]).toBe('exit code 0');
  });
});
