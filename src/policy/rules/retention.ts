import type { DataPolicy, Retention } from '../../model/catalog.ts';
import type { PolicyRules, RetentionRule } from '../../model/policy.ts';
import type { Constraint, Rejection } from '../constraint.ts';
import type { Demands, Rule } from '../rule.ts';

/** From the least kept to the most; UNKNOWN counts as the most. */
const strictness: Readonly<Record<Retention, number>> = {
  NONE: 0,
  SAFETY_ONLY: 1,
  LIMITED: 2,
  INDEFINITE: 3,
  UNKNOWN: 3,
};

type ProviderDemands = Pick<RetentionRule, 'provider' | 'maxRetentionDays' | 'allowTraining'>;

/** Rejects endpoints whose provider keeps prompts longer than demanded, or trains on them. Unknown counts as both. */
export function retentionConstraint(demanded: ProviderDemands): Constraint {
  // Settings in code may come from a program without types: what is not known must not pass for nothing.
  if (demanded.provider !== undefined && !Object.hasOwn(strictness, demanded.provider)) {
    throw new TypeError(`retention.provider: must be one of ${Object.keys(strictness).join(', ')}`);
  }
  return {
    rejects({ provider }) {
      const rejections: Rejection[] = [];
      const policy = provider.dataPolicy;
      const kept = keptTooLong(policy, demanded);
      if (kept !== undefined) rejections.push({ code: 'RETENTION', detail: kept });
      if (demanded.allowTraining === false && policy.training !== false) {
        const how = policy.training === true ? 'trains on prompts' : 'may train on prompts (not known)';
        rejections.push({ code: 'TRAINING', detail: `${provider.id} ${how}` });
      }
      return rejections;
    },
  };
}

/** Demands on what providers may keep and train on; with settings, for everybody. */
export function retention(settings?: RetentionRule): Rule {
  return {
    kind: 'RETENTION',
    ...(settings === undefined ? {} : { settings: { retention: settings } }),
    demands: retentionDemands,
  };
}

function keptTooLong(policy: DataPolicy, { provider: most, maxRetentionDays }: ProviderDemands): string | undefined {
  const kept = describe(policy);
  if (most !== undefined && strictness[policy.retention] > strictness[most])
    return `${kept}, at most ${most} is allowed`;
  if (maxRetentionDays === undefined || policy.retention === 'NONE') return undefined;
  const days = policy.retention === 'INDEFINITE' || policy.retention === 'UNKNOWN' ? undefined : policy.retentionDays;
  if (days === undefined || days > maxRetentionDays) return `${kept}, at most ${maxRetentionDays} days are allowed`;
  return undefined;
}

function describe(policy: DataPolicy): string {
  return policy.retentionDays === undefined
    ? `retention ${policy.retention}`
    : `retention ${policy.retentionDays} days`;
}

function retentionDemands({ retention: rule }: PolicyRules): Demands {
  if (rule === undefined) return {};
  return {
    constraints: [retentionConstraint(rule)],
    mayStore: rule.provider !== 'NONE' && rule.maxRetentionDays !== 0,
    ...(rule.gatewayContentMs === undefined ? {} : { keepContentMs: rule.gatewayContentMs }),
    ...(rule.gatewayFactsMs === undefined ? {} : { keepFactsMs: rule.gatewayFactsMs }),
  };
}
