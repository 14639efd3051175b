import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answerBody, errorAnswer } from '../../../src/chaos/chat-wire.ts';
import { wholeAnswer } from '../../../src/chaos/raw-provider.ts';
import { ask, bookedOf } from './ask.ts';
import { type BlackHole, startBlackHole } from './black-hole.ts';
import { entrances, goldenText, type Lane, openLane, type Play } from './lane.ts';

let hole: BlackHole;
let lane: Lane;

const failing: Play = ({ exchange }) =>
  exchange.write(errorAnswer(500, { type: 'server_error', code: null, message: 'No.' }));

/** A second answer on a connection that is idle by then: whoever used it next would get somebody else's. */
const poisoned = 'somebody else’s secret';
const poisoning: Play = async ({ exchange, model, text }) => {
  await exchange.write(wholeAnswer(200, answerBody(model, text)) + wholeAnswer(200, answerBody(model, poisoned)));
};

const patient = '{ connect: PT0.5S, firstEvent: PT15S, idle: PT15S, unary: PT15S }';

beforeAll(async () => {
  hole = await startBlackHole();
  lane = await openLane({
    ...Object.fromEntries(
      entrances.map(each => [`hole-${each}`, { first: () => {}, firstUrl: hole.url, timeouts: patient }]),
    ),
    ...Object.fromEntries(entrances.map(each => [`alone-${each}`, { first: failing, more: '    region: eu\n' }])),
    poisoned: { first: poisoning },
  });
});
afterAll(async () => {
  await lane.close();
  await hole.close();
});

describe.concurrent('connections', () => {
  test.each(entrances)(
    'one that is never answered falls over once the limit for connecting has passed (%s)',
    async entrance => {
      const answered = await ask(lane, entrance, `hole-${entrance}`);
      expect(answered).toMatchObject({ status: 'FINISHED', text: goldenText });
      const { attempts } = await bookedOf(lane, answered.id);
      expect(attempts.map(({ outcome }) => outcome)).toEqual(['FAILED', 'SUCCEEDED']);
      expect(attempts[0]?.usage.cost).toBe('0');
    },
  );

  test.each(['mutation', 'subscription'] as const)(
    'the only endpoint that is allowed is tried however often it fails, and never one that is not (%s)',
    async entrance => {
      const caseId = `alone-${entrance}`;
      for (let number = 0; number < 7; number += 1) {
        const answered = await ask(lane, entrance, caseId, { regions: ['eu'] });
        expect(answered).toMatchObject({ status: 'FAILED', code: 'PROVIDER_FAILED' });
      }
      const calls = lane.calls(caseId);
      expect(calls.length).toBeGreaterThanOrEqual(7);
      expect(calls.every(({ place }) => place === 'first')).toBe(true);
    },
  );

  test('an answer that nobody asked for, on an idle connection, reaches nobody', async () => {
    for (let number = 0; number < 5; number += 1) {
      const { text, raw } = await ask(lane, 'mutation', 'poisoned');
      expect(text).toBe(goldenText);
      expect(raw).not.toContain(poisoned);
    }
  });
});
