import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type OpenedServer, openServer } from '../http/open-server.ts';
import { attacks, type LimitAttack, limitAttacks } from './attacks.ts';
import { type CarriedAnswer, type Carry, carriers } from './carriers.ts';

vi.setConfig({ testTimeout: 20_000 });

let guarded: OpenedServer;
const servers: OpenedServer[] = [];
const open = async (limits: Readonly<Record<string, number>> = {}) => {
  const opened = await openServer({ schema: { limits } });
  servers.push(opened);
  return opened;
};
beforeAll(async () => {
  guarded = await open();
});
afterAll(async () => {
  for (const one of servers) await one.close();
});

/** Plays what is let through to its end. */
async function send(opened: OpenedServer, carry: Carry, body: unknown, isPaid = false): Promise<CarriedAnswer> {
  const answering = carry({ url: opened.server.url, key: opened.key }, body);
  if (!isPaid) return answering;
  let isAnswered = false;
  void answering.finally(() => {
    isAnswered = true;
  });
  let played = 0;
  await vi.waitFor(() => {
    for (const run of opened.runs.slice(played)) {
      run.finish({ text: 'ok' });
      played += 1;
    }
    expect(isAnswered).toBe(true);
  }, 10_000);
  return answering;
}

const messageOf = ({ errors }: CarriedAnswer) => errors?.[0]?.message ?? '';

/** The servers whose one guard is lifted, made once. */
const lifted = new Map<string, Promise<OpenedServer>>();
function without(guard: LimitAttack['guard']): Promise<OpenedServer> {
  const known = lifted.get(guard) ?? open({ [guard]: 1_000_000 });
  lifted.set(guard, known);
  return known;
}

describe.each(Object.entries(carriers))('over %s', (_, carry) => {
  test.each(limitAttacks)('too many $title are refused, and one less is not', async attack => {
    const { over, inside, message, isPaid = false } = attack;
    const before = guarded.runs.length;
    const refused = await send(guarded, carry, { query: over });
    expect([refused.errors?.[0]?.extensions.code, messageOf(refused)]).toEqual([
      'BAD_USER_INPUT',
      expect.stringMatching(message),
    ]);
    expect(guarded.runs.length).toBe(before);
    expect(messageOf(await send(guarded, carry, { query: inside }, isPaid))).toBe('');
  });

  test.each(limitAttacks)('control: without its guard alone, too many $title get through', async attack => {
    const opened = await without(attack.guard);
    expect(messageOf(await send(opened, carry, { query: attack.over }, attack.isPaid))).toBe('');
  });

  test.each(attacks)('$title: $verdict', async ({ body, verdict }) => {
    const before = guarded.runs.length;
    const answer = await send(guarded, carry, body);
    const code = answer.errors?.[0]?.extensions.code;
    // 4400: what is no message of the protocol closes the socket.
    const seen = code === undefined ? 'harmless' : code === '4400' ? 'BAD_USER_INPUT' : code;
    expect(verdict).toContain(seen);
    expect(guarded.runs.length).toBe(before);
    expect(messageOf(answer).length).toBeLessThan(400);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

test('and the server is as it was', async () => {
  const answer = await (await guarded.post('/graphql', { query: '{ __typename }' })).json();
  expect(answer).toEqual({ data: { __typename: 'Query' } });
});
