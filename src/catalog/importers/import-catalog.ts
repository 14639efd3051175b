import { GatewayError } from '../../errors.ts';
import { asObject, parseExactJson } from './exact-json.ts';
import type { ImportedFacts } from './imported-facts.ts';
import { isLitellm, readLitellm } from './litellm.ts';
import { isModelsDev, readModelsDev } from './models-dev.ts';
import { isOpenrouter, readOpenrouter } from './openrouter.ts';

/**
 * Reads a public catalogue: models.dev's `api.json`, LiteLLM's price map, or the answer of OpenRouter's `/models`.
 *
 * The format is told by its shape. Prices are read exactly, whatever their unit; what is missing stays unknown; entries
 * that are not chat models or cannot be read are left out and counted. A file cannot set a provider's address, protocol
 * or data policy: those decide where prompts go.
 *
 * @throws {GatewayError} BAD_USER_INPUT where the text is none of the three, is no JSON or is larger than 100 MB.
 */
export function importCatalog(text: string): ImportedFacts {
  const document = asObject(parseExactJson(text));
  if (document !== undefined) {
    if (isOpenrouter(document)) return readOpenrouter(document);
    if (isModelsDev(document)) return readModelsDev(document);
    if (isLitellm(document)) return readLitellm(document);
  }
  throw new GatewayError(
    'BAD_USER_INPUT',
    'expected models.dev’s api.json (providers with their models), LiteLLM’s model_prices_and_context_window.json ' +
      '(entries with litellm_provider), or the answer of OpenRouter’s /api/v1/models (data with pricing)',
  );
}
