import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import type { GatewayObserver, RunObserver } from '../../src/gateway/observer.ts';
import { createLogger, logCompletions, logFaults } from '../../src/http/logging.ts';
import { createMetrics } from '../../src/http/metrics.ts';
import { startTracing } from '../../src/http/tracing.ts';
import { noUsage } from '../../src/model/usage.ts';

const word = 'zanzibar-planted-word';
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

const usage = { ...noUsage, inputTokens: 11, outputTokens: 7, cost: 16_000n };
const attempt = {
  id: '01980000-0000-7000-8000-000000000002',
  completionId: '01980000-0000-7000-8000-000000000001',
  startedAt: 1_767_225_600_010,
  endpointId: 'acme/wise@acme-eu',
  modelId: 'acme/wise',
  providerId: 'acme-eu',
  vendor: 'acme',
  assumedOnCrash: usage,
};

/** Opens a run whose caller wrote a planted word wherever a caller can write. */
function openRun(observer: GatewayObserver): RunObserver | undefined {
  return observer.opened(
    {
      id: '01980000-0000-7000-8000-000000000001',
      createdAt: 1_767_225_600_000,
      tenantId: 't',
      projectId: 'p',
      projectPath: ['p'],
      user: word,
      entrance: 'GRAPHQL',
      requestedModel: word,
      fallbackModels: [word],
      workload: word,
      labels: [{ name: word, value: word }],
      features: [],
      inputModalities: ['TEXT'],
      estimatedInputTokens: 10,
      maxOutputTokens: 100,
      routing: {
        optimize: 'BALANCED',
        order: [word],
        ignore: [],
        allowFallbacks: true,
        requireParameters: false,
        zeroDataRetention: false,
        denyTraining: false,
      },
      redactions: [],
    },
    'request-1',
    traceparent,
  );
}

function watchRun(observer: GatewayObserver): string | undefined {
  const watching = openRun(observer);
  const sent = watching?.attemptOpened?.(attempt);
  watching?.attemptSettled?.({ ...attempt, outcome: 'SUCCEEDED', status: 200, durationMs: 500, usage }, attempt);
  watching?.closed?.(
    {
      id: attempt.completionId,
      createdAt: 1_767_225_600_000,
      status: 'FINISHED',
      endpointId: attempt.endpointId,
      finishReason: 'STOP',
      finishedAt: 1_767_225_600_600,
      firstTokenMs: 120,
      overheadMs: 1.5,
      redactions: [],
    },
    usage,
  );
  watching?.failed?.(new Error(word, { cause: new Error(word) }));
  return sent;
}

test('metrics count completions, attempts, tokens and cost under bounded labels, without anything a caller wrote', async () => {
  const metrics = createMetrics();
  watchRun(metrics.observer);
  const { text, contentType } = await metrics.collect();
  expect(contentType).toContain('text/plain');
  expect(text).toContain(
    'tollgate_completions_total{entrance="GRAPHQL",status="FINISHED",error="none",provider="acme-eu",model="acme/wise"} 1',
  );
  expect(text).toContain('tollgate_tokens_total{provider="acme-eu",model="acme/wise",kind="output"} 7');
  expect(text).toContain('tollgate_cost_dollars_total{provider="acme-eu",model="acme/wise"} 0.000016');
  expect(text).toContain('tollgate_completions_running{entrance="GRAPHQL"} 0');
  expect(text).not.toContain(word);
  metrics.close();
});

test('docs/metrics.md lists exactly the metrics of Tollgate that there are', async () => {
  const metrics = createMetrics();
  const described = (await metrics.describe()).filter(({ name }) => name.startsWith('tollgate_'));
  const document = await readFile(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
  const listed = [...document.matchAll(/^\| `(tollgate_\w+)`/gm)].map(match => match[1]);
  expect(listed.toSorted()).toEqual(described.map(({ name }) => name).toSorted());
  metrics.close();
});

test('the log holds one line per completion, with its request id and cost, and nothing that a caller wrote', () => {
  let written = '';
  const destination = new Writable({
    write(chunk, _, done) {
      written += String(chunk);
      done();
    },
  });
  const logger = createLogger({ level: 'trace', nodeId: 'node-1', destination });
  watchRun(logCompletions(logger));
  logFaults(logger)(new GatewayError('INTERNAL', 'an unexpected fault', { cause: new Error(word) }), 'request-2');
  const lines = written
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));
  expect(lines[0]).toMatchObject({
    level: 'info',
    node: 'node-1',
    requestId: 'request-1',
    status: 'FINISHED',
    endpointId: 'acme/wise@acme-eu',
    cost: '0.000016',
    attempts: 1,
    totalMs: 600,
  });
  expect(lines).toHaveLength(3);
  expect(written).not.toContain(word);
});

/** Tracing with a collector of its own, and what that was sent. */
async function startCollected() {
  const bodies: string[] = [];
  const collector = createServer((request, response) => {
    let body = '';
    request.on('data', chunk => {
      body += chunk;
    });
    request.on('end', () => {
      bodies.push(`${request.url} ${request.headers['x-key']} ${body}`);
      response.end('{}');
    });
  });
  await new Promise<void>(resolve => {
    collector.listen(0, '127.0.0.1', resolve);
  });
  const address = collector.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const tracing = await startTracing({
    endpoint: `http://127.0.0.1:${port}`,
    serviceName: 'gate',
    headers: { 'x-key': 'k' },
  });
  const close = async () => {
    await tracing.close();
    collector.close();
  };
  return { tracing, bodies, close };
}

test("traces go to the collector below the caller's span, tell the provider their own, and hold no content", async () => {
  const { tracing, bodies, close } = await startCollected();
  const sent = watchRun(tracing.observer);
  await close();
  expect(sent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[\da-f]{16}-01$/);
  const [body = ''] = bodies;
  expect(body).toContain('/v1/traces k ');
  expect(body).toContain('"parentSpanId":"b7ad6b7169203331"');
  expect(body).toContain('gen_ai.usage.output_tokens');
  expect(body).toContain('chat acme/wise');
  expect(body).not.toContain(word);
});

test('a run that a fault of the gateway ends is no longer running, and leaves no span open', async () => {
  const metrics = createMetrics();
  const { tracing, bodies, close } = await startCollected();
  for (const { observer } of [metrics, tracing]) {
    const watching = openRun(observer);
    watching?.attemptOpened?.(attempt);
    watching?.failed?.(new Error(word));
    watching?.closed?.(
      {
        id: attempt.completionId,
        createdAt: 1_767_225_600_000,
        status: 'FAILED',
        error: { code: 'INTERNAL', message: 'The gateway failed.', retryable: true, excludedBy: [] },
        finishedAt: 1_767_225_600_600,
        overheadMs: 1.5,
        redactions: [],
      },
      noUsage,
    );
  }
  await close();
  const { text } = await metrics.collect();
  metrics.close();
  expect(text).toContain('tollgate_completions_running{entrance="GRAPHQL"} 0');
  expect(text).toContain('tollgate_internal_faults_total 1');
  const spans = bodies.flatMap(body => [...body.matchAll(/"spanId":"\w+"/g)]);
  expect(spans).toHaveLength(2);
  expect(bodies.join('').split('"stringValue":"INTERNAL"')).toHaveLength(3);
});
