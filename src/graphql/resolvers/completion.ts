import type { Answer, Completion } from '../../model/completion.ts';
import { findEndpoint, findModel } from '../catalogue/find-in-catalogue.ts';
import type { Resolvers, ResolversTypes } from '../resolvers.generated.ts';

/** What became of a completion. A cut answer never stands where a whole one does. */
export const completionResolvers = {
  Completion: {
    model({ endpointId }, _, { governance: { gateway } }) {
      if (endpointId === undefined) return undefined;
      return findModel(gateway.catalog, findEndpoint(gateway.catalog, endpointId).modelId);
    },
    endpoint: ({ endpointId }, _, { governance: { gateway } }) =>
      endpointId === undefined ? undefined : findEndpoint(gateway.catalog, endpointId),
    message: wholeAnswer,
    text: completion => wholeAnswer(completion)?.text,
    partialText: ({ status, answer }) =>
      status === 'INCOMPLETE' || status === 'CANCELLED' || status === 'REFUSED' ? answer?.text : undefined,
  },
  Attempt: {
    endpoint: ({ endpointId }, _, { governance: { gateway } }) => findEndpoint(gateway.catalog, endpointId),
  },
  Message: {
    role: () => 'ASSISTANT' as const,
    parts: partsOf,
    reasoning: ({ reasoning }) => (reasoning === '' ? undefined : reasoning),
    refusal: ({ refusal }) => (refusal === '' ? undefined : refusal),
  },
  Part: {
    __resolveType: part => ('text' in part ? 'TextPart' : 'MediaPart'),
  },
} satisfies Resolvers;

function wholeAnswer({ status, answer }: Completion): Answer | undefined {
  return status === 'FINISHED' ? answer : undefined;
}

function partsOf({ text, citations, media }: Answer): readonly ResolversTypes['Part'][] {
  const texts = text === '' ? [] : [{ text, citations }];
  return [...texts, ...media].map((part, index) => ({ ...part, index }));
}
