import { describe, expect, test } from 'vitest';
import type { BoundContentDemand } from '../../src/privacy/content-demand.ts';
import { detectorsByKind } from '../../src/privacy/detectors/index.ts';
import { createStreamRedactor } from '../../src/stream/redact-stream.ts';

function demands(action: 'BLOCK' | 'REDACT' | 'FLAG'): readonly BoundContentDemand[] {
  const detectors = [...detectorsByKind.values()];
  return [{ enforced: true, demand: { detectors, action, directions: ['OUTPUT'], onUninspectable: 'BLOCK' } }];
}

const secrets = [
  ['a card number', '4111 1111 1111 1111', 'PAYMENT_CARD'],
  ['an address', 'jane.doe@example.com', 'EMAIL'],
  ['an account number', 'DE89 3704 0044 0532 0130 00', 'IBAN'],
  ['a key', `sk-proj-${'aB3dE5gH7jK9'.repeat(4)}`, 'API_KEY'],
] as const;

function goOn(preceding: string, text: string, bound: readonly BoundContentDemand[], units: number) {
  const redactor = createStreamRedactor(bound, preceding);
  let out = '';
  for (let at = 0; at < text.length; at += units) out += redactor.push(text.slice(at, at + units));
  return { out: out + redactor.flush(), redactor };
}

describe('what was let out in part before the seam', () => {
  test.each(secrets)('%s: the rest of it is found and replaced, cut anywhere', (_, secret, kind) => {
    for (let at = 1; at < secret.length; at += 1) {
      for (const units of [1, 5, 100]) {
        const { out, redactor } = goOn(
          `It is ${secret.slice(0, at)}`,
          `${secret.slice(at)} of hers`,
          demands('REDACT'),
          units,
        );
        expect(out).toBe(`[${kind}] of hers`);
        expect(redactor.findings.map(finding => finding.kind)).toEqual([kind]);
      }
    }
  });

  test.each(secrets)('%s: nothing of the rest is let out where it blocks', (_, secret, kind) => {
    for (let at = 1; at < secret.length; at += 1) {
      const { out, redactor } = goOn(
        `It is ${secret.slice(0, at)}`,
        `${secret.slice(at)} of hers`,
        demands('BLOCK'),
        3,
      );
      expect(out).toBe('');
      expect(redactor.blockedBy?.kind).toBe(kind);
    }
  });

  test.each(secrets)('control, %s: without what stands before the seam the rest passes', (_, secret) => {
    const at = secret.length - 4;
    expect(goOn('', `${secret.slice(at)} of hers`, demands('REDACT'), 100).out).toBe(`${secret.slice(at)} of hers`);
  });
});

test('plain text goes on over the seam as it is, and what follows is looked at as ever', () => {
  const { out } = goOn('Once upon ', 'a time she wrote to jane.doe@example.com, twice.', demands('REDACT'), 4);
  expect(out).toBe('a time she wrote to [EMAIL], twice.');
});

test('what was replaced before the seam is not found again', () => {
  const { out, redactor } = goOn('Write to [EMAIL]', ' or call.', demands('REDACT'), 2);
  expect(out).toBe(' or call.');
  expect(redactor.findings).toEqual([]);
});
