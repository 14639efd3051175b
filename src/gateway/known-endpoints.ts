import { GatewayError } from '../errors.ts';
import { dataPolicyOn, type Endpoint } from '../model/catalog.ts';
import type { Exclusion } from '../model/route.ts';
import type { BoundConstraint, EndpointFacts } from '../policy/constraint.ts';
import { type Evaluation, exclusionsOf } from '../policy/evaluate.ts';
import type { Configured, ConfiguredProvider } from './core.ts';

/** An endpoint with all that is the same for every request of a day. */
export interface KnownEndpoint extends EndpointFacts {
  /** Absent where the provider is not configured: it is listed, and never called. */
  readonly configured?: ConfiguredProvider;
  /** Parameters that the provider's protocol has no place for. */
  readonly protocolLacks: readonly string[];
}

/** What one configuration knows on one day. */
interface KnownDay {
  readonly today: string;
  readonly byEndpoint: Map<Endpoint, KnownEndpoint>;
  /** By the id of what a name stands for. */
  readonly lists: Map<string, readonly KnownEndpoint[]>;
}

const knownDays = new WeakMap<Configured, KnownDay>();

/** The day of an instant in UTC: `YYYY-MM-DD`. */
export function dayOf(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 10);
}

/** An endpoint with its model and its provider, whose data policy is as it counts on this day. */
export function knownEndpoint(configured: Configured, endpoint: Endpoint, today: string): KnownEndpoint | undefined {
  const { byEndpoint } = knownDay(configured, today);
  let known = byEndpoint.get(endpoint);
  if (known === undefined) {
    known = readEndpoint(configured, endpoint, today);
    if (known !== undefined) byEndpoint.set(endpoint, known);
  }
  return known;
}

/**
 * The endpoints that a name stands for: of a model, an endpoint or an alias, or with `auto` all that are configured. The
 * same array, while configuration and day are the same.
 *
 * @throws {GatewayError} NOT_FOUND for a model that nobody knows.
 */
export function endpointsNamed(configured: Configured, name: string, today: string): readonly KnownEndpoint[] {
  const { catalog } = configured;
  const resolved = name === 'auto' ? undefined : catalog.resolve(name);
  if (name !== 'auto' && resolved === undefined) {
    throw new GatewayError('NOT_FOUND', `There is no model "${clip(name)}".`, { path: 'model' });
  }
  const key = resolved === undefined ? 'auto' : (resolved.endpointId ?? resolved.modelId);
  const { lists } = knownDay(configured, today);
  let list = lists.get(key);
  if (list === undefined) {
    list = endpoints().flatMap(endpoint => knownEndpoint(configured, endpoint, today) ?? []);
    lists.set(key, list);
  }
  return list;

  function endpoints(): readonly Endpoint[] {
    if (resolved === undefined) return catalog.configuredEndpoints;
    if (resolved.endpointId === undefined) return catalog.endpointsOf(resolved.modelId);
    const endpoint = catalog.endpoint(resolved.endpointId);
    return endpoint === undefined ? [] : [endpoint];
  }
}

/** What the rules say of endpoints whatever the request is like: found once for as long as they are the same rules. */
interface Verdicts {
  readonly always: readonly BoundConstraint[];
  readonly byRequest: readonly BoundConstraint[];
  readonly exclusions: WeakMap<KnownEndpoint, readonly Exclusion[]>;
  readonly open: WeakMap<readonly KnownEndpoint[], readonly KnownEndpoint[]>;
}

const verdicts = new WeakMap<Evaluation, Verdicts>();

/** Every reason of the rules against an endpoint that holds for all requests. */
export function standingExclusions(evaluation: Evaluation, known: KnownEndpoint): readonly Exclusion[] {
  const { always, exclusions } = verdictsOf(evaluation);
  let found = exclusions.get(known);
  if (found === undefined) {
    found = exclusionsOf(known, always);
    exclusions.set(known, found);
  }
  return found;
}

/** The constraints whose answer depends on the request. */
export function constraintsByRequest(evaluation: Evaluation): readonly BoundConstraint[] {
  return verdictsOf(evaluation).byRequest;
}

/** The endpoints of a list that no rule excludes for all requests. */
export function openEndpoints(evaluation: Evaluation, list: readonly KnownEndpoint[]): readonly KnownEndpoint[] {
  const { open } = verdictsOf(evaluation);
  let found = open.get(list);
  if (found === undefined) {
    found = list.filter(known => standingExclusions(evaluation, known).every(({ enforced }) => !enforced));
    open.set(list, found);
  }
  return found;
}

function verdictsOf(evaluation: Evaluation): Verdicts {
  let found = verdicts.get(evaluation);
  if (found === undefined) {
    const { constraints } = evaluation;
    found = {
      always: constraints.filter(({ constraint }) => constraint.needsSize !== true),
      byRequest: constraints.filter(({ constraint }) => constraint.needsSize === true),
      exclusions: new WeakMap(),
      open: new WeakMap(),
    };
    verdicts.set(evaluation, found);
  }
  return found;
}

function knownDay(configured: Configured, today: string): KnownDay {
  let day = knownDays.get(configured);
  if (day === undefined || day.today !== today) {
    day = { today, byEndpoint: new Map(), lists: new Map() };
    knownDays.set(configured, day);
  }
  return day;
}

function readEndpoint(configured: Configured, endpoint: Endpoint, today: string): KnownEndpoint | undefined {
  const model = configured.catalog.model(endpoint.modelId);
  const provider = configured.catalog.provider(endpoint.providerId);
  if (model === undefined || provider === undefined) return undefined;
  const dataPolicy = dataPolicyOn(provider.dataPolicy, today);
  const called = configured.providers.get(endpoint.providerId);
  return {
    endpoint,
    model,
    provider: dataPolicy === provider.dataPolicy ? provider : { ...provider, dataPolicy },
    protocolLacks: called?.protocolLacks ?? [],
    ...(called === undefined ? {} : { configured: called }),
  };
}

function clip(name: string): string {
  return name.length > 80 ? `${name.slice(0, 80)}…` : name;
}
