import { z } from 'zod';
import { formatDollars, parseDollars } from '../model/money.ts';

const amountHint = 'must be US dollars with at most nine places, such as "0.59"';

/**
 * US dollars as a decimal string, or as a number whose shortest form has at most nine places: both are exact.
 *
 * Gives a decimal string without trailing zeros.
 */
export const dollarsSchema = z
  .union(
    [z.string().regex(/^\d{1,12}(\.\d{1,9})?$/, { error: amountHint }), z.number().min(0, { error: amountHint })],
    { error: amountHint },
  )
  .transform((amount, context) => {
    const nanoDollars = parseDollars(String(amount));
    if (nanoDollars !== undefined) return formatDollars(nanoDollars);
    context.addIssue({ code: 'custom', message: `${amountHint}, written as a string` });
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
      .optional()
      .describe('Prices that replace the others when the whole input exceeds aboveInputTokens.'),
  })
  .describe('US dollars per million tokens. What is absent is unknown, never free.');
