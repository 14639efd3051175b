import {
  extendSchema,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
  isUnionType,
  parse,
} from 'graphql';
import { badInput } from '../../errors.ts';

/** What a router sends to have an entity resolved: its type, its key and what fields of it require. */
export interface Representation {
  readonly __typename: string;
  readonly [field: string]: unknown;
}

/** Finds an entity; null or undefined where there is none, or none that the caller may see. */
export type ReferenceResolver<Context> = (
  representation: Representation,
  context: Context,
  info: GraphQLResolveInfo,
) => unknown;

/** What may be asked of a subgraph, and by whom. */
export interface SubgraphGuards<Context> {
  /** Throws where the caller may not read the SDL. Default: everybody may. */
  readonly mayReadSdl?: (context: Context) => unknown;
  /** Throws where the caller may ask for no entity. Default: everybody may. */
  readonly mayFindEntities?: (context: Context) => unknown;
  /** The most representations that one `_entities` takes. Default 100. */
  readonly maxRepresentations?: number;
}

export interface SubgraphFieldsOptions<Context> extends SubgraphGuards<Context> {
  /** What `_service { sdl }` tells composers. */
  readonly sdl: string;
  /** The types and interfaces that may be asked for; undefined: they come back as they were sent. */
  readonly references: ReadonlyMap<string, ReferenceResolver<Context> | undefined>;
}

/** Where nothing else is said. */
export const defaultMaxRepresentations = 100;

/**
 * Adds `_service` and `_entities` to an executable schema, which is left as it was.
 *
 * Runs on graphql 16 and 17. A representation that fails is null, with an error at its own place; the others are answered.
 */
export function addSubgraphFields<Context>(
  schema: GraphQLSchema,
  options: SubgraphFieldsOptions<Context>,
): GraphQLSchema {
  const { sdl, references, mayReadSdl, mayFindEntities, maxRepresentations = defaultMaxRepresentations } = options;
  const entities = [...references.keys()].filter(name => isObjectType(schema.getType(name)));
  // What a host has made its schema of need not stand up to validation.
  const extended = extendSchema(schema, parse(definitions(schema.getQueryType()?.name, entities)), {
    assumeValid: true,
  });
  const { _service: service, _entities: entitiesField } = extended.getQueryType()?.getFields() ?? {};
  if (service !== undefined) {
    service.resolve = async (_, __, context) => {
      await mayReadSdl?.(context as Context);
      return { sdl };
    };
  }
  if (entitiesField === undefined) return extended;

  /** Of each `_entities` field that is being answered: the types of what was found for it. */
  const typeNames = new WeakMap<GraphQLResolveInfo, Map<unknown, unknown>>();
  entitiesField.resolve = async (_, { representations }, context, info) => {
    await mayFindEntities?.(context as Context);
    const found = new Map<unknown, unknown>();
    typeNames.set(info, found);
    return checkCount(representations, maxRepresentations).map(async given => {
      const representation = checkRepresentation(given, references);
      const name = representation.__typename;
      const resolve = references.get(name);
      const entity = resolve === undefined ? representation : await resolve(representation, context as Context, info);
      if (entity === null || entity === undefined) return null;
      found.set(entity, await typeNameOf(extended, name, entity, context, info));
      return entity;
    });
  };
  const union = extended.getType('_Entity');
  if (isUnionType(union)) {
    union.resolveType = (value, _, info) => typeNames.get(info)?.get(value) as string | undefined;
  }
  return extended;
}

function definitions(queryName: string | undefined, entities: readonly string[]): string {
  const query = queryName === undefined ? 'extend schema { query: Query } type Query' : `extend type ${queryName}`;
  const service = 'type _Service { sdl: String }';
  if (entities.length === 0) return `${service} ${query} { _service: _Service! }`;
  return `${service}
    scalar _Any
    union _Entity = ${entities.join(' | ')}
    ${query} { _service: _Service! _entities(representations: [_Any!]!): [_Entity]! }`;
}

function checkCount(given: unknown, most: number): readonly unknown[] {
  const list: readonly unknown[] = Array.isArray(given) ? given : [];
  if (list.length <= most) return list;
  throw badInput('representations', `at most ${most} are taken at a time, not ${list.length}`);
}

function checkRepresentation(given: unknown, references: ReadonlyMap<string, unknown>): Representation {
  if (typeof given === 'object' && given !== null && !Array.isArray(given) && Object.hasOwn(given, '__typename')) {
    const representation = given as Representation;
    if (references.has(representation.__typename)) return representation;
  }
  throw badInput('representations', 'an object with the __typename of an entity of this subgraph is needed');
}

/** Of an interface with a key: what its own rule says of the object that was found. */
async function typeNameOf(
  schema: GraphQLSchema,
  name: string,
  entity: unknown,
  context: unknown,
  info: GraphQLResolveInfo,
): Promise<unknown> {
  const type = schema.getType(name);
  if (!isInterfaceType(type)) return name;
  return type.resolveType?.(entity, context, info, type) ?? (entity as Partial<Representation>).__typename;
}
