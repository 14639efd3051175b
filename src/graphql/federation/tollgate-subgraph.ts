import { type DocumentNode, type GraphQLSchema, Kind, parse, print } from 'graphql';
import type { GraphQLContext } from '../context.ts';
import { checkSchemaNames, prefixedType, renameSchema, type SchemaNames } from '../rename-schema.ts';
import { renameResolvers, standaloneNames } from '../schema.ts';
import { typeDefinitions } from '../type-definitions.generated.ts';
import { buildSubgraph } from './build-subgraph.ts';
import { type CompletionLimits, checkCompletionLimits } from './completion-queue.ts';
import { contributedDocument } from './contributed-document.ts';
import { contributedReference, contributedResolvers, type FieldResolver } from './contributed-fields.ts';
import { type ContributedType, type Contribution, readContributions } from './contribution.ts';
import { entityReferences } from './entity-references.ts';
import type { ReferenceResolver, SubgraphGuards } from './subgraph-fields.ts';

export interface FederationOptions {
  /** Fields that are added to entities of other subgraphs. Default: none. */
  readonly contribute?: readonly Contribution[];
  /** What the completions of one operation may take together; absent members as in `docs/federation.md`. */
  readonly limits?: Partial<CompletionLimits>;
  /** Who may read `_service { sdl }`: whoever has a key, or everybody. Default `AUTHENTICATED`. */
  readonly sdl?: 'AUTHENTICATED' | 'OPEN';
  /** The most representations that one `_entities` takes. Default 100. */
  readonly maxRepresentations?: number;
}

/** What a subgraph adds to the public schema. */
export interface SubgraphParts {
  /** Types that are contributed to. */
  readonly document: DocumentNode;
  readonly resolvers: Readonly<Record<string, Readonly<Record<string, FieldResolver>>>>;
  readonly references: Readonly<Record<string, ReferenceResolver<GraphQLContext>>>;
  readonly guards: SubgraphGuards<GraphQLContext>;
  readonly types: readonly ContributedType[];
}

/**
 * The public schema as a subgraph of its own, with what is contributed to other subgraphs.
 *
 * @throws {TypeError} That names the option which is wrong.
 */
export function buildTollgateSubgraph(
  options: FederationOptions & { readonly names?: SchemaNames } = {},
): GraphQLSchema {
  const names = subgraphNames(options.names);
  const own = ownDocument(names);
  const { document, resolvers, references, guards, types } = subgraphParts(options, names);
  const taken = new Set(own.definitions.flatMap(node => ('name' in node ? [node.name?.value] : [])));
  const clash = types.find(({ name }) => taken.has(name));
  if (clash !== undefined) {
    throw new TypeError(`contribute: ${clash.name} is a type of this schema; choose another names.typePrefix`);
  }
  return buildSubgraph<GraphQLContext>({
    typeDefs: { kind: Kind.DOCUMENT, definitions: [...own.definitions, ...document.definitions] },
    resolvers: { ...renameResolvers(names), ...resolvers },
    references,
    ...guards,
  });
}

/** The text that composers take, without a server that is asked for it. Throws as `buildTollgateSubgraph`. */
export function printTollgateSubgraph(options: FederationOptions & { readonly names?: SchemaNames } = {}): string {
  buildTollgateSubgraph(options);
  const names = subgraphNames(options.names);
  const { document } = subgraphParts(options, names);
  return `${[ownDocument(names), document].map(print).join('\n\n').trim()}\n`;
}

/** In a subgraph some names have no prefix. */
export function subgraphNames(names: SchemaNames = standaloneNames): SchemaNames {
  return { ...checkSchemaNames(names), isSubgraph: true };
}

/** Checks the options, and makes what they add. Throws a TypeError that names the option which is wrong. */
export function subgraphParts(options: FederationOptions, names: SchemaNames): SubgraphParts {
  const { contribute = [], limits, sdl = 'AUTHENTICATED', maxRepresentations } = options;
  const isCount = Number.isInteger(maxRepresentations ?? 1) && (maxRepresentations ?? 1) > 0;
  if (!isCount) throw new TypeError('maxRepresentations: a whole number from 1 is needed');
  if (sdl !== 'AUTHENTICATED' && sdl !== 'OPEN') throw new TypeError('sdl: AUTHENTICATED or OPEN is needed');
  const types = readContributions(contribute);
  const identify = ({ governance }: GraphQLContext) => governance.principal();
  return {
    types,
    document: contributedDocument(types, names) ?? { kind: Kind.DOCUMENT, definitions: [] },
    resolvers: contributedResolvers(types, checkCompletionLimits(limits)),
    references: {
      ...Object.fromEntries(
        Object.entries<ReferenceResolver<GraphQLContext>>(entityReferences).map(([name, find]) => [
          prefixedType(name, names),
          find,
        ]),
      ),
      ...Object.fromEntries(types.map(type => [type.name, contributedReference(type)])),
    },
    guards: {
      mayFindEntities: identify,
      ...(sdl === 'OPEN' ? {} : { mayReadSdl: identify }),
      ...(maxRepresentations === undefined ? {} : { maxRepresentations }),
    },
  };
}

/** The public schema as it stands in `schema/`, under these names. */
export function ownDocument(names: SchemaNames): DocumentNode {
  return renameSchema(parse(typeDefinitions, { noLocation: true }), names);
}
