import { readFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { faultCatalogue } from '../../src/chaos/catalogue.ts';
import { startFaultyUpstreams } from '../../src/chaos/faulty-upstreams.ts';
import { runChaos, type Scorecard } from '../../src/chaos/run-chaos.ts';
import type { UpstreamName } from '../../src/chaos/scenario.ts';
import { tollgateYaml } from '../../src/chaos/settings.ts';
import { adminKey, startTestServer } from '../support/test-server.ts';
import { startPassThrough } from './pass-through.ts';

vi.setConfig({ testTimeout: 180_000 });

const usualPatienceMs = 1_000;
const model = 'chaos';

interface Gateway {
  readonly url: string;
  close(): Promise<void>;
}

/** Plays the rows with these ids against a gateway before upstreams of its own. */
async function play(
  start: (urls: Readonly<Record<UpstreamName, string>>, patienceMs: number) => Promise<Gateway>,
  plays: (id: string) => boolean,
  patienceMs = usualPatienceMs,
): Promise<Scorecard> {
  const upstreams = await startFaultyUpstreams();
  onTestFinished(() => upstreams.close());
  const gateway = await start(upstreams.urls, patienceMs);
  onTestFinished(() => gateway.close());
  return await runChaos({
    url: gateway.url,
    apiKey: adminKey,
    upstreams,
    model,
    patienceMs,
    // A process that stands still, as on a busy machine, lets no limit of time run out.
    recoveryMs: 90_000,
    scenarios: faultCatalogue.filter(({ id }) => plays(id)),
    waitMs: 20_000,
    settleMs: 300,
    signal: new AbortController().signal,
    onProgress: () => {},
  });
}

const tollgate = (urls: Readonly<Record<UpstreamName, string>>, patienceMs: number) =>
  startTestServer({ yaml: tollgateYaml({ urls, model, patienceMs }) });
const notPassed = ({ rows }: Scorecard) => rows.filter(({ grade }) => grade !== 'pass');
/** It waits for half a minute, and so runs beside the others. */
const isSlow = (id: string) => id === 'recovery';

describe.concurrent('the fault catalogue', () => {
  test('is passed by Tollgate, configured as the printed settings say, in every row', async () => {
    const scorecard = await play(tollgate, id => !isSlow(id));
    expect(notPassed(scorecard)).toEqual([]);
    expect(scorecard).toMatchObject({ isComplete: true, count: { pass: faultCatalogue.length - 1 } });
  });

  test('finds a primary that has healed in use again, half a minute later', async () => {
    // Nothing is silent here: a probe that a busy machine holds up must not count as a fault.
    const scorecard = await play(tollgate, isSlow, 10_000);
    expect(notPassed(scorecard)).toEqual([]);
    expect(scorecard.rows).toHaveLength(1);
  });

  test('control: is failed by a gateway without guards, wherever it must be', async () => {
    const scorecard = await play(
      ({ primary }) => startPassThrough(primary),
      id => !isSlow(id),
      200,
    );
    expect(scorecard.isComplete).toBe(true);
    const failed = scorecard.rows.filter(({ grade }) => grade === 'fail').map(({ id }) => id);
    const mustFail = ['401-all', 'echoed-key', 'usage-absurd', 'missing-end', 'cut-reset', 'clean-end', 'short-length'];
    const mustFailToo = ['bad-chunk', 'malformed-event', 'black-hole', 'stall', '429-seconds', 'client-abort'];
    expect(failed).toEqual(expect.arrayContaining([...mustFail, ...mustFailToo]));
    expect(scorecard.count.pass).toBeLessThan(10);
  });
});

test('every fault has a name of its own, and says what it does and what it demands', () => {
  expect(new Set(faultCatalogue.map(({ id }) => id)).size).toBe(faultCatalogue.length);
  for (const { id, fault, demand } of faultCatalogue) {
    expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect([fault, demand].every(text => text.length > 5)).toBe(true);
  }
});

test('docs/chaos.md lists the faults as they are', () => {
  const page = readFileSync(new URL('../../docs/chaos.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `([a-z0-9-]+)` \| (.*) \| (.*) \|$/gm)].map(([, ...cells]) => cells);
  expect(rows).toEqual(faultCatalogue.map(({ id, fault, demand }) => [id, fault, demand]));
});
