import type { Answer, Completion } from '../../model/completion.ts';
import { findEndpoint, findModel } from '../catalogue/find-in-catalogue.ts';
import type { Governance } from '../context.ts';
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
    message: (completion, _, { governance }) => wholeAnswer(completion, governance),
    text: async (completion, _, { governance }) => (await wholeAnswer(completion, governance))?.text,
    async partialText(completion, _, { governance }) {
      if (!partialStatuses.has(completion.status)) return undefined;
      return (await answerOf(completion, governance))?.text;
    },
    async prompt({ id }, _, { governance }) {
      const kept = await governance.loaders.content(id);
      return kept === undefined ? undefined : (JSON.parse(kept.prompt) as unknown);
    },
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

const partialStatuses: ReadonlySet<Completion['status']> = new Set(['INCOMPLETE', 'CANCELLED', 'REFUSED'] as const);

/** One that finished and has an error is what a twin is shown that may not have its text. */
async function wholeAnswer(completion: Completion, governance: Governance): Promise<Answer | undefined> {
  const { status, error } = completion;
  return status === 'FINISHED' && error === undefined ? await answerOf(completion, governance) : undefined;
}

/** Of a run's own result from memory; later from what is kept, which is a reading. */
async function answerOf({ id, answer }: Completion, governance: Governance): Promise<Answer | undefined> {
  if (answer !== undefined) return answer;
  const kept = await governance.loaders.content(id);
  return kept === undefined ? undefined : ((JSON.parse(kept.answer) as Answer | null) ?? undefined);
}

function partsOf({ text, citations, media }: Answer): readonly ResolversTypes['Part'][] {
  const texts = text === '' ? [] : [{ text, citations }];
  return [...texts, ...media].map((part, index) => ({ ...part, index }));
}
