import type { PolicyRules, RegionRule } from '../../model/policy.ts';
import type { Constraint, Rejection } from '../constraint.ts';
import { liesIn } from '../regions.ts';
import type { Demands, Rule } from '../rule.ts';

/**
 * Rejects endpoints outside the allowed regions, or inside a denied one.
 *
 * An endpoint without a known region fails any demand.
 */
export function regionConstraint({ allow, deny }: Pick<RegionRule, 'allow' | 'deny'>): Constraint {
  return {
    rejects({ provider }) {
      const { region } = provider;
      const rejections: Rejection[] = [];
      if (allow !== undefined && (region === undefined || !allow.some(area => liesIn(region, area)))) {
        rejections.push({ code: 'REGION', detail: `${region ?? 'an unknown region'} is not in [${allow.join(', ')}]` });
      }
      if (deny !== undefined && deny.length > 0) {
        // A region that is coarser than a denied one may be it.
        const hit = region === undefined ? 'unknown' : deny.find(area => liesIn(region, area) || liesIn(area, region));
        if (hit !== undefined) {
          rejections.push({
            code: 'REGION',
            detail: `${region ?? 'an unknown region'} may be in denied [${deny.join(', ')}]`,
          });
        }
      }
      return rejections;
    },
  };
}

/** Keeps every completion inside the allowed regions; with settings, for everybody. */
export function region(settings?: RegionRule): Rule {
  return {
    kind: 'REGION',
    ...(settings === undefined ? {} : { settings: { region: settings } }),
    demands: regionDemands,
  };
}

function regionDemands({ region: rule }: PolicyRules): Demands {
  if (rule === undefined) return {};
  const constraints = [regionConstraint(rule)];
  return { constraints, cutting: rule.cutStreams === true ? constraints : [] };
}
