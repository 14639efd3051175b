import { describe, expect, test } from 'vitest';
import { detectorsByKind } from '../../src/privacy/detectors/index.ts';
import { readableText } from '../../src/privacy/readable-text.ts';

function found(kind: string, text: string): readonly string[] {
  const detector = detectorsByKind.get(kind);
  if (detector === undefined) throw new TypeError(`there is no ${kind}`);
  const readable = readableText(text);
  return detector
    .find(readable.text)
    .map(({ start, end }) => text.slice(readable.originalAt(start), readable.originalAt(end)));
}

const hex = (count: number) => '0123456789abcdef'.repeat(8).slice(0, count);
const random = (count: number) => 'aB3dE5gH7jK9mN1pQ4rS6tU8vW0xY2z'.repeat(8).slice(0, count);

const holds: readonly (readonly [kind: string, text: string, value: string])[] = [
  ['EMAIL', 'Write to jane.doe+news@mail.example.co.uk, please.', 'jane.doe+news@mail.example.co.uk'],
  ['EMAIL', '<a@b.io>', 'a@b.io'],
  ['EMAIL', "it's 'x_y@sub-domain.example.com'!", 'x_y@sub-domain.example.com'],
  ['EMAIL', 'grüße@müller.example', 'grüße@müller.example'],
  ['EMAIL', 'mailto:jane@example.com?subject=x', 'jane@example.com'],
  ['EMAIL', 'ja\u200bne@exa\u00admple.com', 'ja\u200bne@exa\u00admple.com'],
  ['EMAIL', 'ｊａｎｅ＠ｅｘａｍｐｌｅ．ｃｏｍ', 'ｊａｎｅ＠ｅｘａｍｐｌｅ．ｃｏｍ'],
  ['PAYMENT_CARD', 'card 4111 1111 1111 1111 expires', '4111 1111 1111 1111'],
  ['PAYMENT_CARD', 'amex 3782-822463-10005.', '3782-822463-10005'],
  ['PAYMENT_CARD', 'order 77 5555555555554444', '5555555555554444'],
  ['PAYMENT_CARD', '٤١١١١١١١١١١١١١١١', '٤١١١١١١١١١١١١١١١'],
  ['PAYMENT_CARD', '4111\u00a01111\u20111111 1111', '4111\u00a01111\u20111111 1111'],
  ['IBAN', 'to DE89 3704 0044 0532 0130 00 today', 'DE89 3704 0044 0532 0130 00'],
  ['IBAN', 'gb82west12345698765432', 'gb82west12345698765432'],
  ['IBAN', 'AB12 DE89370400440532013000.', 'DE89370400440532013000'],
  ['API_KEY', `OPENAI_API_KEY=sk-proj-${random(48)}`, `sk-proj-${random(48)}`],
  ['API_KEY', `key: "sk-ant-api03-${random(90)}"`, `sk-ant-api03-${random(90)}`],
  ['API_KEY', 'AKIAIOSFODNN7EXAMPLE and more', 'AKIAIOSFODNN7EXAMPLE'],
  ['API_KEY', `ghp_${random(36)}`, `ghp_${random(36)}`],
  ['API_KEY', `AIza${random(35)}`, `AIza${random(35)}`],
  ['API_KEY', `AC${hex(32)}`, `AC${hex(32)}`],
  [
    'API_KEY',
    `bearer eyJ${random(20)}.eyJ${random(40)}.${random(43)};`,
    `eyJ${random(20)}.eyJ${random(40)}.${random(43)}`,
  ],
  ['API_KEY', `tg_${random(8)}_${random(49)}`, `tg_${random(8)}_${random(49)}`],
];

test.each(holds)('%s is found in %j', (kind, text, value) => {
  expect(found(kind, text)).toEqual([value]);
});

test('a private key in PEM is found whole, and to the end where its end is missing', () => {
  const body = `-----BEGIN RSA PRIVATE KEY-----\n${random(64)}\n${random(64)}\n`;
  const whole = `${body}-----END RSA PRIVATE KEY-----`;
  expect(found('API_KEY', `see\n${whole}\nabove`)).toEqual([whole]);
  expect(found('API_KEY', `see ${body}`)).toEqual([body]);
  expect(found('API_KEY', '-----BEGIN PUBLIC KEY-----\nabc\n-----END PUBLIC KEY-----')).toEqual([]);
});

const holdsNothing: readonly (readonly [kind: string, text: string])[] = [
  ['EMAIL', 'user@localhost, @handle, a@b, me @ home, 10 @ 3.50'],
  ['PAYMENT_CARD', '4111 1111 1111 1112 has a wrong check digit'],
  ['PAYMENT_CARD', 'id 14111111111111111111, 0000 0000 0000 0000, 0.4111111111111111'],
  ['PAYMENT_CARD', 'a4111111111111111 and 1732320000000'],
  ['IBAN', 'DE88 3704 0044 0532 0130 00, XX89370400440532013000'],
  ['IBAN', 'DE89 3704 0044 0532 0130 001'],
  ['API_KEY', 'sk-circle-fade-dot-animation and sk-learn, AKIA, task-1234567890123456789012'],
  ['API_KEY', 'eyJ is how they begin; hf_short'],
];

test.each(holdsNothing)('%s is not found in %j', (kind, text) => {
  expect(found(kind, text)).toEqual([]);
});

describe('hostile text', () => {
  const unit = [
    'a@',
    'a.'.repeat(50),
    '@a.b',
    '4 ',
    '41-',
    'DE89 ',
    'sk-',
    'eyJ ',
    'eyJa.',
    '-----BEGIN ',
    '-----BEGIN PRIVATE KEY-----',
    'x',
    '\u200b',
    '＠',
  ];
  test.each(unit)(
    '%j, again and again, is read in time',
    text => {
      const long = text.repeat(Math.ceil(100_000 / text.length));
      for (const detector of detectorsByKind.values()) {
        detector.find(readableText(long).text);
        detector.pendingFrom(readableText(long).text.slice(0, 16_384));
      }
    },
    2_000,
  );
});
