import {
  extendSchema,
  type GraphQLField,
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
  /** What `_service { sdl }` tells composers; of a schema that is a subgraph already, given what it tells itself. */
  readonly sdl: string | ((told: string) => string);
  /** The types and interfaces that may be asked for; undefined: they come back as they were sent. */
  readonly references: ReadonlyMap<string, ReferenceResolver<Context> | undefined>;
}

/** Where nothing else is said. */
const defaultMaxRepresentations = 100;

/**
 * Adds `_service` and `_entities` to an executable schema, which is left as it was. Where it has them already, they go on
 * to answer for its own entities.
 *
 * Runs on graphql 16 and 17. A representation that fails is null, with an error at its own place; the others are answered.
 */
export function addSubgraphFields<Context>(
  schema: GraphQLSchema,
  options: SubgraphFieldsOptions<Context>,
): GraphQLSchema {
  const { sdl, references, mayReadSdl, mayFindEntities, maxRepresentations = defaultMaxRepresentations } = options;
  const before = subgraphIn(schema);
  const entities = [...references.keys()].filter(name => isObjectType(schema.getType(name)));
  // What a host has made its schema of need not stand up to validation.
  const added = definitions(schema.getQueryType()?.name, entities, before);
  const extended = added === '' ? schema : extendSchema(schema, parse(added), { assumeValid: true });
  const { _service: service, _entities: entitiesField } = extended.getQueryType()?.getFields() ?? {};
  if (service !== undefined) {
    service.resolve = async (source, given, context, info) => {
      await mayReadSdl?.(context as Context);
      if (typeof sdl === 'string') return { sdl };
      const told: unknown = await before.service?.resolve?.(source, given, context, info);
      return { sdl: sdl(await sdlIn(told)) };
    };
  }
  if (entitiesField === undefined) return extended;

  /** Of each `_entities` field that is being answered: the types of what was found for it. */
  const typeNames = new WeakMap<GraphQLResolveInfo, Map<unknown, unknown>>();
  entitiesField.resolve = async (source, given, context, info) => {
    const asked = checkCount(given.representations, maxRepresentations);
    const theirs = asked.filter(representation => before.types.has(typenameOf(representation)));
    if (theirs.length < asked.length || before.entities === undefined) await mayFindEntities?.(context as Context);
    const rest: unknown =
      theirs.length === 0
        ? []
        : await before.entities?.resolve?.(source, { ...given, representations: theirs }, context, info);
    const found = new Map<unknown, unknown>();
    typeNames.set(info, found);
    const findOwn = async (sent: unknown) => {
      const representation = checkRepresentation(sent, references);
      const name = representation.__typename;
      const resolve = references.get(name);
      const entity = resolve === undefined ? representation : await resolve(representation, context as Context, info);
      if (entity === null || entity === undefined) return null;
      found.set(entity, await typeNameOf(extended, name, entity, context, info));
      return entity;
    };
    const answers = (Array.isArray(rest) ? rest : [])[Symbol.iterator]();
    return asked.map(sent => (before.types.has(typenameOf(sent)) ? (answers.next().value ?? null) : findOwn(sent)));
  };
  const union = extended.getType('_Entity');
  if (isUnionType(union)) {
    const resolveType = union.resolveType;
    union.resolveType = (value, context, info, type) =>
      (typeNames.get(info)?.get(value) as string | undefined) ??
      resolveType?.(value, context, info, type) ??
      typenameOf(value);
  }
  return extended;
}

/** What makes a schema a subgraph already. */
interface SubgraphBefore {
  readonly service: GraphQLField<unknown, unknown> | undefined;
  readonly entities: GraphQLField<unknown, unknown> | undefined;
  /** The types that it finds itself; interfaces with a key among them. */
  readonly types: ReadonlySet<string | undefined>;
}

function subgraphIn(schema: GraphQLSchema): SubgraphBefore {
  const { _service: service, _entities: entities } = schema.getQueryType()?.getFields() ?? {};
  const union = schema.getType('_Entity');
  const objects = isUnionType(union) ? union.getTypes() : [];
  const interfaces = objects.flatMap(type => type.getInterfaces());
  return { service, entities, types: new Set([...objects, ...interfaces].map(({ name }) => name)) };
}

/** Libraries tell it as a text, or as what is asked for one. */
async function sdlIn(service: unknown): Promise<string> {
  const { sdl } = (service ?? {}) as { readonly sdl?: unknown };
  const told: unknown = typeof sdl === 'function' ? await sdl.call(service) : await sdl;
  return typeof told === 'string' ? told : '';
}

function definitions(
  queryName: string | undefined,
  entities: readonly string[],
  { service, entities: entitiesField }: SubgraphBefore,
): string {
  const query = queryName === undefined ? 'extend schema { query: Query } type Query' : `extend type ${queryName}`;
  const names = entities.join(' | ');
  const texts = service === undefined ? ['type _Service { sdl: String }', `${query} { _service: _Service! }`] : [];
  if (entities.length === 0) return texts.join('\n');
  if (entitiesField !== undefined) return [...texts, `extend union _Entity = ${names}`].join('\n');
  const extendQuery = `extend type ${queryName ?? 'Query'}`;
  return [
    ...texts,
    `scalar _Any union _Entity = ${names}`,
    `${extendQuery} { _entities(representations: [_Any!]!): [_Entity]! }`,
  ].join('\n');
}

function typenameOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, '__typename')) return undefined;
  const { __typename: name } = value as Partial<Representation>;
  return typeof name === 'string' ? name : undefined;
}

function checkCount(given: unknown, most: number): readonly unknown[] {
  const list: readonly unknown[] = Array.isArray(given) ? given : [];
  if (list.length <= most) return list;
  throw badInput('representations', `at most ${most} are taken at a time, not ${list.length}`);
}

function checkRepresentation(given: unknown, references: ReadonlyMap<string, unknown>): Representation {
  const name = typenameOf(given);
  if (name !== undefined && references.has(name)) return given as Representation;
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
