import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inChunks, roleEvent, textEvents, wholeStream } from '../../../src/chaos/chat-wire.ts';
import { lastChunk, streamHead } from '../../../src/chaos/raw-provider.ts';
import { until } from '../../support/until.ts';
import { ask } from './ask.ts';
import { type CaseSetup, type Entrance, entrances, type Lane, openLane } from './lane.ts';
import { nanoDollars } from './rows.ts';

const streams = ['subscription', 'openai'] as const;

const silent: CaseSetup = { first: ({ exchange }) => exchange.hungUp };
const talking: CaseSetup = {
  first: async ({ exchange, model, text }) => {
    await exchange.write(streamHead() + inChunks([roleEvent(model), ...textEvents(model, text).slice(0, 8)]));
    await exchange.hungUp;
  },
};
const billing: CaseSetup = { ...talking, more: '    billsAfterAbort: true\n' };
const complete: CaseSetup = {
  first: async ({ exchange, model, text }) => {
    await exchange.write(streamHead() + inChunks([wholeStream(model, text)]) + lastChunk);
  },
};

let lane: Lane;

beforeAll(async () => {
  lane = await openLane({
    ...Object.fromEntries(entrances.map(entrance => [`silent-${entrance}`, silent])),
    ...Object.fromEntries(
      streams.flatMap(entrance => [
        [`talking-${entrance}`, talking],
        [`billing-${entrance}`, billing],
        [`whole-${entrance}`, complete],
      ]),
    ),
  });
});
afterAll(() => lane.close());

interface Left {
  readonly status: string;
  readonly usage: { readonly cost: string; readonly estimated: boolean; readonly outputTokens: number };
  readonly attempts: readonly { readonly outcome: string }[];
}

/** The one completion of this case, once it has ended. */
async function bookedFor(caseId: string): Promise<Left> {
  let found: Left | undefined;
  await until(`${caseId} is booked`, async () => {
    const { data } = await lane.server.graphql<{ completions: { nodes: (Left & { model: { id: string } | null })[] } }>(
      `{ completions(first: 100) { nodes { status model { id } usage { cost estimated outputTokens }
        attempts { outcome endpoint { id } } } } }`,
    );
    found = data?.completions.nodes.find(node => JSON.stringify(node).includes(`acme/${caseId}@`));
    return found !== undefined && found.status !== 'RUNNING';
  });
  if (found === undefined) throw new Error('not booked');
  return found;
}

/** Asks, and leaves once `when` is so; resolves to when it left, in milliseconds of `performance.now()`. */
async function leave(entrance: Entrance, caseId: string, when: (raw: string) => boolean): Promise<number> {
  const leaving = new AbortController();
  let leftAt = 0;
  const go = () => {
    if (leaving.signal.aborted) return;
    leftAt = performance.now();
    leaving.abort();
  };
  const asked = ask(lane, entrance, caseId, { signal: leaving.signal, onData: raw => void (when(raw) && go()) });
  const ended = asked.then(
    () => {},
    () => {},
  );
  if (when('')) {
    await until('the provider is called', () => lane.calls(caseId).length > 0);
    go();
  }
  await ended;
  return leftAt;
}

/** Not a figure to meet on a busy machine: only a call that is left running reaches it. */
const guardMs = 5_000;

describe.concurrent('a caller who leaves', () => {
  test.each(entrances)(
    'before the first token has the provider hung up, and nobody else asked (%s)',
    async entrance => {
      const caseId = `silent-${entrance}`;
      const leftAt = await leave(entrance, caseId, raw => raw === '');
      await until('the provider is hung up', () => lane.calls(caseId).every(({ isOver }) => isOver), guardMs);
      const [call] = lane.calls(caseId);
      expect((call?.hungUpAt ?? Number.POSITIVE_INFINITY) - leftAt).toBeLessThan(guardMs);
      const booked = await bookedFor(caseId);
      expect(booked).toMatchObject({ status: 'CANCELLED', attempts: [{ outcome: 'CANCELLED' }] });
      expect(booked.usage).toMatchObject({ outputTokens: 0, estimated: true });
      expect(lane.calls(caseId)).toHaveLength(1);
    },
  );

  test.each(streams)('midway has the provider hung up, and pays for what arrived (%s)', async entrance => {
    const caseId = `talking-${entrance}`;
    await leave(entrance, caseId, raw => raw.includes('keeper'));
    await until('the provider is hung up', () => lane.calls(caseId).every(({ isOver }) => isOver), guardMs);
    const booked = await bookedFor(caseId);
    expect(booked).toMatchObject({ status: 'CANCELLED', attempts: [{ outcome: 'CANCELLED' }] });
    expect(booked.usage.estimated).toBe(true);
    expect(booked.usage.outputTokens).toBeGreaterThan(0);
    expect(booked.usage.outputTokens).toBeLessThan(30);
    expect(lane.calls(caseId)).toHaveLength(1);
  });

  test.each(streams)('after the last event leaves a whole answer as it is (%s)', async entrance => {
    const caseId = `whole-${entrance}`;
    await leave(entrance, caseId, raw => /\[DONE\]|CompletionFinished/.test(raw));
    expect(await bookedFor(caseId)).toMatchObject({ status: 'FINISHED', attempts: [{ outcome: 'SUCCEEDED' }] });
  });

  test.each(streams)('a provider that bills on is booked at all that it may still make (%s)', async entrance => {
    const caseId = `billing-${entrance}`;
    await leave(entrance, caseId, raw => raw.includes('keeper'));
    const booked = await bookedFor(caseId);
    expect(booked.status).toBe('CANCELLED');
    expect(booked.usage).toMatchObject({ outputTokens: 200, estimated: true });
  });
});

describe('afterwards', () => {
  test('nothing is reserved, and what is spent is the sum of what was booked', async () => {
    await until('nothing is reserved', async () => (await lane.budget()).reserved === '0');
    const { data } = await lane.server.graphql<{ completions: { nodes: { usage: { cost: string } }[] } }>(
      '{ completions(first: 100) { nodes { usage { cost } } } }',
    );
    const sum = data?.completions.nodes.reduce((cost, { usage }) => cost + nanoDollars(usage.cost), 0n);
    expect(nanoDollars((await lane.budget()).spent)).toBe(sum);
  });

  test('no socket is left', async () => {
    await lane.stop();
  });
});
