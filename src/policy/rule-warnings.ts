import type { PolicyRules } from '../model/policy.ts';
import type { EndpointFacts } from './constraint.ts';
import { matchesAny } from './pattern.ts';
import { liesIn } from './regions.ts';
import { modelAccessConstraint } from './rules/models.ts';
import { regionConstraint } from './rules/region.ts';

/** Something in a rule that does no harm, but is probably not what was meant. */
export interface RuleWarning {
  /** `rules.models.allow.0` */
  readonly path: string;
  readonly message: string;
}

/**
 * Looks for what matches nothing in the catalogue as it is now.
 *
 * @param endpoints All that the catalogue knows.
 */
export function warningsOf(
  rules: PolicyRules,
  endpoints: readonly EndpointFacts[],
  path = 'rules',
): readonly RuleWarning[] {
  const warnings: RuleWarning[] = [];
  function warn(place: string, message: string): void {
    warnings.push({ path: `${path}.${place}`, message });
  }
  /** Names each entry of a list that matches nothing. */
  function check(
    place: string,
    entries: readonly string[] | undefined,
    what: string,
    matches: (entry: string) => boolean,
  ) {
    for (const [index, entry] of (entries ?? []).entries()) {
      if (!matches(entry)) warn(`${place}.${index}`, `no ${what} matches "${entry}"`);
    }
  }
  const { region, models, content } = rules;
  const modelNames = endpoints.flatMap(({ model, endpoint }) => [model.id, endpoint.id]);
  const providerNames = [...new Set(endpoints.flatMap(({ provider }) => [provider.id, provider.vendor]))];
  const regions = [...new Set(endpoints.flatMap(({ provider }) => provider.region ?? []))];
  const isModel = nameIn(modelNames);
  const isProvider = nameIn(providerNames);
  const hasEndpoint = (area: string) => regions.some(place => liesIn(place, area));

  check('region.allow', region?.allow, "endpoint's region", hasEndpoint);
  check('region.deny', region?.deny, "endpoint's region", hasEndpoint);
  check('models.allow', models?.allow, 'model', isModel);
  check('models.deny', models?.deny, 'model', isModel);
  check('models.allowProviders', models?.allowProviders, 'provider', isProvider);
  check('models.denyProviders', models?.denyProviders, 'provider', isProvider);
  for (const [kind, constraint] of [
    ['region', region === undefined ? undefined : regionConstraint(region)],
    ['models', models === undefined ? undefined : modelAccessConstraint(models)],
  ] as const) {
    if (constraint !== undefined && endpoints.every(facts => constraint.rejects(facts).length > 0)) {
      warn(kind, 'no endpoint of the catalogue is left');
    }
  }
  for (const [index, { detect }] of (content ?? []).entries()) {
    if (new Set(detect).size < detect.length) warn(`content.${index}.detect`, 'a detector is named twice');
  }
  return warnings;
}

/** Whether an entry names, or as a pattern matches, one of many. */
function nameIn(names: readonly string[]): (entry: string) => boolean {
  const known = new Set(names.map(name => name.toLowerCase()));
  return entry => (entry.includes('*') ? matchesAny([entry], names) : known.has(entry.toLowerCase()));
}
