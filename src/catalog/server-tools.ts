/**
 * Names of models that use tools of their provider without being asked to: they search the web, read pages or run code,
 * and so take parts of the prompt to third parties.
 *
 * OpenRouter's `:online`, Perplexity's older and newer search models, OpenAI's search models, research models of several
 * vendors, Groq's compound systems, in this order.
 */
const names: readonly RegExp[] = [
  /:online$/,
  /-online$/,
  /(^|[/-])sonar(-|$)/,
  /-search-(preview|api)(-|$)/,
  /(^|[/-])deep-research(-|$)/,
  /(^|\/)compound(-|$)/,
];

/** Whether a model is known, by the name that its provider has for it, to use tools of the provider unasked. */
export function isKnownToRunTools(wireModel: string): boolean {
  const name = wireModel.toLowerCase();
  return names.some(known => known.test(name));
}
