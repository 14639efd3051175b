import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type CancelAnswer, createCancelElsewhere } from '../../src/gateway/cancel-elsewhere.ts';
import type { NodeMessages } from '../../src/gateway/core.ts';
import type { Completion } from '../../src/model/completion.ts';
import { noUsage } from '../../src/model/usage.ts';
import { manualClock } from '../support/manual-clock.ts';
import { principal } from '../support/open-gate.ts';
import { until } from '../support/until.ts';

const completionId = '01a00000-0000-7000-8000-000000000001';
const completion: Completion = {
  id: completionId,
  tenantId: 'bank',
  projectId: 'bank',
  status: 'CANCELLED',
  usage: { ...noUsage, cost: 9_007_199_254_740_993n },
  attempts: [],
  redactions: [],
  createdAt: 0,
  workload: 'default',
  labels: [],
};

/** Nodes on one channel, which all hear everything. */
function openChannel() {
  const listeners: ((text: string) => void)[] = [];
  const said: string[] = [];
  const clock = manualClock();
  function say(text: string): void {
    said.push(text);
    for (const listener of listeners) listener(text);
  }
  function join(ownId: string, answer: CancelAnswer, secret = 'one secret', live = ['one', 'two', 'three']) {
    const asked: string[] = [];
    const messages: NodeMessages = {
      tell: async text => say(text),
      listen: async listener => listeners.push(listener),
      sign: text => createHmac('sha256', secret).update(text).digest('base64url'),
    };
    const cancelHere = async (by: { readonly projectId: string }, id: string) => {
      asked.push(`${by.projectId} ${id}`);
      return answer;
    };
    return { ...createCancelElsewhere({ messages, nodes: { ownId, live }, clock, cancelHere }), asked };
  }
  return { join, say, said, clock };
}

const unknown = { state: 'unknown' } as const;

describe('cancelling what runs on another node', () => {
  test('reaches the node that runs it, which knows who asks; its answer keeps every digit', async () => {
    const { join } = openChannel();
    const one = join('one', unknown);
    const two = join('two', { state: 'ended', completion });
    join('three', unknown);
    expect(await one.cancel(principal(), completionId)).toEqual({ state: 'ended', completion });
    expect([one.asked, two.asked]).toEqual([[], [`bank ${completionId}`]]);
  });

  test('is told at once that no node runs it, once all have said so', async () => {
    const { join } = openChannel();
    const one = join('one', unknown);
    join('two', unknown);
    join('three', unknown);
    expect(await one.cancel(principal(), completionId)).toEqual(unknown);
  });

  test('says so where a node does not answer in time, instead of that there is no such completion', async () => {
    const { join, clock } = openChannel();
    const one = join('one', unknown);
    join('two', unknown);
    const cancelled = one.cancel(principal(), completionId);
    cancelled.catch(() => {});
    await until('it waits', () => clock.pending() > 0);
    clock.advance(3_000);
    await expect(cancelled).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
  });

  test('ignores what no node of the installation has signed, what was said long ago, and garbage', async () => {
    const { join, say, said, clock } = openChannel();
    const two = join('two', { state: 'ended', completion });
    const stranger = join('one', unknown, 'another secret', ['one', 'two']);
    const cancelled = stranger.cancel(principal(), completionId);
    cancelled.catch(() => {});
    await until('it waits', () => clock.pending() > 0);
    for (const text of ['', 'x', '{} {}', `${said[0]} `]) say(text);
    expect(two.asked).toEqual([]);
    clock.advance(3_000);
    await expect(cancelled).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });

    // Control: the same, signed as it must be, is heard; and is not when it is repeated later.
    const one = join('one', unknown, 'one secret', ['one', 'two']);
    expect(await one.cancel(principal(), completionId)).toMatchObject({ state: 'ended' });
    expect(two.asked).toHaveLength(1);
    const signed = said.find((text, index) => index > 4 && text.includes('"kind":"cancel"')) ?? '';
    clock.advance(120_000);
    say(signed);
    expect(two.asked).toHaveLength(1);
  });
});
