import { expect } from 'vitest';
import {
  answerBody,
  done,
  event,
  finishEvent,
  inChunks,
  roleEvent,
  textEvents,
  usage,
  usageEvent,
} from '../../../src/chaos/chat-wire.ts';
import { lastChunk, streamHead, wholeAnswer } from '../../../src/chaos/raw-provider.ts';
import type { Call, Play } from './lane.ts';
import { type Expected, nanoDollars, type Row, testRows } from './rows.ts';

const whole: Expected = { outcome: 'whole', first: [1, 1], second: [0, 0] };
const streams = ['subscription', 'openai'] as const;

/** All of the text, then this. */
async function endWith({ exchange, model, text }: Call, ending: readonly string[], more = lastChunk): Promise<void> {
  await exchange.write(streamHead() + inChunks([roleEvent(model), ...textEvents(model, text), ...ending]) + more);
}

/** A whole answer with these reports of usage, each in an event of its own; a unary answer has the last one. */
const reporting =
  (...reports: readonly unknown[]): Play =>
  async call => {
    const { exchange, isStream, model, text } = call;
    if (isStream) {
      const events = reports.map(report => usageEvent(model, report as object));
      return await endWith(call, [finishEvent(model), ...events, done]);
    }
    const { usage: _, ...body } = JSON.parse(answerBody(model, text)) as Record<string, unknown>;
    const last = reports.at(-1);
    await exchange.write(wholeAnswer(200, JSON.stringify(last === undefined ? body : { ...body, usage: last })));
  };

const sane: NonNullable<Row['alsoHolds']> = ({ booked: { usage: booked } }) => {
  expect(booked.inputTokens).toBeGreaterThan(0);
  expect(booked.outputTokens).toBeGreaterThan(0);
  expect(booked.outputTokens).toBeLessThan(100);
  expect(nanoDollars(booked.cost)).toBeLessThan(1_000_000n);
};

/** Booked as reported, once. */
const asReported: NonNullable<Row['alsoHolds']> = ({ booked: { usage: booked } }) => {
  expect(booked).toMatchObject({
    inputTokens: usage.prompt_tokens,
    outputTokens: usage.completion_tokens,
    estimated: false,
  });
};

function badUsage(id: string, promise: string, ...reports: readonly unknown[]): Row {
  return {
    id,
    promise,
    first: reporting(...reports),
    expected: { ...whole, isEstimated: true },
    alsoHolds: sane,
  };
}

const counts = (prompt: unknown, completion: unknown) => ({ prompt_tokens: prompt, completion_tokens: completion });

const rows: readonly Row[] = [
  {
    id: 'done-twice',
    promise: '[DONE] twice, and events after it, end one answer once',
    entrances: streams,
    first: call =>
      endWith(call, [
        finishEvent(call.model),
        usageEvent(call.model),
        done,
        done,
        ...textEvents(call.model, ' More.'),
        done,
      ]),
    expected: whole,
    alsoHolds: asReported,
  },
  {
    id: 'two-finish-reasons',
    promise: 'of two finish reasons the first holds, and usage from between them counts',
    entrances: streams,
    first: ({ model, ...call }) =>
      endWith({ ...call, model }, [finishEvent(model), usageEvent(model), finishEvent(model, 'length'), done]),
    expected: { ...whole, finishReason: 'STOP' },
    alsoHolds: asReported,
  },
  {
    id: 'no-done',
    promise: 'a finish reason and usage make an answer whole, though [DONE] never comes and the connection stays',
    entrances: streams,
    first: async call => {
      await endWith(call, [finishEvent(call.model), usageEvent(call.model)], '');
      await call.exchange.hungUp;
    },
    expected: { ...whole, isEstimated: false },
    alsoHolds: asReported,
  },
  {
    id: 'no-done-no-usage',
    promise: 'a finish reason alone does too, after a short wait for usage, which is then counted here',
    entrances: streams,
    first: async call => {
      await endWith(call, [finishEvent(call.model)], '');
      await call.exchange.hungUp;
    },
    expected: { ...whole, isEstimated: true },
    alsoHolds: sane,
  },
  {
    id: 'cut-after-finish',
    promise: 'a reset after the finish reason takes nothing from a whole answer',
    entrances: streams,
    first: async call => {
      await endWith(call, [finishEvent(call.model), usageEvent(call.model)], '');
      call.exchange.reset();
    },
    expected: whole,
  },
  badUsage('usage-missing', 'an answer without usage is counted here'),
  {
    id: 'usage-twice',
    promise: 'usage that is reported twice counts once',
    first: reporting(usage, usage),
    expected: { ...whole, isEstimated: false },
    alsoHolds: asReported,
  },
  {
    id: 'usage-cumulative',
    promise: 'usage that runs up with every chunk counts as its last sum',
    entrances: streams,
    first: async call => {
      const { model, text } = call;
      const running = textEvents(model, text).map((piece, index) => {
        const chunk = JSON.parse(piece.slice(6)) as object;
        return event({ ...chunk, usage: counts(usage.prompt_tokens, index + 1) });
      });
      const ending = [...running, finishEvent(model), usageEvent(model), done];
      await call.exchange.write(streamHead() + inChunks([roleEvent(model), ...ending]) + lastChunk);
    },
    expected: { ...whole, isEstimated: false },
    alsoHolds: asReported,
  },
  {
    id: 'usage-falling',
    promise: 'of usage that falls the largest report counts',
    entrances: streams,
    first: reporting(usage, counts(1, 1)),
    expected: { ...whole, isEstimated: false },
    alsoHolds: asReported,
  },
  badUsage('usage-negative', 'usage below nothing is counted here', counts(-5, -7)),
  badUsage('usage-huge', 'usage beyond belief is counted here', counts(1e308, 1e15)),
  badUsage('usage-text', 'usage that is text is counted here', counts('24', 'many')),
  badUsage('usage-nothing', 'usage of nothing, for an answer that is there, is counted here', counts(0, 0)),
  badUsage('usage-fraction', 'usage in fractions is counted here', counts(24.5, 1.25)),
  badUsage('usage-shape', 'usage that is no object is counted here', 'many'),
];

testRows('the end of a whole answer', rows);
