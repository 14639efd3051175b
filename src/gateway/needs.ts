import type { Capability, Modality } from '../model/catalog.ts';
import { isReasoning, type Prompt, type PromptPart } from '../model/completion-request.ts';
import type { RequestNeeds } from '../routing/candidate.ts';
import { estimateInputTokens, mediaTokens, mostInputTokens } from './input-tokens.ts';

const modalityOfPart: Readonly<Record<PromptPart['type'], Modality>> = {
  text: 'TEXT',
  image: 'IMAGE',
  audio: 'AUDIO',
  file: 'FILE',
};

/** Parameters of a prompt that an endpoint may lack, by their names in CompleteInput. */
const optionalParameters = [
  'parallelToolCalls',
  'temperature',
  'topP',
  'topK',
  'seed',
  'frequencyPenalty',
  'presencePenalty',
] as const satisfies readonly (keyof Prompt)[];

/**
 * What this request asks of any endpoint.
 *
 * @param mostOutputTokens The highest output limit that policies let be sent.
 */
export function needsOf(prompt: Prompt, stream: boolean, mostOutputTokens = Number.POSITIVE_INFINITY): RequestNeeds {
  const modalities = new Set<Modality>(['TEXT']);
  let hasBreakpoint = false;
  let mediaByUrl = 0;
  for (const message of prompt.messages) {
    for (const part of message.parts) {
      modalities.add(modalityOfPart[part.type]);
      hasBreakpoint ||= part.cacheUpToHere;
      if (part.type !== 'text' && 'url' in part.media) mediaByUrl += 1;
    }
  }
  const inputTokens = estimateInputTokens(prompt);
  const capabilities: Capability[] = [];
  const wishes: Capability[] = [];
  if (prompt.tools.length > 0) capabilities.push('TOOLS');
  if (stream) capabilities.push('STREAMING');
  if (prompt.responseFormat.type === 'JSON_SCHEMA') wishes.push('JSON_SCHEMA');
  if (isReasoning(prompt)) wishes.push('REASONING');
  if (hasBreakpoint) wishes.push('PROMPT_CACHE');
  return {
    inputTokens,
    // Of plain words the estimate is the higher one; a stream is metered by it against what the other reserved.
    mostInputTokens: Math.max(inputTokens, mostInputTokens(prompt)),
    mediaTokens: mediaTokens(prompt),
    maxOutputTokens: Math.min(prompt.maxOutputTokens, mostOutputTokens),
    mediaByUrl,
    inputModalities: [...modalities],
    capabilities,
    wishes,
    parameters: [
      ...optionalParameters.filter(name => prompt[name] !== undefined),
      ...(prompt.stop.length > 0 ? ['stop'] : []),
    ],
    optionProtocols: Object.keys(prompt.providerOptions),
  };
}
