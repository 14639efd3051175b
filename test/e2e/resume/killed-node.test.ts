import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { answerWith, chunk, streamHead } from '../../support/openai-bytes.ts';
import { type RawExchange, type RawProvider, startRawProvider } from '../../support/raw-provider.ts';
import { type NodeProcess, type SeveralNodes, startSeveralNodes } from '../../support/several-nodes.ts';
import { providersYaml } from '../../support/test-server.ts';
import { until } from '../../support/until.ts';
import { canShare, sharedTitle } from '../nodes/server-nodes.ts';
import { chat } from './callers.ts';

// Processes that start, and leases that run out.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

describe.skipIf(!canShare)(`a node that is killed while it holds a key: ${sharedTitle}`, () => {
  let provider: RawProvider;
  let nodes: SeveralNodes;
  const held: RawExchange[] = [];
  /** When its callers hung up. */
  const hungUp: Promise<number>[] = [];

  beforeAll(async () => {
    provider = await startRawProvider(async exchange => {
      held.push(exchange);
      hungUp.push(exchange.hungUp);
      if (held.length % 2 === 0) return await answerWith(exchange, 'All of it');
      await exchange.write(streamHead + chunk({ role: 'assistant', content: 'A part ' }));
    });
    nodes = await startSeveralNodes({ yaml: providersYaml([{ id: 'acme', url: provider.url }]) });
  });
  afterAll(async () => {
    await nodes?.close();
    await provider?.close();
  });

  const node = (id: string): NodeProcess => {
    const found = nodes.nodes.find(one => one.id === id);
    if (found === undefined) throw new Error(`there is no node ${id}`);
    return found;
  };
  const body = { stream: true };

  test('gives way to its twin, but not before its lease is over: no two calls are made at a time', async () => {
    const first = await chat(node('one').serve, body, 'nothing-kept');
    await until('the provider was called', () => held.length === 1);
    const twin = chat(node('two').serve, body, 'nothing-kept');
    const other = chat(node('two').serve, body, 'nothing-kept');
    node('one').serve.process.kill('SIGKILL');
    await node('one').serve.ended;
    expect(await first.text().catch(() => 'cut')).not.toContain('[DONE]');
    const heard = await Promise.all([twin, other].map(async response => (await response).text()));
    for (const text of heard) {
      expect(text).toContain('All of it');
      expect(text).toContain('[DONE]');
    }
    expect(held).toHaveLength(2);
    expect((await provider.request(1)).at).toBeGreaterThan((await hungUp[0]) ?? Number.NaN);
  });

  test('ends what was followed of it as cut, and the next retry runs anew', async () => {
    await nodes.start('one');
    await nodes.graphql(
      node('two'),
      'mutation { createPolicy(input: { name: "R", rules: { retention: { gatewayContent: "P1D" } } }) { policy { id } } }',
    );
    await until('both nodes have the policy', async () => {
      const { policies } = await nodes.graphql<{ policies: { nodes: readonly unknown[] } }>(
        node('one'),
        '{ policies { nodes { id } } }',
      );
      return policies.nodes.length === 1;
    });
    const before = held.length;
    const first = await chat(node('one').serve, body, 'kept');
    await until('the provider was called', () => held.length === before + 1);
    const twin = await chat(node('two').serve, body, 'kept');
    const reader = twin.body?.getReader();
    let heard = '';
    while (!heard.includes('A part')) heard += Buffer.from((await reader?.read())?.value ?? []).toString();
    node('one').serve.process.kill('SIGKILL');
    await node('one').serve.ended;
    await first.text().catch(() => 'cut');
    for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) {
      heard += Buffer.from(part.value).toString();
    }
    expect(heard).toContain('STREAM_CUT');
    expect(heard).not.toContain('[DONE]');
    const retry = await (await chat(node('two').serve, body, 'kept')).text();
    expect(retry).toContain('[DONE]');
    expect(held.length - before).toBe(2);
  });
});
