import { describe, expect, test } from 'vitest';
import { auditDependency, dependencyOf } from '../../src/gateway/dependency-audit.ts';
import type { Candidate, Exclusion } from '../../src/model/route.ts';
import type { LedgerStore } from '../../src/stores/ledger-store.ts';
import { openSqliteStores } from '../../src/stores/sqlite/open-sqlite-stores.ts';
import { attempted, closed, idAt, opened, settled, usage } from '../../src/testing/ledger-entries.ts';
import { candidate } from '../support/candidates.ts';
import { manualClock } from '../support/manual-clock.ts';
import { closeAfterTest, principal } from '../support/open-gate.ts';

const now = Date.UTC(2026, 10, 22);
const dayMs = 86_400_000;
const auditor = principal({ roles: [{ role: 'AUDITOR' }] });

function seen(vendor: string, status: Candidate['status'], expectedCost?: bigint, id = `${vendor}-eu`): Candidate {
  const { endpoint, provider } = candidate(id, { provider: { vendor } });
  const exclusion: Exclusion = { code: 'REGION', detail: 'x', enforced: true };
  const exclusions = status === 'EXCLUDED' ? [exclusion] : [];
  return { endpoint, provider, status, exclusions, score: [], ...(expectedCost === undefined ? {} : { expectedCost }) };
}

/** One attempt at the first candidate, at this cost. */
async function book(
  ledger: LedgerStore,
  serial: number,
  cost: bigint,
  candidates: readonly Candidate[],
  at = now - dayMs,
  projectId = 'bank',
): Promise<void> {
  const completion = opened(idAt(at, serial), at, {
    tenantId: projectId,
    projectId,
    projectPath: [projectId],
    route: { candidates, policies: [], findings: [], workload: 'default' },
  });
  await ledger.openCompletion(completion);
  const first = candidates.find(({ status }) => status === 'SELECTED');
  const { endpoint, provider } = first ?? {};
  if (endpoint !== undefined && provider !== undefined) {
    const attempt = attempted(completion, 10_000 + serial, {
      endpointId: endpoint.id,
      modelId: endpoint.modelId,
      providerId: provider.id,
      vendor: provider.vendor,
    });
    await ledger.openAttempt(attempt);
    await ledger.settleAttempt(settled(attempt, { usage: usage(1, cost) }));
  }
  await ledger.closeCompletion(
    closed(completion, endpoint === undefined ? { status: 'REFUSED' } : { endpointId: endpoint.id }),
  );
}

async function open() {
  const { ledger, access, close } = await openSqliteStores({ file: ':memory:' });
  closeAfterTest(close);
  return { ledger, access, clock: manualClock(now) };
}

test('counts by hand: shares of spend, requests that hang on one vendor, and what the others would have cost elsewhere', async () => {
  const parts = await open();
  const { ledger } = parts;
  // Covered: 100 of acme, another would have cost 150; 60 of acme, another 40; 20 of zeta, another of unknown price.
  await book(ledger, 1, 100n, [
    seen('acme', 'SELECTED', 90n),
    seen('zeta', 'FALLBACK', 150n),
    seen('omega', 'OUTRANKED', 1n),
  ]);
  await book(ledger, 2, 60n, [
    seen('acme', 'SELECTED'),
    seen('acme', 'FALLBACK', 1n, 'acme-us'),
    seen('zeta', 'OUTRANKED', 40n),
  ]);
  await book(ledger, 3, 20n, [seen('zeta', 'SELECTED', 20n), seen('acme', 'FALLBACK')]);
  // Stranded: the only other one is of the same vendor, or was excluded.
  await book(ledger, 4, 200n, [seen('acme', 'SELECTED', 1n), seen('acme', 'FALLBACK', 2n, 'acme-us')]);
  await book(ledger, 5, 20n, [seen('zeta', 'SELECTED', 1n), seen('acme', 'EXCLUDED', 2n)]);
  // Neither was routed; and one before the window.
  await book(ledger, 6, 0n, [seen('acme', 'EXCLUDED', 1n)]);
  await book(ledger, 7, 1000n, [seen('acme', 'SELECTED', 1n)], now - 3 * dayMs);
  expect(await auditDependency(parts, auditor, 2 * dayMs)).toEqual({
    coveredShare: 180 / 400,
    vendors: [
      { vendor: 'acme', share: 360 / 400, stranded: 1, failoverCostDelta: 50n - 20n },
      { vendor: 'zeta', share: 40 / 400, stranded: 1, failoverCostDelta: 0n },
    ],
  });
});

test('tells nothing covered without traffic, and weighs requests alike where nothing was spent', async () => {
  const parts = await open();
  expect(await auditDependency(parts, auditor, dayMs)).toEqual({ vendors: [] });
  await book(parts.ledger, 1, 0n, [seen('acme', 'EXCLUDED', 1n)]);
  expect(await auditDependency(parts, auditor, 2 * dayMs)).toEqual({ vendors: [] });
  await book(parts.ledger, 2, 0n, [seen('acme', 'SELECTED', 0n), seen('zeta', 'FALLBACK', 3n)]);
  for (const serial of [3, 4, 5]) await book(parts.ledger, serial, 0n, [seen('acme', 'SELECTED', 0n)]);
  expect(await auditDependency(parts, auditor, 2 * dayMs)).toEqual({
    coveredShare: 0.25,
    vendors: [{ vendor: 'acme', share: 1, stranded: 3, failoverCostDelta: 3n }],
  });
});

test('shows a member nothing of other projects', async () => {
  const parts = await open();
  await book(parts.ledger, 1, 5n, [seen('acme', 'SELECTED', 1n)], now - dayMs, 'bank');
  await book(parts.ledger, 2, 7n, [seen('zeta', 'SELECTED', 1n), seen('acme', 'FALLBACK', 9n)], now - dayMs, 'shop');
  const audit = await auditDependency(parts, principal({ projectId: 'shop' }), 2 * dayMs);
  expect(audit).toEqual({
    coveredShare: 1,
    vendors: [{ vendor: 'zeta', share: 1, stranded: 0, failoverCostDelta: 2n }],
  });
});

test('scales what a sample shows to all, and stops after ten seconds', async () => {
  const { ledger, access, clock } = await open();
  for (let serial = 1; serial <= 4; serial++) {
    await book(ledger, serial, 10n, [
      seen('acme', 'SELECTED', 1n),
      ...(serial > 1 ? [seen('zeta', 'FALLBACK', 15n)] : []),
    ]);
  }
  let pages = 0;
  const slow: LedgerStore = {
    ...ledger,
    countRequests: async () => 400_000,
    async recordedRequests(filter, oneOf, page) {
      expect(oneOf).toBe(4);
      pages += 1;
      clock.advance(4000);
      const found = await ledger.recordedRequests(filter, 1, { first: page.first });
      return { ...found, hasNextPage: true };
    },
  };
  const audit = await auditDependency({ ledger: slow, access, clock }, auditor, 2 * dayMs);
  expect(pages).toBe(3);
  expect(audit).toMatchObject({
    coveredShare: 0.75,
    vendors: [{ vendor: 'acme', stranded: 100_000, failoverCostDelta: 5n * 300_000n }],
  });
});

describe('a recorded request hangs on', () => {
  const of = (candidates: readonly Candidate[], endpointId?: string): Parameters<typeof dependencyOf>[0] => ({
    status: 'FINISHED',
    route: { candidates, policies: [], findings: [], workload: 'x' },
    ...(endpointId === undefined ? {} : { endpointId }),
  });

  test('the vendor that answered, not the one that was chosen first', () => {
    const [acme, zeta] = [seen('acme', 'SELECTED', 5n), seen('zeta', 'FALLBACK', 7n)];
    expect(dependencyOf(of([acme, zeta], zeta.endpoint.id))).toEqual({ vendor: 'zeta', hasOther: true, otherCost: 5n });
    expect(dependencyOf(of([acme, zeta]))).toEqual({ vendor: 'acme', hasOther: true, otherCost: 7n });
  });

  test('nobody where it was refused, not routed, or not recorded with vendors', () => {
    const { provider: _, ...bare } = seen('acme', 'SELECTED');
    expect(dependencyOf(of([]))).toBeUndefined();
    expect(dependencyOf(of([bare]))).toBeUndefined();
    expect(dependencyOf({ status: 'FINISHED' })).toBeUndefined();
    expect(dependencyOf({ ...of([seen('acme', 'SELECTED')]), status: 'REFUSED' })).toBeUndefined();
  });
});
