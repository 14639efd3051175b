import { expect, test } from 'vitest';
import { readError } from '../../src/providers/openai-compatible/read-error.ts';
import { kindOfStatus } from '../../src/providers/status-kind.ts';

test.each([
  [302, 'protocol'],
  [401, 'credentials'],
  [402, 'credentials'],
  [403, 'credentials'],
  [404, 'model-not-found'],
  [408, 'server'],
  [418, 'bad-request'],
  [424, 'server'],
  [429, 'rate-limited'],
  [498, 'overloaded'],
  [500, 'server'],
  [503, 'overloaded'],
  [529, 'overloaded'],
] as const)('a status %i without a body that says more means %s, whatever the protocol', (status, kind) => {
  expect(kindOfStatus(status)).toBe(kind);
  expect(readError(undefined, { status }).kind).toBe(kind);
});
