import { afterEach, describe, expect, test, vi } from 'vitest';
import { faultCatalogue } from '../../src/chaos/catalogue.ts';
import { type FaultyUpstreams, startFaultyUpstreams } from '../../src/chaos/faulty-upstreams.ts';
import { type ChaosOptions, runChaos, type Scorecard } from '../../src/chaos/run-chaos.ts';
import { tollgateYaml } from '../../src/chaos/settings.ts';
import { adminKey, startTestServer } from '../support/test-server.ts';
import { startPassThrough } from './pass-through.ts';

vi.setConfig({ testTimeout: 180_000 });

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

const patienceMs = 1_000;
const model = 'chaos';

async function openUpstreams(): Promise<FaultyUpstreams> {
  const upstreams = await startFaultyUpstreams();
  open.push(upstreams);
  return upstreams;
}

function play(upstreams: FaultyUpstreams, options: Pick<ChaosOptions, 'url'> & Partial<ChaosOptions>): Promise<Scorecard> {
  return runChaos({
    upstreams,
    model,
    patienceMs,
    scenarios: faultCatalogue,
    waitMs: 10_000,
    settleMs: 300,
    signal: new AbortController().signal,
    onProgress: () => {},
    ...options,
  });
}

const failedRows = ({ rows }: Scorecard) => rows.filter(({ grade }) => grade !== 'pass');

describe('the fault catalogue', () => {
  test('is passed by Tollgate, configured as its settings say, in every row', async () => {
    const upstreams = await openUpstreams();
    const server = await startTestServer({ yaml: tollgateYaml({ urls: upstreams.urls, model, patienceMs }) });
    open.push(server);
    const scorecard = await play(upstreams, { url: server.url, apiKey: adminKey, onProgress: line => console.log(line) });
    expect(failedRows(scorecard)).toEqual([]);
    expect(scorecard).toMatchObject({ isComplete: true, count: { pass: faultCatalogue.length } });
  });

  test('control: is failed in many rows by a gateway that passes everything through', async () => {
    const upstreams = await openUpstreams();
    const gateway = await startPassThrough(upstreams.urls.primary);
    open.push(gateway);
    const scorecard = await play(upstreams, { url: gateway.url });
    expect(scorecard.isComplete).toBe(true);
    const failed = scorecard.rows.filter(({ grade }) => grade === 'fail').map(({ id }) => id);
    console.log(scorecard.count, failed);
    expect(failed).toEqual(expect.arrayContaining(['clean-end', 'black-hole', 'stall', '401-one', 'malformed-event']));
    expect(scorecard.count.pass).toBeLessThan(faultCatalogue.length / 2);
  });
});
