import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { goldenText } from '../../../src/chaos/chat-wire.ts';
import { until } from '../../support/until.ts';
import { type Answered, type AskOptions, ask, type Booked, bookedOf } from './ask.ts';
import { type CaseSetup, type Entrance, entrances, type Lane, openLane } from './lane.ts';

/** From how many to how many. */
export type Span = readonly [number, number];

export interface Expected {
  /** `whole`: finished, with all of the text. */
  readonly outcome: 'whole' | { readonly status: 'FAILED' | 'INCOMPLETE' | 'REFUSED'; readonly code: string };
  /** Default: the golden text where it is whole. */
  readonly text?: string | RegExp;
  readonly finishReason?: string;
  /** Calls that the first endpoint saw. Default 1 to 2: one retry where the fault may be gone by then. */
  readonly first?: Span;
  /** Calls that the second one saw. Default 1. */
  readonly second?: Span;
  /** How each attempt at the first endpoint was booked, one of several with `|` between. Default FAILED. */
  readonly firstOutcome?: string;
  /** Whether what failed is charged: only where the provider may have charged. */
  readonly isCharged?: boolean;
  /** Whether the sum is marked as estimated. */
  readonly isEstimated?: boolean;
  /** Attempts that no provider saw. */
  readonly unseen?: number;
}

export interface Row extends CaseSetup {
  /** The fault in a word or two, unlike that of any other row. */
  readonly id: string;
  readonly promise: string;
  readonly asks?: AskOptions;
  /** Default: all. */
  readonly entrances?: readonly Entrance[];
  readonly expected: Expected | ((entrance: Entrance) => Expected);
  /** What else has to hold. */
  readonly alsoHolds?: (after: After) => void | Promise<void>;
}

/** A row that was played. */
export interface After {
  readonly lane: Lane;
  readonly caseId: string;
  readonly answered: Answered;
  readonly booked: Booked;
  /** Asks the same once more, over the same entrance. */
  readonly again: (options?: AskOptions) => Promise<Answered>;
}

/** Runs each row over each entrance, at once, through one server; then nothing may be left over. */
export function testRows(title: string, rows: readonly Row[]): void {
  const cases = rows.flatMap(row =>
    (row.entrances ?? entrances).map(entrance => ({ row, entrance, caseId: `row-${row.id}-${entrance}` })),
  );
  let lane: Lane;
  let timersBefore = 0;
  const costs: bigint[] = [];

  beforeAll(async () => {
    timersBefore = activeTimers();
    lane = await openLane(Object.fromEntries(cases.map(({ row, caseId }) => [caseId, row])));
  });
  afterAll(() => lane.close());

  async function askAndBook(entrance: Entrance, caseId: string, asks?: AskOptions) {
    const answered = await ask(lane, entrance, caseId, asks);
    const booked = await bookedOf(lane, answered.id);
    costs.push(nanoDollars(booked.usage.cost));
    return { answered, booked };
  }

  describe.concurrent(title, () => {
    test.each(cases.map(one => [one.row.id, one.row.promise, one.entrance, one] as const))(
      '%s: %s (%s)',
      async (_, __, ___, { row, entrance, caseId }) => {
        const expected = typeof row.expected === 'function' ? row.expected(entrance) : row.expected;
        const { answered, booked } = await askAndBook(entrance, caseId, row.asks);
        checkCaller(answered, expected, entrance);
        await checkProvider(lane, caseId, expected);
        checkLedger(booked, lane.calls(caseId).length, expected);
        const again = async (options?: AskOptions) => (await askAndBook(entrance, caseId, options)).answered;
        await row.alsoHolds?.({ lane, caseId, answered, booked, again });
      },
    );
  });

  describe(`${title}, afterwards`, () => {
    test('nothing is reserved, and what is spent is the sum of all attempts', async () => {
      await until('nothing is reserved', async () => (await lane.budget()).reserved === '0');
      const { spent } = await lane.budget();
      expect(nanoDollars(spent)).toBe(costs.reduce((sum, cost) => sum + cost, 0n));
    });

    test('no key of a provider was shown or logged', () => {
      expect(lane.log.filter(line => line.includes('secret-key-of'))).toEqual([]);
    });

    test('once it has stopped, no socket and no timer is left', async () => {
      await lane.stop();
      await until('timers are gone', () => activeTimers() <= timersBefore);
    });
  });
}

function checkCaller(answered: Answered, { outcome, text, finishReason }: Expected, entrance: Entrance): void {
  const { status, code } = answered;
  if (outcome === 'whole') {
    expect({ status, code, text: answered.text }).toEqual({
      status: 'FINISHED',
      code: undefined,
      text: text === undefined ? goldenText : text instanceof RegExp ? expect.stringMatching(text) : text,
    });
  } else {
    // OpenAI's API knows one way to fail.
    const told = entrance === 'openai' && outcome.status === 'REFUSED' ? 'FAILED' : outcome.status;
    expect({ status, code }).toEqual({ ...outcome, status: told });
    if (text instanceof RegExp) expect(answered.text).toMatch(text);
    else expect(answered.text).toBe(text ?? (outcome.status === 'INCOMPLETE' ? answered.text : ''));
    if (entrance === 'openai') {
      // No client may take it for a whole answer, nor look for the fault in its own key.
      expect({ doneCount: answered.doneCount, finishReason: answered.finishReason }).toEqual({
        doneCount: 0,
        finishReason: undefined,
      });
    }
  }
  if (finishReason !== undefined) expect(answered.finishReason?.toUpperCase()).toBe(finishReason);
  expect([401, 403]).not.toContain(answered.httpStatus);
  expect(answered.raw).not.toContain('secret-key-of');
}

async function checkProvider(lane: Lane, caseId: string, { first = [1, 2], second = [1, 1] }: Expected): Promise<void> {
  await until(`no call of ${caseId} is left running`, () => lane.calls(caseId).every(({ isOver }) => isOver));
  for (const [place, [least, most]] of [
    ['first', first],
    ['second', second],
  ] as const) {
    const count = lane.calls(caseId).filter(call => call.place === place).length;
    expect({ place, count, isFit: count >= least && count <= most }).toEqual({ place, count, isFit: true });
  }
  for (const { place, authorization } of lane.calls(caseId)) {
    expect(authorization).toBe(`Bearer secret-key-of-${caseId}-${place}`);
  }
}

function checkLedger(booked: Booked, calls: number, expected: Expected): void {
  const { outcome, firstOutcome = 'FAILED', isCharged = false, isEstimated, unseen = 0 } = expected;
  const { attempts } = booked;
  expect(booked.status).toBe(outcome === 'whole' ? 'FINISHED' : outcome.status);
  expect(attempts).toHaveLength(calls + unseen);
  expect(new Set(attempts.map(({ id }) => id)).size).toBe(attempts.length);
  const atFirst = attempts.filter(({ endpoint }) => endpoint.id.endsWith('-first'));
  const failed =
    outcome === 'whole' && attempts.at(-1)?.endpoint.id.endsWith('-first') ? atFirst.slice(0, -1) : atFirst;
  for (const attempt of failed) expect(firstOutcome.split('|')).toContain(attempt.outcome);
  for (const { usage } of failed) {
    if (!isCharged) expect(usage.cost).toBe('0');
    else expect(nanoDollars(usage.cost)).toBeGreaterThan(0n);
  }
  if (outcome === 'whole') expect(['SUCCEEDED', 'REFUSED']).toContain(attempts.at(-1)?.outcome);
  const sum = attempts.reduce((cost, { usage }) => cost + nanoDollars(usage.cost), 0n);
  expect(nanoDollars(booked.usage.cost)).toBe(sum);
  if (isEstimated !== undefined) expect(booked.usage.estimated).toBe(isEstimated);
}

export function nanoDollars(text: string): bigint {
  const [whole = '0', fraction = ''] = text.split('.');
  return BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
}

function activeTimers(): number {
  return process.getActiveResourcesInfo().filter(name => name === 'Timeout').length;
}
