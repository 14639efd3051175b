import type { Constraint } from './constraint.ts';

/**
 * Rejects endpoints whose models use tools of their provider by themselves, such as searching the web, unless the
 * configuration allows that provider to: what such a tool is told leaves the provider.
 *
 * In force for everybody, whatever the policies say: they can narrow what the configuration opens, and never open it.
 */
export const serverToolConstraint: Constraint = {
  rejects({ endpoint, model, provider }) {
    if (endpoint.runsServerTools !== true || provider.allowServerTools === true) return [];
    const detail = `${model.id} uses tools of ${provider.id}, which allowServerTools of its configuration does not allow`;
    return [{ code: 'MODEL_ACCESS', detail }];
  },
};
