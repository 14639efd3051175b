import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { DocumentNode } from 'graphql';
import { installFolder } from '../support/install-folder.ts';
import type { ComposedSubgraph } from './open-hive.ts';

export const composers = ["the Guild's", "Apollo's", "Cosmo's"] as const;
export type Composer = (typeof composers)[number];

/** What a composer made of subgraphs. */
export interface Composed {
  /** Why they do not fit together; empty where they do. */
  readonly faults: readonly string[];
  /** The types that clients see, with the names of their fields. */
  readonly types: ReadonlyMap<string, readonly string[]>;
}

interface Service {
  readonly name: string;
  readonly url: string;
  readonly typeDefs: DocumentNode;
}

interface Outcome {
  readonly errors?: readonly Error[];
  readonly supergraphSdl?: string;
}

interface Graphql {
  parse(sdl: string): DocumentNode;
  printSchema(schema: unknown): string;
}

/** Composes with a composer as it is installed in `test/gateways`, on the graphql that it brings. */
export async function compose(composer: Composer, subgraphs: readonly ComposedSubgraph[]): Promise<Composed> {
  const require = createRequire(join(await installFolder('test/gateways'), 'package.json'));
  const { parse, printSchema } = require('graphql') as Graphql;
  const services = subgraphs.map(({ name, url, sdl }): Service => ({ name, url, typeDefs: parse(sdl) }));
  if (composer === "Cosmo's") {
    const { federateSubgraphs, LATEST_ROUTER_COMPATIBILITY_VERSION } = require('@wundergraph/composition') as Cosmo;
    const federated = federateSubgraphs({
      subgraphs: services.map(({ name, url, typeDefs }) => ({ name, url, definitions: typeDefs })),
      version: LATEST_ROUTER_COMPATIBILITY_VERSION,
    });
    const client = federated.success ? parse(printSchema(federated.federatedGraphClientSchema)) : undefined;
    return { faults: messagesOf(federated.errors), types: typesOf(client) };
  }
  const name = composer === "Apollo's" ? '@apollo/composition' : '@theguild/federation-composition';
  const { composeServices } = require(name) as { composeServices(services: readonly Service[]): Outcome };
  const { errors, supergraphSdl } = composeServices(services);
  return { faults: messagesOf(errors), types: typesOf(supergraphSdl === undefined ? undefined : parse(supergraphSdl)) };
}

interface Cosmo {
  readonly LATEST_ROUTER_COMPATIBILITY_VERSION: string;
  federateSubgraphs(given: object): {
    readonly success: boolean;
    readonly errors?: readonly Error[];
    readonly federatedGraphClientSchema: unknown;
  };
}

function messagesOf(errors: readonly Error[] = []): readonly string[] {
  return errors.map(({ message }) => message);
}

function typesOf(document: DocumentNode | undefined): ReadonlyMap<string, readonly string[]> {
  const types = new Map<string, readonly string[]>();
  for (const definition of document?.definitions ?? []) {
    if (!('name' in definition) || definition.name === undefined || !('fields' in definition)) continue;
    types.set(definition.name.value, (definition.fields ?? []).map(field => field.name.value).sort());
  }
  return types;
}
