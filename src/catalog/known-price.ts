import type { Price, PriceTier } from '../model/catalog.ts';
import type { NanoDollars } from '../model/money.ts';

export type StatedPrice = { readonly [Member in Exclude<keyof Price, 'tiers'>]: NanoDollars | undefined } & {
  readonly tiers: readonly StatedTier[];
};

export type StatedTier = { readonly aboveInputTokens: number } & {
  readonly [Member in Exclude<keyof PriceTier, 'aboveInputTokens'>]: NanoDollars | undefined;
};

/**
 * Makes a price of what a source states, under the rule that nothing is free by accident.
 *
 * Sources write 0 for "free", for "not charged apart", for "part of a subscription" and for "nobody filled this in". Zero
 * is taken as free only where `isFree` says that the offer calls itself so; else a zero is unknown. A cache or reasoning
 * price of zero beside a paid base is unknown too, and so billed at the base.
 *
 * @returns Undefined where neither the input nor the output price is known.
 */
export function knownPrice(stated: StatedPrice, isFree: boolean): Price | undefined {
  if (isFree && stated.input === 0n && stated.output === 0n) return { input: 0n, output: 0n, tiers: [] };
  const input = paid(stated.input);
  const output = paid(stated.output);
  if (input === undefined && output === undefined) return undefined;
  return {
    ...present({
      input,
      output,
      cacheRead: paid(stated.cacheRead),
      cacheWrite: paid(stated.cacheWrite),
      cacheWriteLong: paid(stated.cacheWriteLong),
      reasoning: paid(stated.reasoning),
      request: paid(stated.request),
    }),
    tiers: stated.tiers
      .map(tier => ({
        aboveInputTokens: tier.aboveInputTokens,
        ...present({
          input: paid(tier.input),
          output: paid(tier.output),
          cacheRead: paid(tier.cacheRead),
          cacheWrite: paid(tier.cacheWrite),
        }),
      }))
      .filter((tier, index, all) => isUsable(tier) && isFirst(tier, index, all))
      .sort((left, right) => left.aboveInputTokens - right.aboveInputTokens),
  };
}

function paid(amount: NanoDollars | undefined): NanoDollars | undefined {
  return amount === 0n ? undefined : amount;
}

function isUsable(tier: PriceTier): boolean {
  return tier.aboveInputTokens > 0 && (tier.input !== undefined || tier.output !== undefined);
}

function isFirst(tier: PriceTier, index: number, all: readonly PriceTier[]): boolean {
  return all.findIndex(other => other.aboveInputTokens === tier.aboveInputTokens) === index;
}

type Present<T> = { readonly [Member in keyof T]?: Exclude<T[Member], undefined> };

/** The members that are known. */
export function present<T extends Readonly<Record<string, unknown>>>(members: T): Present<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Present<T>;
}
