import { GatewayError } from '../errors.ts';
import type { Capability, Modality, Price, PriceTier } from '../model/catalog.ts';
import type { CatalogFacts, FactSource, KnownEndpoint, KnownModel, KnownProvider } from './catalog-facts.ts';
import { present } from './known-price.ts';
import { ownModelId } from './own-model-id.ts';

/** The shape of the file; a file of another version is refused, and imported anew. */
const fileVersion = 1;

const modalityLetters: Readonly<Record<Modality, string>> = {
  TEXT: 'T',
  IMAGE: 'I',
  AUDIO: 'A',
  VIDEO: 'V',
  FILE: 'F',
};
const capabilityLetters: Readonly<Record<Capability, string>> = {
  TOOLS: 'T',
  JSON_SCHEMA: 'J',
  REASONING: 'R',
  STREAMING: 'S',
  PROMPT_CACHE: 'C',
  PREFIX: 'P',
};
const modalityLists = createListReader(modalityLetters);
const capabilityLists = createListReader(capabilityLetters);
const priceMembers = ['input', 'output', 'cacheRead', 'cacheWrite', 'cacheWriteLong', 'reasoning', 'request'] as const;
const noTiers: readonly PriceTier[] = [];
const tierMembers = ['input', 'output', 'cacheRead', 'cacheWrite'] as const;

/**
 * Whole nano-dollars per million tokens, by place: see `priceMembers`. Missing ones are null. They are numbers because the
 * highest price that is read, 1e15, is far below 2^53, and thousands of them are read at every start.
 */
type PriceRow = readonly (number | null)[];
type TierRow = readonly [number, ...(number | null)[]];

interface EndpointRow {
  readonly id: string;
  readonly model?: string;
  /** Joined to nothing when the facts were made: the model's id is `<provider>/<name>`. */
  readonly own?: boolean;
  readonly variant?: string;
  readonly base?: string;
  readonly name?: string;
  readonly price?: PriceRow;
  readonly tiers?: readonly TierRow[];
  readonly context?: number;
  readonly output?: number;
  readonly in?: string;
  readonly out?: string;
  readonly can?: string;
  readonly cannot?: string;
  readonly without?: readonly string[];
  readonly quantization?: string;
  readonly knowledge?: string;
  readonly released?: string;
  readonly deprecated?: boolean;
  readonly deprecatedFrom?: string;
}

type ModelRow = Pick<EndpointRow, 'id' | 'context' | 'output' | 'in' | 'out' | 'can' | 'knowledge' | 'released'> & {
  readonly name: string;
};

interface FactFile {
  readonly version: number;
  readonly source: FactSource;
  readonly models: readonly ModelRow[];
  readonly providers: readonly (KnownProvider & { readonly endpoints?: readonly EndpointRow[] })[];
}

/** Writes facts as compact JSON, one line per entry. Equal facts give equal bytes. */
export function encodeFacts(facts: CatalogFacts): string {
  const rows = new Map<string, EndpointRow[]>();
  for (const endpoint of facts.endpoints) {
    const list = rows.get(endpoint.providerId) ?? [];
    list.push(endpointRow(endpoint));
    rows.set(endpoint.providerId, list);
  }
  const known = new Map(facts.providers.map(provider => [provider.id, provider]));
  const ids = [...new Set([...known.keys(), ...rows.keys()])].sort();
  const providers = ids.map(id => {
    const { id: _, ...members } = known.get(id) ?? { id, name: id };
    const head = JSON.stringify({ id, ...members }).slice(0, -1);
    return `${head},"endpoints":[\n${(rows.get(id) ?? []).map(row => JSON.stringify(row)).join(',\n')}]}`;
  });
  return [
    `{"version":${fileVersion},"source":${JSON.stringify(facts.source)},"models":[`,
    facts.models.map(model => JSON.stringify(modelRow(model))).join(',\n'),
    '],"providers":[',
    providers.join(',\n'),
    ']}\n',
  ].join('\n');
}

/**
 * Reads what `encodeFacts` wrote.
 *
 * @throws {GatewayError} BAD_USER_INPUT where the text is not such a file, or of another version.
 */
export function decodeFacts(text: string): CatalogFacts {
  try {
    const file = JSON.parse(text) as FactFile;
    if (file.version !== fileVersion) throw new TypeError('version');
    const endpoints: KnownEndpoint[] = [];
    const providers = file.providers.map(({ endpoints: rows = [], ...provider }): KnownProvider => {
      for (const row of rows) endpoints.push(knownEndpoint(provider.id, row));
      return provider;
    });
    return { source: file.source, models: file.models.map(knownModel), providers, endpoints };
  } catch (cause) {
    throw new GatewayError('BAD_USER_INPUT', 'not a file of catalogue facts of this version: import it again', {
      cause,
    });
  }
}

function modelRow(model: KnownModel): ModelRow {
  return { ...sharedRow(model), id: model.id, name: model.name };
}

function sharedRow(entry: KnownModel | KnownEndpoint) {
  return present({
    context: entry.contextTokens,
    output: entry.maxOutputTokens,
    in: entry.inputModalities?.map(modality => modalityLetters[modality]).join(''),
    out: entry.outputModalities?.map(modality => modalityLetters[modality]).join(''),
    can: entry.capabilities?.map(capability => capabilityLetters[capability]).join(''),
    knowledge: entry.knowledgeCutoff,
    released: entry.releasedAt,
  });
}

function knownModel(row: ModelRow): KnownModel {
  const model: Writable<KnownModel> = { id: row.id, name: row.name };
  addSharedFacts(model, row);
  return model;
}

/** Thousands of rows are read at every start: members are set one by one, which is several times as fast as spreading. */
type Writable<T> = { -readonly [Member in keyof T]: T[Member] };

function addSharedFacts(entry: Writable<KnownModel> | Writable<KnownEndpoint>, row: ModelRow | EndpointRow): void {
  if (row.context !== undefined) entry.contextTokens = row.context;
  if (row.output !== undefined) entry.maxOutputTokens = row.output;
  if (row.in !== undefined) entry.inputModalities = modalityLists(row.in);
  if (row.out !== undefined) entry.outputModalities = modalityLists(row.out);
  if (row.can !== undefined) entry.capabilities = capabilityLists(row.can);
  if (row.knowledge !== undefined) entry.knowledgeCutoff = row.knowledge;
  if (row.released !== undefined) entry.releasedAt = row.released;
}

function endpointRow(endpoint: KnownEndpoint): EndpointRow {
  const { price } = endpoint;
  return {
    id: endpoint.wireModel,
    ...present({
      model: isOwn(endpoint) ? undefined : endpoint.modelId,
      own: isOwn(endpoint) ? true : undefined,
      variant: endpoint.variant,
      base: endpoint.baseModel,
      name: endpoint.name,
      price: price === undefined ? undefined : amounts(priceMembers.map(member => price[member])),
      tiers: price === undefined || price.tiers.length === 0 ? undefined : price.tiers.map(tierRow),
    }),
    ...sharedRow(endpoint),
    ...present({
      cannot: endpoint.missingCapabilities?.map(capability => capabilityLetters[capability]).join(''),
      without: endpoint.unsupportedParameters,
      quantization: endpoint.quantization,
      deprecated: endpoint.deprecated,
      deprecatedFrom: endpoint.deprecatedFrom,
    }),
  };
}

function isOwn({ providerId, wireModel, modelId }: KnownEndpoint): boolean {
  return modelId === ownModelId(providerId, wireModel);
}

function tierRow(tier: PriceTier): TierRow {
  return [tier.aboveInputTokens, ...amounts(tierMembers.map(member => tier[member]))];
}

function amounts(list: readonly (bigint | undefined)[]): PriceRow {
  const row = list.map(amount => (amount === undefined ? null : Number(amount)));
  while (row.at(-1) === null) row.pop();
  return row;
}

function knownEndpoint(providerId: string, row: EndpointRow): KnownEndpoint {
  const endpoint: Writable<KnownEndpoint> = { providerId, wireModel: row.id };
  if (row.own === true) endpoint.modelId = ownModelId(providerId, row.id);
  if (row.model !== undefined) endpoint.modelId = row.model;
  if (row.variant !== undefined) endpoint.variant = row.variant;
  if (row.base !== undefined) endpoint.baseModel = row.base;
  if (row.name !== undefined) endpoint.name = row.name;
  if (row.price !== undefined) endpoint.price = readPriceRow(row.price, row.tiers ?? []);
  addSharedFacts(endpoint, row);
  if (row.cannot !== undefined) endpoint.missingCapabilities = capabilityLists(row.cannot);
  if (row.without !== undefined) endpoint.unsupportedParameters = row.without;
  if (row.quantization !== undefined) endpoint.quantization = row.quantization;
  if (row.deprecated !== undefined) endpoint.deprecated = row.deprecated;
  if (row.deprecatedFrom !== undefined) endpoint.deprecatedFrom = row.deprecatedFrom;
  return endpoint;
}

function readPriceRow(row: PriceRow, tiers: readonly TierRow[]): Price {
  const price: Writable<Price> = { tiers: tiers.length === 0 ? noTiers : tiers.map(readTierRow) };
  addAmounts(price, priceMembers, row, 0);
  return price;
}

function readTierRow(row: TierRow): PriceTier {
  const tier: Writable<PriceTier> = { aboveInputTokens: row[0] };
  addAmounts(tier, tierMembers, row, 1);
  return tier;
}

function addAmounts<Member extends string>(
  price: { [M in Member]?: bigint },
  members: readonly Member[],
  row: readonly (number | null)[],
  offset: number,
): void {
  for (let place = offset; place < row.length; place += 1) {
    const member = members[place - offset];
    const amount = row[place];
    if (member !== undefined && typeof amount === 'number') price[member] = BigInt(amount);
  }
}

/** Lists are few and repeat thousands of times: each is made once and shared. */
function createListReader<Name extends string>(letters: Readonly<Record<Name, string>>) {
  const names = Object.keys(letters) as Name[];
  const made = new Map<string, readonly Name[]>();
  return (text: string): readonly Name[] => {
    const list = made.get(text) ?? names.filter(name => text.includes(letters[name]));
    made.set(text, list);
    return list;
  };
}
