import type { NanoDollars } from '../model/money.ts';
import type { Principal } from '../model/principal.ts';
import type { RecordedRequest } from '../stores/ledger-store.ts';
import type { GatewayParts } from './core.ts';
import { sampleRecorded } from './sample-recorded.ts';
import { visibleFilter } from './visibility.ts';

/** How much of the traffic hangs on one vendor, and what would happen without it. */
export interface DependencyAudit {
  /** The part of what was spent on requests which another vendor could have answered too; absent without traffic. */
  readonly coveredShare?: number;
  /** The one with the largest share first. */
  readonly vendors: readonly VendorDependency[];
}

export interface VendorDependency {
  readonly vendor: string;
  /** From 0 to 1, of what was spent. */
  readonly share: number;
  /** Requests that no other vendor could have answered under the policies that they were made under. */
  readonly stranded: number;
  /** What the others would have cost elsewhere, by what was expected of it then, less what they did cost. */
  readonly failoverCostDelta: NanoDollars;
}

/** What a recorded request hung on. */
interface Dependency {
  readonly vendor: string;
  readonly hasOther: boolean;
  /** Of the best candidate of another vendor; absent where there is none, or its price was not known. */
  readonly otherCost?: NanoDollars;
}

const mostVendors = 500;
/** What shares are reckoned in, so that only the last step is a floating number. */
const shareUnit = 1_000_000_000_000n;

/** The vendor that answered, or was chosen to; undefined where the request was refused, or not routed to any. */
export function dependencyOf({
  status,
  route,
  endpointId,
}: Pick<RecordedRequest, 'status' | 'route' | 'endpointId'>): Dependency | undefined {
  if (status === 'REFUSED') return undefined;
  const candidates = route?.candidates ?? [];
  const served =
    candidates.find(({ endpoint }) => endpoint.id === endpointId) ??
    candidates.find(({ status }) => status === 'SELECTED');
  const vendor = served?.provider?.vendor;
  if (vendor === undefined) return undefined;
  // Best first. Of excluded candidates the first reason alone is recorded, so that none of them counts.
  const others = candidates.filter(
    ({ status, provider }) => status !== 'EXCLUDED' && provider !== undefined && provider.vendor !== vendor,
  );
  const otherCost = others[0]?.expectedCost;
  return { vendor, hasOther: others.length > 0, ...(otherCost === undefined ? {} : { otherCost }) };
}

/**
 * Looks at recorded requests as they were routed; nothing is judged anew. Where only a sample of them is looked at, counts and
 * amounts are scaled to all.
 */
export async function auditDependency(
  parts: Pick<GatewayParts, 'ledger' | 'access' | 'clock'>,
  principal: Principal,
  windowMs: number,
): Promise<DependencyAudit> {
  const { ledger, access, clock } = parts;
  const to = clock.now();
  const filter = await visibleFilter(principal, { from: Math.max(0, to - windowMs), to }, access);
  const byVendor = new Map<string, { stranded: number; costDelta: NanoDollars; requests: number }>();
  let spent = 0n;
  let coveredSpent = 0n;
  let routed = 0;
  let covered = 0;

  function add({ vendor, hasOther, otherCost }: Dependency, cost: NanoDollars): void {
    const tally = byVendor.get(vendor) ?? { stranded: 0, costDelta: 0n, requests: 0 };
    byVendor.set(vendor, tally);
    tally.requests += 1;
    routed += 1;
    spent += cost;
    if (!hasOther) {
      tally.stranded += 1;
      return;
    }
    covered += 1;
    coveredSpent += cost;
    if (otherCost !== undefined) tally.costDelta += otherCost - cost;
  }

  const { requests, examined } = await sampleRecorded(parts, filter, async page => {
    const dependencies = page.flatMap(request => {
      const dependency = dependencyOf(request);
      return dependency === undefined ? [] : [{ request, dependency }];
    });
    const costs = await ledger.costs(dependencies.map(({ request }) => request));
    for (const { request, dependency } of dependencies) add(dependency, costs.get(request.id) ?? 0n);
  });
  const usage = await ledger.usage({
    filter,
    groupBy: ['VENDOR'],
    groupByLabels: [],
    orderBy: 'COST',
    first: mostVendors,
  });
  const spentBy = new Map(usage.groups.map(({ keys, total }) => [keys[0]?.value ?? '', total.cost]));
  const names = [...new Set([...spentBy.keys(), ...byVendor.keys()])].filter(name => name !== '');
  const vendors = names.map((vendor): VendorDependency => {
    const tally = byVendor.get(vendor);
    return {
      vendor,
      share:
        usage.total.cost > 0n
          ? shareOf(spentBy.get(vendor) ?? 0n, usage.total.cost)
          : shareOf(BigInt(tally?.requests ?? 0), BigInt(routed)),
      stranded: Math.round(((tally?.stranded ?? 0) * requests) / Math.max(1, examined)),
      failoverCostDelta: ((tally?.costDelta ?? 0n) * BigInt(requests)) / BigInt(Math.max(1, examined)),
    };
  });
  const coveredShare = spent > 0n ? shareOf(coveredSpent, spent) : shareOf(BigInt(covered), BigInt(routed));
  return {
    ...(routed === 0 ? {} : { coveredShare }),
    vendors: vendors.sort((left, right) => right.share - left.share || (left.vendor < right.vendor ? -1 : 1)),
  };
}

function shareOf(part: bigint, whole: bigint): number {
  return whole === 0n ? 0 : Number((part * shareUnit) / whole) / Number(shareUnit);
}
