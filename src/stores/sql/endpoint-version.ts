import { hash } from 'node:crypto';
import type { Endpoint, Price, Provider } from '../../model/catalog.ts';
import { fromJson, toMoneyJson } from './json.ts';

/** An endpoint with its provider as a decision saw them, and the digest that both are kept under. */
export interface EndpointVersion {
  readonly key: string;
  readonly document: string;
}

/** What an endpoint's document holds. */
export interface SeenEndpoint {
  readonly endpoint: Endpoint;
  /** Absent in records of decisions that did not name it. */
  readonly provider?: Provider;
}

interface WrittenEndpoint {
  readonly provider: Provider | undefined;
  readonly version: EndpointVersion;
}

const versions = new WeakMap<Endpoint, WrittenEndpoint>();

/**
 * Endpoints are immutable and live as long as their catalogue, so each is written out once, and once more when the data
 * policy of its provider expires.
 */
export function endpointVersion({ endpoint, provider }: SeenEndpoint): EndpointVersion {
  const known = versions.get(endpoint);
  if (known !== undefined && isSameProvider(known.provider, provider)) return known.version;
  const document = toMoneyJson(provider === undefined ? endpoint : { ...endpoint, provider });
  const version = { key: digest(document), document };
  versions.set(endpoint, { provider, version });
  return version;
}

/** Where a data policy has expired, every decision sees another object that says the same. */
function isSameProvider(left: Provider | undefined, right: Provider | undefined): boolean {
  if (left === right) return true;
  if (left === undefined || right === undefined) return false;
  const names = Object.keys(left) as (keyof Provider)[];
  return names.length === Object.keys(right).length && names.every(name => left[name] === right[name]);
}

const prices = new WeakMap<Price, string>();

/** A price as text, for the row that is booked at it. */
export function priceDocument(price: Price): string {
  const known = prices.get(price);
  if (known !== undefined) return known;
  const document = toMoneyJson(price);
  prices.set(price, document);
  return document;
}

/** A short name for a text: 128 bits of its SHA-256. */
export function digest(text: string): string {
  return hash('sha256', text, 'hex').slice(0, 32);
}

/** Reads a price that `priceDocument` wrote. */
export function parsePriceDocument(document: string): Price {
  return parsePrice(fromJson<Stored<Price>>(document));
}

type Stored<T> = { readonly [Name in keyof T]: T[Name] extends bigint | undefined ? string : T[Name] };

/** Reads an endpoint's document. */
export function parseEndpoint(document: string): SeenEndpoint {
  const { price, provider, ...endpoint } = fromJson<StoredEndpoint>(document);
  return {
    endpoint: price === undefined ? endpoint : { ...endpoint, price: parsePrice(price) },
    ...(provider === undefined ? {} : { provider }),
  };
}

interface StoredEndpoint extends Omit<Endpoint, 'price'> {
  readonly price?: Stored<Price>;
  readonly provider?: Provider;
}

function parsePrice({ tiers, ...amounts }: Stored<Price>): Price {
  return {
    ...parseAmounts(amounts),
    tiers: tiers.map(({ aboveInputTokens, ...tier }) => ({
      aboveInputTokens,
      ...parseAmounts(tier),
    })),
  };
}

function parseAmounts<T extends object>(amounts: T): { readonly [Name in keyof T]: bigint } {
  const read = Object.entries(amounts).map(([name, amount]) => [name, BigInt(String(amount))]);
  return Object.fromEntries(read) as { readonly [Name in keyof T]: bigint };
}
