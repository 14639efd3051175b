import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adminKey, startTestServer, type TestServer } from '../support/test-server.ts';

let folder: string;
let server: TestServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tollgate-ledger-'));
  server = await startTestServer({ stateDir: join(folder, 'state') });
});

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

interface Booked {
  readonly id: string;
  readonly status: string;
  readonly usage: {
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly cost: string;
    readonly estimated: boolean;
  };
  readonly attempts: readonly { readonly outcome: string; readonly usage: { readonly cost: string } }[];
}

const bookedFields = 'id status usage { inputTokens outputTokens cost estimated } attempts { outcome usage { cost } }';

/** Everything that a stream of the OpenAI API says. */
async function streamed(workload: string, model: string): Promise<string> {
  return await (await openStream(workload, model, new AbortController())).text();
}

/** What is booked under one workload, newest first. */
async function bookedUnder(workload: string): Promise<readonly Booked[]> {
  const { data } = await server.graphql<{ completions: { nodes: readonly Booked[] } }>(
    `query ($workload: String!) { completions(filter: { workloads: [$workload] }) { nodes { ${bookedFields} } } }`,
    { workload },
  );
  return data?.completions.nodes ?? [];
}

async function complete(workload: string, model: string, more: Record<string, unknown> = {}) {
  return await server.graphql<{ complete: { status: string } }>(
    'mutation ($input: CompleteInput!) { complete(input: $input) { status } }',
    { input: { model, workload, messages: [{ role: 'USER', text: 'one two three' }], ...more } },
  );
}

async function streamAndLeave(workload: string, model: string): Promise<void> {
  const controller = new AbortController();
  const response = await openStream(workload, model, controller);
  const reader = response.body?.getReader();
  await reader?.read();
  controller.abort();
  await reader?.closed.catch(() => {});
}

function openStream(workload: string, model: string, controller: AbortController): Promise<Response> {
  return fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    signal: controller.signal,
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${adminKey}`,
      'x-tollgate-workload': workload,
    },
    body: JSON.stringify({ model, stream: true, messages: [{ role: 'user', content: 'one two three' }] }),
  });
}

describe('the ledger', () => {
  test.each([
    ['finished', 'sandbox/echo', 'FINISHED', 'SUCCEEDED', false],
    ['counted', 'sandbox/no-usage', 'FINISHED', 'SUCCEEDED', true],
    ['answered-by-half', 'sandbox/cut', 'FAILED', 'FAILED', true],
    ['refused-by-model', 'sandbox/refuse', 'FINISHED', 'REFUSED', false],
  ])('books a completion that is %s', async (workload, model, status, outcome, isEstimated) => {
    await complete(workload, model);
    const [booked, ...others] = await bookedUnder(workload);
    expect(others).toEqual([]);
    // A half answer is asked for once more where nobody else is left; both may have been charged.
    const attempts = workload === 'answered-by-half' ? [{ outcome }, { outcome }] : [{ outcome }];
    expect(booked).toMatchObject({ status, attempts, usage: { estimated: isEstimated } });
    expect(booked?.usage.inputTokens).toBeGreaterThan(0);
    expect(booked?.usage.cost).not.toBe('0');
    const costs = booked?.attempts.map(({ usage }) => Number(usage.cost)) ?? [];
    expect(costs.reduce((sum, cost) => sum + cost, 0)).toBeCloseTo(Number(booked?.usage.cost), 9);
  });

  test.each([
    ['failed', 'sandbox/500', {}, 'FAILED'],
    ['not-routed', 'sandbox/echo', { routing: { regions: ['eu'] } }, 'REFUSED'],
  ])('books a completion that %s at nothing', async (workload, model, more, status) => {
    await complete(workload, model, more);
    expect(await bookedUnder(workload)).toMatchObject([
      { status, usage: { cost: '0', inputTokens: 0, outputTokens: 0 } },
    ]);
  });

  test('books a stream that was cut with its input and what arrived, as incomplete', async () => {
    expect(await streamed('cut', 'sandbox/cut')).toContain('STREAM_CUT');
    expect(await bookedUnder('cut')).toMatchObject([
      { status: 'INCOMPLETE', attempts: [{ outcome: 'CUT' }], usage: { estimated: true } },
    ]);
    expect((await bookedUnder('cut'))[0]?.usage.outputTokens).toBeGreaterThan(0);
  });

  test('books the input and what arrived of a stream that its reader left', async () => {
    await streamAndLeave('left', 'sandbox/slow');
    await expect
      .poll(() => bookedUnder('left'), { timeout: 5000 })
      .toMatchObject([{ status: 'CANCELLED', usage: { estimated: true } }]);
    expect((await bookedUnder('left'))[0]?.usage.inputTokens).toBeGreaterThan(0);
  });

  test('books one that is cancelled from elsewhere, and tells its reader', async () => {
    const running = complete('cancelled', 'sandbox/silent');
    await expect
      .poll(
        () =>
          server
            .graphql('{ completions(filter: { workloads: ["cancelled"] }) { nodes { id } } }')
            .then(({ data }) => JSON.stringify(data)),
        { timeout: 2000 },
      )
      .toContain('"id"');
    const [{ id } = { id: '' }] = await bookedUnder('cancelled');
    const { data } = await server.graphql(
      'mutation ($id: ID!) { cancelCompletion(id: $id) { status error { code } } }',
      { id },
    );
    expect(data).toMatchObject({ cancelCompletion: { status: 'CANCELLED', error: { code: 'CANCELLED' } } });
    expect((await running).data?.complete.status).toBe('CANCELLED');
  });

  test('ends what does not keep its deadline, and books it', async () => {
    await complete('late', 'sandbox/silent', { deadline: 'PT1S' });
    expect(await bookedUnder('late')).toMatchObject([
      { status: 'FAILED', attempts: [{ outcome: 'TIMED_OUT' }], usage: { estimated: true } },
    ]);
  });

  test('totals are the sum of the rows, by group, label and interval', async () => {
    for (const team of ['red', 'red', 'blue'])
      await complete('grouped', 'sandbox/echo', { labels: [{ name: 'team', value: team }] });
    const rows = await bookedUnder('grouped');
    const { data } = await server.graphql<{
      usage: {
        total: { requests: number; outputTokens: number };
        groups: { keys: { value: string }[]; total: { requests: number } }[];
        series: { total: { requests: number } }[];
      };
    }>(
      '{ usage(filter: { workloads: ["grouped"] }, groupByLabels: ["team"], interval: HOUR, orderBy: REQUESTS) { total { requests outputTokens } groups { keys { value } total { requests } } series { total { requests } } } }',
    );
    expect(data?.usage.total.requests).toBe(3);
    expect(data?.usage.total.outputTokens).toBe(rows.reduce((sum, row) => sum + row.usage.outputTokens, 0));
    expect(data?.usage.groups.map(({ keys, total }) => [keys[0]?.value, total.requests])).toEqual([
      ['red', 2],
      ['blue', 1],
    ]);
    expect(data?.usage.series.reduce((sum, point) => sum + point.total.requests, 0)).toBe(3);
  });

  test('all of it survives a restart', async () => {
    const report =
      '{ usage(groupBy: [WORKLOAD, STATUS], first: 100) { total { requests inputTokens outputTokens cost } groups { keys { value } total { requests cost } } } }';
    const before = await server.graphql(report);
    await server.stop({ acceptMs: 0, finishMs: 0 });
    server = await startTestServer({ stateDir: join(folder, 'state') });
    expect(await server.graphql(report)).toEqual(before);
  });
});
