import type { GraphQLFieldResolver } from 'graphql';
import { badInput, GatewayError } from '../../errors.ts';
import type { Governance, GraphQLContext } from '../context.ts';
import { readUsageFilter } from '../input/read-usage-query.ts';
import type { UsageFilter } from '../resolvers.generated.ts';
import { type CompletionLimits, type CompletionQueue, createCompletionQueue } from './completion-queue.ts';
import {
  type ContributedCompletion,
  type ContributedType,
  type ContributedUsage,
  type Contribution,
  isCompletion,
  requiredFields,
  userField,
} from './contribution.ts';
import type { ReferenceResolver, Representation } from './subgraph-fields.ts';

/** Of a type that is contributed to: its source is what the router sent. */
export type FieldResolver = GraphQLFieldResolver<Readonly<Record<string, unknown>>, GraphQLContext>;

const defaultMaxOutputTokens = 256;

/** The resolvers of what is contributed, by type and field. */
export function contributedResolvers(
  types: readonly ContributedType[],
  limits: CompletionLimits,
): Readonly<Record<string, Readonly<Record<string, FieldResolver>>>> {
  const queues = new WeakMap<Governance, CompletionQueue>();
  const queueOf = (governance: Governance) => {
    let queue = queues.get(governance);
    if (queue === undefined) {
      queue = createCompletionQueue(governance, limits);
      queues.set(governance, queue);
    }
    return queue;
  };
  const resolverOf = (contribution: Contribution) =>
    isCompletion(contribution) ? completionField(contribution, queueOf) : usageField(contribution);
  return Object.fromEntries(
    types.map(({ name, contributions }) => [
      name,
      Object.fromEntries(contributions.map(contribution => [contribution.field, resolverOf(contribution)])),
    ]),
  );
}

/** What was sent of an entity of another subgraph, and nothing that its type does not name. */
export function contributedReference({ fields }: ContributedType): ReferenceResolver<GraphQLContext> {
  const names = Object.keys(fields);
  return (representation: Representation) =>
    Object.fromEntries(
      names.filter(name => Object.hasOwn(representation, name)).map(name => [name, representation[name]]),
    );
}

/** Null without a completion where the entity lacks one of the fields. */
function completionField(
  contribution: ContributedCompletion,
  queueOf: (governance: Governance) => CompletionQueue,
): FieldResolver {
  const { type, field, prompt, model = 'auto', labels = {} } = contribution;
  const { workload: ownWorkload, maxOutputTokens = defaultMaxOutputTokens } = contribution;
  const place = `${type}.${field}`;
  const required = requiredFields(contribution);
  return async (source, _, { governance }) => {
    const values = required.map(name => [name, readText(place, name, source[name])] as const);
    const shown = values.flatMap(([name, text]) => (text === undefined ? [] : [[name, text] as const]));
    if (shown.length < required.length) return null;
    const workload = ownWorkload ?? (await governance.principal()).workload ?? place;
    const { status, answer, error } = await queueOf(governance).complete({
      model,
      messages: [
        { role: 'SYSTEM', text: prompt },
        { role: 'USER', text: dataOf(shown) },
      ],
      workload,
      labels: Object.entries({ ...labels, field: place }).map(([name, value]) => ({ name, value })),
      maxOutputTokens,
    });
    if (status === 'FINISHED') return answer?.text ?? '';
    const { code = 'INTERNAL', message = 'The completion did not finish.', retryable = false } = error ?? {};
    throw new GatewayError(code, message, { retryable });
  };
}

function usageField(contribution: ContributedUsage): FieldResolver {
  const place = `${contribution.type}.${contribution.field}`;
  const named = userField(contribution);
  return (source, { filter }, { governance }) => {
    const user = readText(place, named, source[named]);
    if (user === undefined) return null;
    return governance.loaders.usageOfUser(user, readUsageFilter('filter', filter as UsageFilter | null | undefined));
  };
}

/** Not as JSON: its escapes would stand between a detector and what it looks for. */
function dataOf(values: readonly (readonly [string, string])[]): string {
  const [only] = values;
  if (values.length === 1 && only !== undefined) return only[1];
  return values.map(([name, text]) => `${name}:\n${text}`).join('\n\n');
}

function readText(place: string, name: string, value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw badInput('representations', `${place} needs ${name} as a text, a number or a boolean`);
}
