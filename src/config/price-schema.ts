import { z } from 'zod';
import type { Price } from '../model/catalog.ts';
import { type NanoDollars, parseDollars } from '../model/money.ts';

const amountHint = 'US dollars with at most nine places, such as "0.59"';

/**
 * US dollars as a decimal string, or as a number whose shortest form has at most nine places: both are exact.
 *
 * Gives nano-dollars.
 */
export const dollarsSchema = z
  .union(
    [
      z.string().regex(/^\d{1,12}(\.\d{1,9})?$/, { error: `must be ${amountHint}` }),
      z.number().min(0, { error: `must be ${amountHint}` }),
    ],
    { error: `must be ${amountHint}` },
  )
  .transform((amount, context): NanoDollars => {
    const nanoDollars = parseDollars(String(amount));
    if (nanoDollars !== undefined) return nanoDollars;
    context.addIssue({ code: 'custom', message: `must be ${amountHint}, written as a string` });
    return z.NEVER;
  })
  .describe('US dollars, as a decimal string with at most nine places.');

const tokenPrices = {
  input: dollarsSchema.optional(),
  output: dollarsSchema.optional(),
  cacheRead: dollarsSchema.optional(),
  cacheWrite: dollarsSchema.optional(),
};

const tierSchema = z.strictObject({ aboveInputTokens: z.int().min(1), ...tokenPrices });

/** Prices per million tokens (`request`: per request), as the configuration file gives them. */
export const priceSchema = z
  .strictObject({
    ...tokenPrices,
    cacheWriteLong: dollarsSchema.optional().describe('For caches that live an hour.'),
    reasoning: dollarsSchema.optional(),
    request: dollarsSchema.optional().describe('Per request.'),
    tiers: z
      .array(tierSchema)
      .max(16)
      .default([])
      .describe('Prices that replace the others when the whole input exceeds aboveInputTokens.'),
  })
  .describe('US dollars per million tokens. What is absent is unknown, never free.')
  .transform(({ tiers, ...prices }): Price => {
    const rising = [...tiers].sort((left, right) => left.aboveInputTokens - right.aboveInputTokens);
    return {
      ...present(prices),
      tiers: rising.map(({ aboveInputTokens, ...tier }) => ({ aboveInputTokens, ...present(tier) })),
    };
  });

/** The members that are there: an absent price must stay absent, not become undefined. */
function present<T extends object>(members: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof T]?: Exclude<T[Key], undefined> };
}
