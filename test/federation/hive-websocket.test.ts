import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readEvents } from '../graphql/open-yoga.ts';
import { until } from '../support/until.ts';
import { type Graph, openGraph } from './open-graph.ts';
import type { Planner } from './open-hive.ts';

// The first run installs the gateway; each start composes and loads it.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 600_000 });

const example = new URL('../../examples/federation/', import.meta.url);
const [, entry = ''] =
  /```js\n(tollgate: {[\s\S]+?)```/.exec(readFileSync(new URL('README.md', example), 'utf8')) ?? [];
/** The example's configuration with the entry that its README shows. */
const configuration = readFileSync(new URL('hive-gateway/gateway.config.mjs', example), 'utf8').replace(
  'transportEntries: {',
  text => `${text}\n${entry}`,
);

const asking = `subscription ($text: String!, $model: String!) {
  aiComplete(input: { model: $model, messages: [{ role: USER, text: $text }] }) {
    __typename ... on AiTextDelta { text } ... on AiCompletionFinished { completion { text } }
  }
}`;

describe.each<Planner>(['JavaScript', 'Rust'])('with streams over WebSocket from Tollgate, planned in %s', planner => {
  let graph: Graph;
  beforeAll(async () => {
    graph = await openGraph(planner, { configuration });
  });
  afterAll(() => graph?.[Symbol.asyncDispose]());

  const stream = (text: string, model: string, signal?: AbortSignal) =>
    graph.post(asking, {
      variables: { text, model },
      accept: 'text/event-stream',
      ...(signal === undefined ? {} : { signal }),
    });

  test('streams whole answers, prompts of 20 KB included, and no prompt is in a URL or a log', async () => {
    const planted = `planted-${randomUUID()}`;
    const text = `${planted} ${'word '.repeat(4_000)}`.trim();
    const events = [];
    for await (const { data } of readEvents(await stream(text, 'test/echo'))) events.push(data.aiComplete);
    expect(events.at(-1)).toEqual({ __typename: 'AiCompletionFinished', completion: { text } });
    const deltas = events.filter(({ __typename }) => __typename === 'AiTextDelta');
    expect(deltas.map(delta => delta.text).join('')).toBe(text);
    expect(graph.proxy.accesses).toEqual(['GET /graphql HTTP/1.1']);
    expect(graph.hive.output).not.toContain(planted);
    expect(graph.log.join('')).not.toContain(planted);
  });

  test('hangs up on the provider when the client leaves', async () => {
    const leaving = new AbortController();
    stream('Wait', 'test/silent', leaving.signal).catch(() => {});
    await until('the provider was called', () => graph.sandbox.calls.some(({ state }) => state === 'running'));
    leaving.abort();
    await until('the provider was hung up on', () => graph.ended.some(({ call }) => call.state === 'hung-up'));
  });
});
