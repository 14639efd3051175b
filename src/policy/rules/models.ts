import type { ModelAccessRule, PolicyRules } from '../../model/policy.ts';
import type { Constraint, Rejection } from '../constraint.ts';
import { patternMatcher } from '../pattern.ts';
import type { Demands, Rule } from '../rule.ts';

type ModelDemands = Omit<ModelAccessRule, 'cutStreams'>;

/** Rejects endpoints whose model, or whose provider by id or vendor, is not allowed, or is denied. */
export function modelAccessConstraint(demanded: ModelDemands): Constraint {
  const allows = demanded.allow === undefined ? undefined : patternMatcher(demanded.allow);
  const denies = patternMatcher(demanded.deny ?? []);
  const allowsProvider = demanded.allowProviders === undefined ? undefined : patternMatcher(demanded.allowProviders);
  const deniesProvider = patternMatcher(demanded.denyProviders ?? []);
  return {
    rejects({ endpoint, model, provider }) {
      const rejections: Rejection[] = [];
      const modelNames = [model.id, endpoint.id];
      const providerNames = [provider.id, provider.vendor];
      if (allows?.(modelNames) === false) {
        rejections.push({ code: 'MODEL_ACCESS', detail: `${model.id} is not among the allowed models` });
      }
      if (denies(modelNames)) rejections.push({ code: 'MODEL_ACCESS', detail: `${model.id} is denied` });
      if (allowsProvider?.(providerNames) === false) {
        rejections.push({ code: 'PROVIDER_ACCESS', detail: `${provider.id} is not among the allowed providers` });
      }
      if (deniesProvider(providerNames)) {
        rejections.push({ code: 'PROVIDER_ACCESS', detail: `${provider.id} is denied` });
      }
      return rejections;
    },
  };
}

/** Says which models and providers may be used; with settings, by everybody. */
export function modelAccess(settings?: ModelAccessRule): Rule {
  return {
    kind: 'MODELS',
    ...(settings === undefined ? {} : { settings: { models: settings } }),
    demands: modelDemands,
  };
}

function modelDemands({ models: rule }: PolicyRules): Demands {
  if (rule === undefined) return {};
  const constraints = [modelAccessConstraint(rule)];
  return { constraints, cutting: rule.cutStreams === true ? constraints : [] };
}
