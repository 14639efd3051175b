import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readSigningKey, signWebhook } from '../../../src/http/webhooks/sign-webhook.ts';
import { startRawProvider, wholeAnswer } from '../../support/raw-provider.ts';
import { isSigned, type ReceivedWebhook } from '../../support/verify-webhook.ts';
import { budgetAlert, openWebhooks, settingsOf } from './open-webhooks.ts';

test('signs as the libraries of Standard Webhooks do: their own example', () => {
  const key = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
  const headers = signWebhook(key, 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330_999, '{"test": 2432232314}');
  expect(headers).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

const bytes = Buffer.alloc(32, 0xfb);

test('reads a secret as it is, or the bytes behind whsec_', () => {
  expect(readSigningKey('é'.repeat(16))).toEqual(Buffer.from('é'.repeat(16)));
  expect(readSigningKey(`whsec_${bytes.toString('base64')}`)).toEqual(bytes);
});

test.each([
  ['nothing', ''],
  ['31 bytes', 'x'.repeat(31)],
  ['31 bytes in base64, though its text is longer', `whsec_${bytes.subarray(1).toString('base64')}`],
  ['base64 for URLs', `whsec_${bytes.toString('base64url')}`],
  ['base64 with a blank', `whsec_ ${bytes.toString('base64')}`],
  ['no base64', `whsec_${'!'.repeat(64)}`],
])('takes no secret of %s', (_, secret) => {
  expect(readSigningKey(secret)).toBeUndefined();
});

const anyText = fc.string({ unit: 'binary', maxLength: 60 });
const anyAlert = fc
  .record({
    budget: anyText,
    scopeId: anyText,
    limit: fc.bigInt(0n, 10n ** 21n),
    at: fc.integer({ min: 0, max: 4e12 }),
  })
  .chain(changes => fc.uuid({ version: 7 }).map(id => budgetAlert(1, { ...changes, id })));
const anySecret = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 32, maxLength: 80 }).filter(text => !text.startsWith('whsec_')),
  fc.uint8Array({ minLength: 32, maxLength: 64 }).map(key => `whsec_${Buffer.from(key).toString('base64')}`),
);
const signed = ['body', 'webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;

test('what a receiver gets verifies, and with any byte changed it does not', async () => {
  const receiver = await startRawProvider(exchange => void exchange.write(wholeAnswer(204, '')));
  let number = 0;
  await fc.assert(
    fc.asyncProperty(
      anyAlert,
      anySecret,
      fc.constantFrom(...signed),
      fc.nat(),
      fc.integer({ min: 1, max: 127 }),
      async (alert, secret, part, place, change) => {
        const { webhooks, tell } = openWebhooks([settingsOf(receiver.url, { secret })]);
        tell(alert);
        const request = await receiver.request(number);
        number += 1;
        await webhooks.close();
        const key = keyOf(secret);
        expect(isSigned(request, key)).toBe(true);
        expect(JSON.parse(request.body)).toMatchObject({ type: alert.type, id: alert.id });
        expect(isSigned(changed(request, part, place, change), key)).toBe(false);
        const otherKey = key.with(place % key.length, (key[place % key.length] ?? 0) ^ change);
        expect(isSigned(request, otherKey)).toBe(false);
      },
    ),
    { numRuns: 100, verbose: 1 },
  );
  await receiver.close();
});

/** The key, read without the code under test. */
function keyOf(secret: string): Uint8Array {
  const [, encoded] = /^whsec_(.*)$/.exec(secret) ?? [];
  return new Uint8Array(encoded === undefined ? new TextEncoder().encode(secret) : Buffer.from(encoded, 'base64'));
}

function changed(
  { headers, body }: ReceivedWebhook,
  part: (typeof signed)[number],
  place: number,
  change: number,
): ReceivedWebhook {
  const flip = (text: string | Uint8Array): Buffer => {
    const copy = Buffer.from(text);
    const at = place % copy.length;
    copy.writeUInt8(copy.readUInt8(at) ^ change, at);
    return copy;
  };
  if (part === 'body') return { headers, body: flip(body) };
  return { headers: { ...headers, [part]: flip(headers[part] ?? '').toString('latin1') }, body };
}
