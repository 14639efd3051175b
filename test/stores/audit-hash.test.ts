import { expect, test } from 'vitest';
import { firstPreviousHash, hashAuditEntry } from '../../src/stores/audit-hash.ts';

const entry = {
  previousHash: firstPreviousHash,
  id: '0195f0a0-0000-7000-8000-000000000001',
  at: Date.UTC(2026, 10, 4, 10, 20, 30, 7),
  actor: 'api-key:k',
  action: 'policy.update',
  target: 'p',
  change: { b: [1.5, { d: null, c: 'é"\n' }], a: true, 10: 'ten', 9: 'nine', Z: {} },
};

test('hashes an entry as its description says, so that others can verify it', async () => {
  const text =
    `["${firstPreviousHash}","0195f0a0-0000-7000-8000-000000000001","2026-11-04T10:20:30.007Z","api-key:k",` +
    '"policy.update","p",{"10":"ten","9":"nine","Z":{},"a":true,"b":[1.5,{"c":"é\\"\\n","d":null}]}]';
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  expect(hashAuditEntry(entry)).toBe(Buffer.from(digest).toString('hex'));
});

test('tells entries apart whose texts would join to the same', () => {
  const moved = { ...entry, action: 'policy.updatep', target: '' };
  expect(hashAuditEntry(moved)).not.toBe(hashAuditEntry(entry));
});
