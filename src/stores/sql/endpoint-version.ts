import { hash } from 'node:crypto';
import type { Endpoint, Price } from '../../model/catalog.ts';
import { fromJson, toMoneyJson } from './json.ts';

/** An endpoint as a decision saw it, and the digest that it is kept under. */
export interface EndpointVersion {
  readonly key: string;
  readonly document: string;
}

const versions = new WeakMap<Endpoint, EndpointVersion>();

/** Endpoints are immutable and live as long as their catalogue, so each is written out once. */
export function endpointVersion(endpoint: Endpoint): EndpointVersion {
  const known = versions.get(endpoint);
  if (known !== undefined) return known;
  const document = toMoneyJson(endpoint);
  const version = { key: digest(document), document };
  versions.set(endpoint, version);
  return version;
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

type Stored<T> = { readonly [Name in keyof T]: T[Name] extends bigint | undefined ? string : T[Name] };

/** Reads an endpoint's document. */
export function parseEndpoint(document: string): Endpoint {
  const { price, ...endpoint } = fromJson<Endpoint & { readonly price?: Stored<Price> }>(document);
  return price === undefined ? endpoint : { ...endpoint, price: parsePrice(price) };
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
