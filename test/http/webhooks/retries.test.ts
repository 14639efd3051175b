import { afterEach, describe, expect, test } from 'vitest';
import { maxTries, retryDelayMs } from '../../../src/http/webhooks/retry-delay.ts';
import { head, type RawProvider, type RawScript, startRawProvider, wholeAnswer } from '../../support/raw-provider.ts';
import { isSigned } from '../../support/verify-webhook.ts';
import { budgetAlert, type OpenedWebhooks, openWebhooks, secret, settingsOf } from './open-webhooks.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const answer =
  (status: number, headers: Readonly<Record<string, string>> = {}): RawScript =>
  exchange =>
    void exchange.write(wholeAnswer(status, '', headers));

async function open(script: RawScript | readonly RawScript[]): Promise<OpenedWebhooks & { receiver: RawProvider }> {
  const receiver = await startRawProvider(script);
  closing.push(receiver.close);
  const opened = openWebhooks([settingsOf(receiver.url)], { random: () => 0.8 });
  closing.push(async () => {
    const closed = opened.webhooks.close();
    opened.clock.advance(5_000);
    await closed;
  });
  return { ...opened, receiver };
}

const again = 'a webhook was not taken, and is tried again';

/** Waits for the `tries`-th failure to be told, and says how long is waited after it. */
async function failure({ lines }: OpenedWebhooks, tries: number) {
  const find = () => lines().find(line => line.msg === again && line.tries === tries);
  await expect.poll(find, { timeout: 5_000 }).toBeDefined();
  return find() ?? { retryInMs: Number.NaN };
}

test('a receiver that refuses first gets the same alert again, under the same id, signed anew each time', async () => {
  const opened = await open([answer(503), answer(500), answer(204)]);
  const { receiver, clock, tell, figure } = opened;
  const name = `waiting{receiver="${receiver.url}"}`;
  tell(budgetAlert());
  const sentAt = [clock.now()];
  for (const tries of [1, 2]) {
    const { retryInMs = 0 } = await failure(opened, tries);
    expect(retryInMs).toBe(4_000 * tries);
    expect(await figure(name)).toBe(1);
    clock.advance(retryInMs - 1);
    clock.advance(1);
    sentAt.push(clock.now());
    await receiver.request(tries);
  }
  await expect.poll(() => figure(name)).toBe(0);
  expect(await figure(`total{receiver="${receiver.url}",outcome="DELIVERED"}`)).toBe(1);
  const { requests } = receiver;
  expect(new Set(requests.map(({ body }) => body)).size).toBe(1);
  expect(new Set(requests.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  // A try's own instant: none came a millisecond early.
  expect(requests.map(({ headers }) => Number(headers['webhook-timestamp']) * 1_000)).toEqual(sentAt);
  expect(requests.filter(request => !isSigned(request, Buffer.from(secret)))).toEqual([]);
});

test.each([408, 425, 429, 500, 501, 502, 503, 504, 529])('tries again after %i', async status => {
  const opened = await open(answer(status));
  opened.tell(budgetAlert());
  expect(await failure(opened, 1)).toMatchObject({ level: 'warn', status, retryInMs: 4_000 });
});

test.each([300, 304, 400, 401, 403, 404, 409, 410, 422])('gives up at once after %i', async status => {
  const { receiver, tell, figure, lines, clock } = await open(answer(status));
  tell(budgetAlert());
  await expect.poll(() => figure(`total{receiver="${receiver.url}",outcome="FAILED"}`)).toBe(1);
  expect(lines().at(-1)).toMatchObject({ level: 'error', msg: 'a webhook was given up', status, tries: 1 });
  // No timer is left that could send it again.
  await expect.poll(clock.pending).toBe(0);
});

test.each([301, 302, 303, 307, 308])('follows no redirect: %i', async status => {
  const elsewhere = await startRawProvider(answer(204));
  closing.push(elsewhere.close);
  const { receiver, tell, figure } = await open(answer(status, { location: `${elsewhere.url}/taken` }));
  tell(budgetAlert());
  await expect.poll(() => figure(`total{receiver="${receiver.url}",outcome="FAILED"}`)).toBe(1);
  expect(elsewhere.connections).toBe(0);
});

const faults: readonly (readonly [string, RawScript])[] = [
  ['a reset', exchange => exchange.reset()],
  ['a connection that is closed', exchange => exchange.end()],
  ['half a head', exchange => void exchange.write('HTTP/1.1 204 No Co').then(exchange.end)],
  ['what is no HTTP', exchange => void exchange.write('SSH-2.0-OpenSSH_9\r\n\r\n').then(exchange.end)],
  ['headers without an end', exchange => void exchange.write(head(204, { x: 'x'.repeat(200_000) }))],
  ['another protocol', exchange => void exchange.write(head(101, { connection: 'upgrade', upgrade: 'x' }))],
];
test.each(faults)('tries again after %s', async (_, script) => {
  const opened = await open(script);
  opened.tell(budgetAlert());
  expect(await failure(opened, 1)).toMatchObject({ level: 'warn', retryInMs: 4_000, fault: expect.any(String) });
});

test('tries again where nobody listens', async () => {
  const gone = await startRawProvider(answer(204));
  await gone.close();
  const opened = openWebhooks([settingsOf(gone.url)], { random: () => 0.8 });
  opened.tell(budgetAlert());
  expect(await failure(opened, 1)).toMatchObject({ fault: 'ECONNREFUSED' });
  await opened.webhooks.close();
});

describe('a receiver that takes its time', () => {
  test('is waited for as long as its timeout says, and not longer', async () => {
    const hungUp: Promise<number>[] = [];
    const opened = await open([exchange => void hungUp.push(exchange.hungUp), answer(204)]);
    const { receiver, clock, tell } = opened;
    tell(budgetAlert());
    await receiver.request(0);
    clock.advance(9_999);
    expect(opened.lines()).toEqual([]);
    clock.advance(1);
    expect(await failure(opened, 1)).toMatchObject({ fault: 'TIMEOUT', retryInMs: 4_000 });
    await hungUp[0];
  });

  test('and answers within it has taken the alert', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const slow: RawScript = async exchange => {
      await promise;
      await exchange.write(wholeAnswer(200, 'thanks'));
    };
    const { receiver, clock, tell, figure, lines } = await open(slow);
    tell(budgetAlert());
    await receiver.request(0);
    clock.advance(9_999);
    resolve();
    await expect.poll(() => figure(`total{receiver="${receiver.url}",outcome="DELIVERED"}`)).toBe(1);
    expect(lines()).toMatchObject([{ level: 'debug', msg: 'a webhook was delivered', tries: 1 }]);
  });
});

describe('of an answer', () => {
  test('that goes on and on little is read, and it counts all the same', async () => {
    let sentBytes = 0;
    const { promise: left, resolve } = Promise.withResolvers<void>();
    const flood: RawScript = async exchange => {
      let isOpen = true;
      void exchange.hungUp.then(() => {
        isOpen = false;
        resolve();
      });
      await exchange.write(head(200, { 'content-type': 'text/plain' }));
      for (; isOpen && sentBytes < 100_000_000; sentBytes += 10_000) await exchange.write('x'.repeat(10_000));
    };
    const { receiver, tell, figure } = await open(flood);
    tell(budgetAlert());
    await left;
    // What the kernel's buffers on both sides may hold.
    expect(sentBytes).toBeLessThan(20_000_000);
    expect(await figure(`total{receiver="${receiver.url}",outcome="DELIVERED"}`)).toBe(1);
  });

  test('whose body does not end no more than a second is waited for', async () => {
    const hungUp: Promise<number>[] = [];
    const { receiver, clock, tell, figure } = await open(exchange => {
      hungUp.push(exchange.hungUp);
      void exchange.write(head(200, { 'content-length': '10' }));
    });
    tell(budgetAlert());
    await expect.poll(() => figure(`total{receiver="${receiver.url}",outcome="DELIVERED"}`)).toBe(1);
    clock.advance(1_000);
    await hungUp[0];
  });

  test('that is whole the connection is used again', async () => {
    const { receiver, tell, figure } = await open(answer(200));
    for (const number of [1, 2, 3]) {
      tell(budgetAlert(number));
      await expect.poll(() => figure(`total{receiver="${receiver.url}",outcome="DELIVERED"}`)).toBe(number);
      await new Promise(resolve => setImmediate(resolve));
    }
    expect(receiver.connections).toBe(1);
  });
});

describe('retry-after', () => {
  test.each([
    ['120', 120_000],
    ['0', 4_000],
    ['999999999', 3_600_000],
    ['soon', 4_000],
  ])('of %s is heeded up to an hour', async (value, retryInMs) => {
    const opened = await open(answer(429, { 'retry-after': value }));
    opened.tell(budgetAlert());
    expect(await failure(opened, 1)).toMatchObject({ status: 429, retryInMs });
  });

  test('holds for all that is to be sent there', async () => {
    const opened = await open([answer(503, { 'retry-after': '60' }), answer(204)]);
    const { receiver, clock, tell } = opened;
    tell(budgetAlert(1));
    await failure(opened, 1);
    tell(budgetAlert(2));
    clock.advance(59_999);
    clock.advance(1);
    await receiver.request(2);
    const times = receiver.requests.map(({ headers }) => Number(headers['webhook-timestamp']) * 1_000 - clock.now());
    expect(times).toEqual([-60_000, 0, 0]);
  });
});

test('gives up after fifteen tries, and says so in the log', async () => {
  const opened = await open(answer(500, { connection: 'close' }));
  const { receiver, clock, tell, figure, lines } = opened;
  tell(budgetAlert());
  for (let tries = 1; tries < maxTries; tries += 1) clock.advance((await failure(opened, tries)).retryInMs ?? 0);
  await expect.poll(() => figure(`total{receiver="${receiver.url}",outcome="FAILED"}`)).toBe(1);
  expect(lines().at(-1)).toMatchObject({ level: 'error', msg: 'a webhook was given up', tries: 15, status: 500 });
  expect(lines().filter(({ level }) => level === 'warn')).toHaveLength(1);
  expect(receiver.requests).toHaveLength(15);
});

test('waits longer from try to try, up to an hour, some hours in all', () => {
  const longest = Array.from({ length: maxTries - 1 }, (_, index) => retryDelayMs(index + 1, 1));
  expect(longest.slice(0, 3)).toEqual([5_000, 10_000, 20_000]);
  expect(longest.at(-1)).toBe(3_600_000);
  expect(longest.reduce((sum, ms) => sum + ms, 0)).toBe(19_515_000);
  expect(retryDelayMs(9, 0)).toBe(0);
});
