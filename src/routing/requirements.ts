import { isDeprecatedOn } from '../model/catalog.ts';
import type { RoutingPreferences } from '../model/completion-request.ts';
import type { NanoDollars } from '../model/money.ts';
import type { Exclusion, ExclusionCode } from '../model/route.ts';
import type { CandidateFacts, RequestNeeds } from './candidate.ts';

/** What the hard filters look at beside the candidate. */
export interface Requirements {
  readonly needs: RequestNeeds;
  readonly preferences: RoutingPreferences;
  /** `auto` demands support of every feature, a known price, and nothing deprecated. */
  readonly isAuto: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The day of it in UTC: `YYYY-MM-DD`. */
  readonly today: string;
}

/** Every reason of capability, price, the caller's lists and health against a candidate. Pure. */
export function unmetRequirements(candidate: CandidateFacts, requirements: Requirements): readonly Exclusion[] {
  const exclusions: Exclusion[] = [];
  function exclude(code: ExclusionCode, detail: string): void {
    exclusions.push({ code, detail, enforced: true });
  }
  const { endpoint, provider } = candidate;

  if (!candidate.hasCredential) exclude('CREDENTIALS', `no usable credential for ${provider.id} is configured`);
  checkFeatures(candidate, requirements, exclude);
  checkCallerLists(candidate, requirements.preferences, exclude);
  checkPrice(candidate, requirements, exclude);

  const { inputTokens } = requirements.needs;
  if (inputTokens >= endpoint.contextTokens) {
    exclude('CONTEXT_LENGTH', `about ${inputTokens} tokens do not fit into ${endpoint.contextTokens}`);
  }
  if (requirements.isAuto && isDeprecatedOn(endpoint, requirements.today))
    exclude('DEPRECATED', 'auto uses no deprecated model');
  if (candidate.health.state === 'OPEN') exclude('UNHEALTHY', 'its calls have failed of late');
  if (candidate.coolingUntil !== undefined && candidate.coolingUntil > requirements.now) {
    const seconds = Math.ceil((candidate.coolingUntil - requirements.now) / 1000);
    exclude('UNHEALTHY', `the provider asked to wait ${seconds} s more`);
  }
  if (candidate.areCredentialsRejected === true) {
    exclude('UNHEALTHY', `${provider.id} has rejected the gateway's credentials lately`);
  }
  return exclusions;
}

/** Whether a list entry names this provider: by its id or its vendor, exactly. */
export function namesProvider(
  entry: string,
  { provider, endpoint }: Pick<CandidateFacts, 'provider' | 'endpoint'>,
): boolean {
  return entry === provider.id || entry === provider.vendor || endpoint.id.endsWith(`@${entry}`);
}

/** Whether the request's `providerOptions` are all written for other protocols than this endpoint's. */
export function dropsOptions(
  { provider }: Pick<CandidateFacts, 'provider'>,
  { optionProtocols }: RequestNeeds,
): boolean {
  return optionProtocols.length > 0 && !optionProtocols.includes(provider.protocol ?? '');
}

type Exclude = (code: ExclusionCode, detail: string) => void;

function checkFeatures(
  candidate: CandidateFacts,
  { needs, preferences, isAuto }: Requirements,
  exclude: Exclude,
): void {
  const { endpoint } = candidate;
  const demanded =
    preferences.requireParameters || isAuto ? [...needs.capabilities, ...needs.wishes] : needs.capabilities;
  const lacking = demanded.filter(capability => !endpoint.capabilities.includes(capability));
  if (lacking.length > 0) exclude('PARAMETERS', `does not support ${lacking.join(', ')}`);

  const unread = needs.inputModalities.filter(modality => !endpoint.inputModalities.includes(modality));
  if (unread.length > 0) exclude('MODALITY', `does not read ${unread.join(', ')}`);

  if (preferences.requireParameters || isAuto) {
    const untaken = needs.parameters.filter(
      name => endpoint.unsupportedParameters.includes(name) || candidate.protocolLacks.includes(name),
    );
    if (untaken.length > 0) exclude('PARAMETERS', `does not take ${untaken.join(', ')}`);
    if (dropsOptions(candidate, needs)) exclude('PARAMETERS', 'the providerOptions are of another protocol');
  }
  const { quantizations } = preferences;
  const quantization = endpoint.quantization ?? 'unknown';
  if (quantizations !== undefined && !quantizations.includes(quantization)) {
    exclude('QUANTIZATION', `${quantization} is not in [${quantizations.join(', ')}]`);
  }
}

function checkCallerLists(candidate: CandidateFacts, preferences: RoutingPreferences, exclude: Exclude): void {
  const { only, ignore, order, allowFallbacks } = preferences;
  if (ignore.some(entry => namesProvider(entry, candidate)))
    exclude('CALLER_IGNORED', 'the caller ignores this provider');
  if (only !== undefined && !only.some(entry => namesProvider(entry, candidate))) {
    exclude('CALLER_ONLY', 'not among the providers that the caller allows');
  }
  if (!allowFallbacks && order.length > 0 && !order.some(entry => namesProvider(entry, candidate))) {
    exclude('CALLER_ONLY', 'not in the order that the caller gave without fallbacks');
  }
}

function checkPrice({ endpoint }: CandidateFacts, { preferences, isAuto }: Requirements, exclude: Exclude): void {
  const { price } = endpoint;
  const { maxPrice } = preferences;
  if (isAuto && (price?.input === undefined || price.output === undefined)) {
    exclude('UNKNOWN_PRICE', 'auto uses no model without a known price');
  }
  if (maxPrice === undefined) return;
  const ceilings: readonly (readonly [string, NanoDollars | undefined, NanoDollars | undefined])[] = [
    [
      'input',
      maxPrice.input,
      dearest(
        price?.input,
        price?.tiers.map(tier => tier.input),
      ),
    ],
    [
      'output',
      maxPrice.output,
      dearest(
        price?.output,
        price?.tiers.map(tier => tier.output),
      ),
    ],
    ['request', maxPrice.request, price === undefined ? undefined : (price.request ?? 0n)],
  ];
  for (const [name, ceiling, asked] of ceilings) {
    if (ceiling === undefined) continue;
    if (asked === undefined) exclude('UNKNOWN_PRICE', `its ${name} price is not known, and a ceiling is set`);
    else if (asked > ceiling) exclude('MAX_PRICE', `its ${name} price is above the ceiling`);
  }
}

function dearest(
  base: NanoDollars | undefined,
  tiers: readonly (NanoDollars | undefined)[] = [],
): NanoDollars | undefined {
  return tiers.reduce((most, tier) => (tier !== undefined && (most === undefined || tier > most) ? tier : most), base);
}
