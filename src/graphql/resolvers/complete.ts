import { badInput } from '../../errors.ts';
import type { CompletionEvent } from '../../model/completion.ts';
import { collectCompletion } from '../collect-completion.ts';
import { readCompleteInput } from '../input/read-complete-input.ts';
import type { CompleteInput, Resolvers } from '../resolvers.generated.ts';
import { startCompletion } from '../start-completion.ts';
import { streamEvents } from '../stream-events.ts';
import { underInput } from '../under-input.ts';

const typeNames = {
  accepted: 'CompletionAccepted',
  started: 'CompletionStarted',
  text: 'TextDelta',
  reasoning: 'ReasoningDelta',
  refusal: 'RefusalDelta',
  'tool-call': 'ToolCallDelta',
  handoff: 'Handoff',
  finished: 'CompletionFinished',
  failed: 'CompletionFailed',
  incomplete: 'CompletionIncomplete',
} as const satisfies Record<CompletionEvent['type'], string>;

/** Running, deciding, finding and stopping completions. */
export const completeResolvers = {
  Query: {
    async route(_, { input }, { governance }, info) {
      const principal = await governance.principal();
      const operationName = principal.workload ?? info.operation.name?.value;
      const request = readCompleteInput(input, { operationName, stream: false });
      return underInput(() => governance.gateway.route(principal, request));
    },
    completion: (_, { id }, { governance }) => governance.loaders.completion(id),
  },
  Mutation: {
    async complete(_, { input }, { governance }, info) {
      const run = await startCompletion(governance, input, {
        operationName: info.operation.name?.value,
        stream: false,
      });
      return collectCompletion(run, governance.signal);
    },
    async cancelCompletion(_, { id }, { governance }) {
      return governance.gateway.cancel(await governance.principal(), id);
    },
  },
  Subscription: {
    complete: {
      async subscribe(_: unknown, { input }: { readonly input: CompleteInput }, { governance }, info) {
        const run = await startCompletion(governance, input, {
          operationName: info.operation.name?.value,
          stream: true,
        });
        return governance.runTap?.take(run) ?? streamEvents(run.events, governance.signal);
      },
      resolve: (event: CompletionEvent) => event,
    },
    completionEvents: {
      async subscribe(_: unknown, { id, after }: { readonly id: string; readonly after: number }, { governance }) {
        if (after < -1) throw badInput('after', 'the number of an event, or -1 for all');
        const { events } = await governance.gateway.reattach(await governance.principal(), id, after);
        return streamEvents(events, governance.signal);
      },
      resolve: (event: CompletionEvent) => event,
    },
  },
  CompletionEvent: {
    __resolveType: event => typeNames[event.type],
  },
} satisfies Resolvers;
