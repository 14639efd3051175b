import { badInput } from '../../errors.ts';
import type { GraphQLContext } from '../context.ts';
import type { ReferenceResolver, Representation } from './subgraph-fields.ts';

/**
 * How each entity of the public schema is found, by its type: through the loaders of the request, and so under the
 * rights of who asks. What belongs to another tenant is not there.
 */
export const entityReferences = {
  Project: (representation, { governance }) => governance.loaders.project(idOf(representation)),
  ApiKey: (representation, { governance }) => governance.loaders.apiKey(idOf(representation)),
  Completion: (representation, { governance }) => governance.loaders.completion(idOf(representation)),
  Policy: (representation, { governance }) => governance.loaders.policy(idOf(representation)),
  Model: (representation, { governance }) => governance.gateway.catalog.model(idOf(representation)),
  Endpoint: (representation, { governance }) => governance.gateway.catalog.endpoint(idOf(representation)),
  Provider: (representation, { governance }) => governance.gateway.catalog.provider(idOf(representation)),
} satisfies Record<string, ReferenceResolver<GraphQLContext>>;

const longestId = 512;

function idOf(representation: Representation): string {
  const id = Object.hasOwn(representation, 'id') ? representation.id : undefined;
  if (typeof id === 'string' && id.length <= longestId) return id;
  if (typeof id === 'number' && Number.isSafeInteger(id)) return String(id);
  throw badInput('representations', 'an id is needed');
}
