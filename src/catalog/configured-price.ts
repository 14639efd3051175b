import { badInput } from '../errors.ts';
import type { Price } from '../model/catalog.ts';
import { type NanoDollars, parseDollars } from '../model/money.ts';
import type { ConfiguredPrice, ConfiguredTierPrice } from './configured-provider.ts';
import { present } from './known-price.ts';

/**
 * Reads a price of the configuration. Here a zero is a zero: who writes "0" means free.
 *
 * @param path Where the price stands, for the message: `providers.vllm-eu.models.llama.price`.
 * @throws {GatewayError} BAD_USER_INPUT where a member is no decimal number of dollars, or negative.
 */
export function readConfiguredPrice(price: ConfiguredPrice, path: string): Price {
  const tiers = (price.tiers ?? []).map((tier, index) => {
    if (!Number.isSafeInteger(tier.aboveInputTokens) || tier.aboveInputTokens < 1) {
      throw badInput(`${path}.tiers.${index}.aboveInputTokens`, 'must be a whole number of tokens, 1 or more');
    }
    return { aboveInputTokens: tier.aboveInputTokens, ...readTier(tier, `${path}.tiers.${index}`) };
  });
  return {
    ...readTier(price, path),
    ...present({
      cacheWriteLong: readAmount(price.cacheWriteLong, `${path}.cacheWriteLong`),
      reasoning: readAmount(price.reasoning, `${path}.reasoning`),
      request: readAmount(price.request, `${path}.request`),
    }),
    tiers: tiers.sort((left, right) => left.aboveInputTokens - right.aboveInputTokens),
  };
}

function readTier(price: ConfiguredTierPrice, path: string) {
  return present({
    input: readAmount(price.input, `${path}.input`),
    output: readAmount(price.output, `${path}.output`),
    cacheRead: readAmount(price.cacheRead, `${path}.cacheRead`),
    cacheWrite: readAmount(price.cacheWrite, `${path}.cacheWrite`),
  });
}

function readAmount(text: string | undefined, path: string): NanoDollars | undefined {
  if (text === undefined) return undefined;
  const amount = parseDollars(text);
  if (amount === undefined || amount < 0n) {
    throw badInput(path, 'must be US dollars as decimal text, 0 or more, with at most nine places: "0.59"');
  }
  return amount;
}
