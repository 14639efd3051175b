import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { maxWaiting } from '../../../src/http/webhooks/receiver.ts';
import { type RawProvider, type RawScript, startRawProvider, wholeAnswer } from '../../support/raw-provider.ts';
import { selfSigned } from '../../support/self-signed.ts';
import { isSigned } from '../../support/verify-webhook.ts';
import { budgetAlert, openWebhooks, secret, settingsOf } from './open-webhooks.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function start(script: RawScript | readonly RawScript[]): Promise<RawProvider> {
  const receiver = await startRawProvider(script);
  closing.push(receiver.close);
  return receiver;
}

const take: RawScript = exchange => void exchange.write(wholeAnswer(204, ''));
const refuse: RawScript = exchange => void exchange.write(wholeAnswer(503, ''));
const hang: RawScript = () => {};
const idsOf = ({ requests }: RawProvider) => requests.map(({ headers }) => headers['webhook-id']).toSorted();
const idOf = (number: number) => budgetAlert(number).id;

test('each receiver is told the types of alert that it asked for, where it asked for them', async () => {
  const all = await start(take);
  const some = await start(take);
  const { tell, webhooks } = openWebhooks([
    settingsOf(`${all.url}/hooks/alerts?token=x%20y`),
    settingsOf(some.url, { events: ['ledger.mismatch'] }),
  ]);
  tell(budgetAlert(1));
  tell({ type: 'ledger.mismatch', id: idOf(2), at: 0, differences: 3 });
  await webhooks.close();
  expect(idsOf(all)).toEqual([idOf(1), idOf(2)]);
  expect(idsOf(some)).toEqual([idOf(2)]);
  expect(all.requests[0]).toMatchObject({
    method: 'POST',
    path: '/hooks/alerts?token=x%20y',
    headers: { 'content-type': 'application/json', 'user-agent': 'tollgate' },
  });
  expect(JSON.parse(some.requests[0]?.body ?? '')).toEqual({
    type: 'ledger.mismatch',
    id: idOf(2),
    timestamp: '1970-01-01T00:00:00.000Z',
    data: { differences: 3 },
  });
});

test.each([
  ['dead', (exchange => exchange.reset()) satisfies RawScript],
  ['hanging', hang],
])('a %s receiver keeps no alert from another', async (_, script) => {
  const [bad, good] = [await start(script), await start(take)];
  const { tell, figure, clock, webhooks } = openWebhooks([settingsOf(bad.url), settingsOf(good.url)]);
  for (let number = 1; number <= 50; number += 1) tell(budgetAlert(number));
  await expect.poll(() => figure(`total{receiver="${good.url}",outcome="DELIVERED"}`)).toBe(50);
  expect(await figure(`waiting{receiver="${bad.url}"}`)).toBe(50);
  const closed = webhooks.close();
  clock.advance(5_000);
  await closed;
});

test('keeps a thousand alerts for a receiver that is away; what more comes is dropped, counted and logged', async () => {
  const [away, good] = [await start(hang), await start(take)];
  const { tell, figure, lines, clock, webhooks } = openWebhooks([settingsOf(away.url), settingsOf(good.url)]);
  for (let number = 1; number <= maxWaiting; number += 1) {
    tell(budgetAlert(number));
    if (number % 100 === 0) {
      await expect.poll(() => figure(`total{receiver="${good.url}",outcome="DELIVERED"}`)).toBe(number);
    }
  }
  const dropped = () => lines().filter(({ msg }) => msg === 'a webhook was dropped');
  expect(dropped()).toEqual([]);
  tell(budgetAlert(maxWaiting + 1));
  expect(dropped()).toMatchObject([{ level: 'warn', receiver: away.url, webhookId: idOf(maxWaiting + 1) }]);
  expect(await figure(`total{receiver="${away.url}",outcome="DROPPED"}`)).toBe(1);
  expect(await figure(`waiting{receiver="${away.url}"}`)).toBe(maxWaiting);
  // At most four at a time, however many wait.
  expect(away.connections).toBe(4);
  const closed = webhooks.close();
  clock.advance(5_000);
  await closed;
  expect(await figure(`total{receiver="${away.url}",outcome="DROPPED"}`)).toBe(maxWaiting + 1);
});

describe('a stop', () => {
  test('tries what waits once more, without waiting for its time', async () => {
    const receiver = await start([refuse, take]);
    const { tell, lines, webhooks, figure } = openWebhooks([settingsOf(receiver.url)]);
    tell(budgetAlert());
    await expect.poll(() => lines().length).toBe(1);
    await webhooks.close();
    expect(receiver.requests).toHaveLength(2);
    expect(await figure(`total{receiver="${receiver.url}",outcome="DELIVERED"}`)).toBe(1);
  });

  test('tries it once, not for ever', async () => {
    const receiver = await start(refuse);
    const { tell, lines, webhooks, figure } = openWebhooks([settingsOf(receiver.url)]);
    tell(budgetAlert());
    await expect.poll(() => lines().length).toBe(1);
    await webhooks.close();
    expect(receiver.requests).toHaveLength(2);
    expect(lines().at(-1)).toMatchObject({ msg: 'a webhook was dropped', webhookId: idOf(1), tries: 2, status: 503 });
    expect(await figure(`total{receiver="${receiver.url}",outcome="DROPPED"}`)).toBe(1);
    expect(await figure(`waiting{receiver="${receiver.url}"}`)).toBe(0);
    tell(budgetAlert(2));
    expect(lines().at(-1)).toMatchObject({ msg: 'a webhook was dropped', webhookId: idOf(2) });
  });

  test('ends after five seconds, whatever a receiver does', async () => {
    const receiver = await start(hang);
    const { tell, clock, webhooks, figure } = openWebhooks([settingsOf(receiver.url, { timeoutMs: 60_000 })]);
    for (let number = 1; number <= 9; number += 1) tell(budgetAlert(number));
    await receiver.request(3);
    const closed = webhooks.close();
    let isClosed = false;
    void closed.then(() => {
      isClosed = true;
    });
    clock.advance(4_999);
    await new Promise(resolve => setImmediate(resolve));
    expect(isClosed).toBe(false);
    clock.advance(1);
    await closed;
    expect(await figure(`total{receiver="${receiver.url}",outcome="DROPPED"}`)).toBe(9);
  });
});

test('a proxy that does not answer delays neither the next try nor a stop', async () => {
  const proxy = await start(hang);
  const connection = { proxy: { httpProxy: proxy.url } };
  const { tell, clock, lines, webhooks } = openWebhooks([settingsOf('http://receiver.example')], { connection });
  tell(budgetAlert());
  await proxy.request(0);
  clock.advance(10_000);
  await expect.poll(() => lines()[0]).toMatchObject({ fault: 'TIMEOUT', retryInMs: 2_500 });
  const closed = webhooks.close();
  clock.advance(5_000);
  await closed;
  expect(lines().at(-1)).toMatchObject({ msg: 'a webhook was dropped', fault: 'CANCELLED', tries: 2 });
});

describe('new settings', () => {
  const key = (text: string) => Buffer.from(text);
  const newSecret = 'another-secret-of-thirty-two-bytes-too';

  test('take effect for what waits: it is signed with the new secret', async () => {
    const receiver = await start([refuse, take]);
    const { tell, lines, webhooks, clock } = openWebhooks([settingsOf(receiver.url)]);
    tell(budgetAlert());
    await expect.poll(() => lines().length).toBe(1);
    webhooks.reconfigure([settingsOf(receiver.url, { secret: newSecret })], {});
    clock.advance(2_500);
    const request = await receiver.request(1);
    expect(isSigned(request, key(newSecret))).toBe(true);
    expect(isSigned(request, key(secret))).toBe(false);
    await webhooks.close();
  });

  test('let what is under way end, and add receivers', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const slow: RawScript = async exchange => {
      await promise;
      await exchange.write(wholeAnswer(204, ''));
    };
    const [stays, added] = [await start(slow), await start(take)];
    const { tell, webhooks, figure } = openWebhooks([settingsOf(stays.url)]);
    tell(budgetAlert(1));
    await stays.request(0);
    webhooks.reconfigure([settingsOf(stays.url), settingsOf(added.url)], {});
    expect(await figure(`waiting{receiver="${added.url}"}`)).toBe(0);
    resolve();
    await expect.poll(() => figure(`total{receiver="${stays.url}",outcome="DELIVERED"}`)).toBe(1);
    tell(budgetAlert(2));
    await webhooks.close();
    expect(idsOf(stays)).toEqual([idOf(1), idOf(2)]);
    expect(idsOf(added)).toEqual([idOf(2)]);
  });

  test('drop what waits for a receiver that is gone, and send it nothing more', async () => {
    const gone = await start(refuse);
    const { tell, lines, webhooks, figure, clock } = openWebhooks([settingsOf(gone.url)]);
    tell(budgetAlert(1));
    await expect.poll(() => lines().length).toBe(1);
    webhooks.reconfigure([], {});
    expect(lines().at(-1)).toMatchObject({ msg: 'a webhook was dropped', webhookId: idOf(1), tries: 1 });
    tell(budgetAlert(2));
    await expect.poll(clock.pending).toBe(0);
    await webhooks.close();
    expect(gone.requests).toHaveLength(1);
    expect(await figure(`total{receiver="${gone.url}",outcome="DROPPED"}`)).toBe(1);
  });

  test('that are wrong change nothing', async () => {
    const receiver = await start(take);
    const { tell, webhooks } = openWebhooks([settingsOf(receiver.url)]);
    expect(() => webhooks.reconfigure([settingsOf(receiver.url, { secret: 'short' })], {})).toThrow(/^secret: /);
    tell(budgetAlert());
    await webhooks.close();
    expect(isSigned(await receiver.request(0), key(secret))).toBe(true);
  });
});

test('no log holds the secret, the path of the URL, or anything that a receiver said', async () => {
  const planted = 'zanzibar-planted-word-of-32-bytes';
  const scripts = [200, 302, 400, 503].map(
    (status): RawScript =>
      exchange =>
        void exchange.write(wholeAnswer(status, planted, { 'x-say': planted, location: `/${planted}` })),
  );
  const broken: RawScript = exchange => void exchange.write(`${planted}\r\n\r\n`).then(exchange.end);
  const receivers = await Promise.all([...scripts, broken].map(start));
  const { tell, written, lines, webhooks } = openWebhooks(
    receivers.map(({ url }) => settingsOf(`${url}/${planted}?${planted}`, { secret: planted })),
  );
  tell(budgetAlert());
  await webhooks.close();
  const said = lines().map(({ msg }) => msg);
  expect(new Set(said)).toEqual(
    new Set(['a webhook was delivered', 'a webhook was given up', 'a webhook was dropped']),
  );
  expect(receivers.map(({ requests }) => requests[0]?.path)).toEqual(receivers.map(() => `/${planted}?${planted}`));
  expect(written()).not.toContain(planted);
  expect(written()).toContain(idOf(1));
});

describe('connections', () => {
  test('go through a proxy, but not to hosts that are spoken to directly', async () => {
    const [receiver, proxy] = [await start(take), await start(refuse)];
    const through = openWebhooks([settingsOf(receiver.url)], { connection: { proxy: { httpProxy: proxy.url } } });
    through.tell(budgetAlert());
    await through.webhooks.close();
    expect(proxy.requests[0]?.method).toBe('CONNECT');
    expect(receiver.connections).toBe(0);
    const direct = openWebhooks([settingsOf(receiver.url)], {
      connection: { proxy: { httpProxy: proxy.url, noProxy: '127.0.0.1' } },
    });
    direct.tell(budgetAlert());
    await direct.webhooks.close();
    expect(receiver.requests).toHaveLength(1);
  });

  test('trust the certificates that are configured, and no other', async () => {
    const { key, cert } = selfSigned();
    let requests = 0;
    const server = createServer({ key, cert }, (_, response) => {
      requests += 1;
      response.end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    });
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const strict = openWebhooks([settingsOf(url)]);
    strict.tell(budgetAlert());
    await strict.webhooks.close();
    expect(strict.lines().at(-1)).toMatchObject({ fault: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect(requests).toBe(0);
    const trusting = openWebhooks([settingsOf(url)], { connection: { certificates: [cert] } });
    trusting.tell(budgetAlert());
    await trusting.webhooks.close();
    expect(requests).toBe(1);
  });
});
