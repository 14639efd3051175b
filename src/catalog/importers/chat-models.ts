/**
 * What is served beside chat models and must not be routed to: `auto` would choose it for its price. Sources list it as
 * answering with text, some of it with a token price.
 */
const otherKinds =
  /(?:^|[^a-z])(?:embed(?:ding|dings|qa)?|embed-v|rerank(?:er)?|whisper|transcribe|transcription|diarize|tts|speech|moderation|(?:llama|prompt|shield|content)-?guard|guard|safeguard|shieldgemma|safety|classifier|ocr|reward|bge|asr|stt|lyria|voicechat|orpheus|realtime|live|image-gen|parakeet|melotts)(?:[^a-z]|$)/;

/** Served by OpenAI's Responses API only; LiteLLM's map says so (mode `responses`), models.dev does not. */
const responsesOnly =
  /^(?:o[13]-pro|gpt-5(?:\.\d+)?-pro|.*codex.*|.*deep-research|computer-use-preview)(?:-\d{4}-\d{2}-\d{2})?$/;
const openaiPlatforms: ReadonlySet<string> = new Set(['openai', 'azure', 'azure-cognitive-services']);

/** Whether the name, or the family that the source puts it in, tells of something else than a chat model. */
export function isOtherKind(wireModel: string, family: string): boolean {
  return otherKinds.test(wireModel.toLowerCase()) || otherKinds.test(family.toLowerCase());
}

/** Whether the provider serves this model by another API than chat completions. */
export function isResponsesOnly(providerId: string, wireModel: string): boolean {
  return openaiPlatforms.has(providerId) && responsesOnly.test(wireModel);
}

/** Whether the offer calls itself free, which is the only case where a price of zero is believed. */
export function isFreeOffer(wireModel: string): boolean {
  return /(?:^|[-:_/])free$/i.test(wireModel);
}

/** Names under which a provider chooses the model itself: what answers, and what it costs, is not known before. */
const routers =
  /^~|(?:^|\/)(?:auto|auto-model(?:-[a-z]+)?|auto-beta|custom|free|model-router|bodybuilder|pareto-code)$|-auto(?:\/|$)/;

/** Whether the name stands for a provider's own router, and for no model. */
export function isRouterName(wireModel: string): boolean {
  return routers.test(wireModel.toLowerCase());
}
