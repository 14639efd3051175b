import type { Gateway } from '../../gateway/gateway.ts';
import type { Endpoint, Model } from '../../model/catalog.ts';
import type { NanoDollars } from '../../model/money.ts';
import type { Principal } from '../../model/principal.ts';
import type { ExclusionCode } from '../../model/route.ts';

type ModelDocument = Readonly<Record<string, unknown>>;

/** Exclusions that hold whatever is asked and whenever: a model is not listed where these bar all its endpoints. */
const lastingExclusions: ReadonlySet<ExclusionCode> = new Set<ExclusionCode>([
  'REGION',
  'RETENTION',
  'TRAINING',
  'MODEL_ACCESS',
  'PROVIDER_ACCESS',
]);

/** The models that the principal can reach here, in OpenAI's shape with OpenRouter's members. */
export function listModels(gateway: Gateway, principal: Principal): readonly ModelDocument[] {
  const exclusionsOf = gateway.exclusionsFor(principal);
  const endpoints = new Map<string, Endpoint[]>();
  for (const endpoint of gateway.catalog.configuredEndpoints) {
    if (exclusionsOf(endpoint).some(({ code, enforced }) => enforced && lastingExclusions.has(code))) continue;
    const found = endpoints.get(endpoint.modelId);
    if (found === undefined) endpoints.set(endpoint.modelId, [endpoint]);
    else found.push(endpoint);
  }
  return gateway.catalog.models.flatMap(model => {
    const reachable = endpoints.get(model.id);
    return reachable === undefined ? [] : [writeModel(model, reachable)];
  });
}

/** One of those models, by its id, an alias, or an endpoint's id. Undefined: none that the principal can reach. */
export function findModel(gateway: Gateway, principal: Principal, name: string): ModelDocument | undefined {
  const resolved = gateway.catalog.resolve(name);
  const model = resolved === undefined ? undefined : gateway.catalog.model(resolved.modelId);
  if (model === undefined) return undefined;
  const exclusionsOf = gateway.exclusionsFor(principal);
  const reachable = gateway.catalog
    .endpointsOf(model.id)
    .filter(endpoint => gateway.catalog.isConfigured(endpoint.providerId))
    .filter(endpoint => !exclusionsOf(endpoint).some(({ code, enforced }) => enforced && lastingExclusions.has(code)));
  return reachable.length === 0 ? undefined : writeModel(model, reachable);
}

function writeModel(model: Model, endpoints: readonly Endpoint[]): ModelDocument {
  const cheapest = endpoints.reduce((best, endpoint) => (unitPrice(endpoint) < unitPrice(best) ? endpoint : best));
  const { price } = cheapest;
  return {
    id: model.id,
    object: 'model',
    created: model.releasedAt === undefined ? 0 : Math.floor(Date.parse(model.releasedAt) / 1_000) || 0,
    owned_by: model.author,
    name: model.name,
    ...(model.description === undefined ? {} : { description: model.description }),
    context_length: model.contextTokens,
    architecture: {
      input_modalities: model.inputModalities.map(modality => modality.toLowerCase()),
      output_modalities: model.outputModalities.map(modality => modality.toLowerCase()),
    },
    ...(price === undefined
      ? {}
      : {
          pricing: {
            ...(price.input === undefined ? {} : { prompt: dollarsPerToken(price.input) }),
            ...(price.output === undefined ? {} : { completion: dollarsPerToken(price.output) }),
            ...(price.cacheRead === undefined ? {} : { input_cache_read: dollarsPerToken(price.cacheRead) }),
          },
        }),
    top_provider: {
      context_length: cheapest.contextTokens,
      max_completion_tokens: cheapest.maxOutputTokens ?? model.maxOutputTokens ?? null,
    },
    endpoints: endpoints.map(endpoint => endpoint.id),
  };
}

/** Input and output together; an unknown price is dearer than any known one. */
function unitPrice({ price }: Endpoint): bigint {
  const unknown = 1n << 80n;
  return (price?.input ?? unknown) + (price?.output ?? unknown);
}

/** Nano-dollars per million tokens as decimal dollars per token, the unit of OpenRouter's price lists. */
function dollarsPerToken(perMillion: NanoDollars): string {
  const digits = perMillion.toString().padStart(16, '0');
  const places = digits.slice(-15).replace(/0+$/, '');
  const whole = digits.slice(0, -15);
  return places === '' ? whole : `${whole}.${places}`;
}
