import type { Plugin } from '@envelop/core';
import { createErrorMapper, createHostErrorMapper, type ErrorLog } from '../src/graphql/errors.ts';
import {
  addedFields,
  embeddedNames,
  type SchemaExtensionOptions,
  schemaExtension,
} from '../src/graphql/extend-schema.ts';
import type { OperationLimits } from '../src/graphql/limits/operation-limits.ts';
import { useOperationLimits } from '../src/graphql/limits/use-operation-limits.ts';
import { checkSchemaNames, prefixedField, type SchemaNames } from '../src/graphql/rename-schema.ts';
import { useAcceptedOperations } from '../src/http/use-accepted-operations.ts';
import type { PolicyRules } from '../src/model/policy.ts';
import type { Rule } from '../src/policy/rule.ts';
import { budgets } from '../src/policy/rules/budgets.ts';
import { content } from '../src/policy/rules/content.ts';
import { limits } from '../src/policy/rules/limits.ts';
import { modelAccess } from '../src/policy/rules/models.ts';
import { rateLimits } from '../src/policy/rules/rate-limits.ts';
import { region } from '../src/policy/rules/region.ts';
import { retention } from '../src/policy/rules/retention.ts';
import { checkSettings } from './carry-rule.ts';
import { carry, type EmbeddedGateway, type GovernancePlugin, partsIn, type ServerInit } from './part.ts';
import { type AuditOptions, auditObserver } from './use-audit.ts';
import { type IdentityOptions, identifyBy } from './use-identity.ts';
import { type RedactionRule, withDefaults } from './use-redaction.ts';

/** What this server demands of everybody, beside all policies. */
export interface ServerRules
  extends Pick<PolicyRules, 'region' | 'retention' | 'models' | 'limits' | 'budgets' | 'rateLimits'> {
  readonly content?: readonly RedactionRule[];
}

export interface GovernanceOptions<Context extends object = Readonly<Record<string, unknown>>> {
  readonly gateway: EmbeddedGateway;
  /** What stands before the names of types and root fields. Default: `Ai` and `ai`. */
  readonly names?: Partial<SchemaNames>;
  /** Default: none beside the policies. All enforcers are there in any case. */
  readonly rules?: ServerRules;
  /** Fields of the server's own schema that content rules hold for as well: see `useRedaction`. Default: those with `@sensitive`. */
  readonly sensitive?: readonly string[];
  /** How callers are told apart. Default: by API key or token. */
  readonly identity?: Omit<IdentityOptions<Context>, 'gateway'>;
  /** Takes a record of every completion. Default: none is written; the ledger of the gateway has them all. */
  readonly audit?: Omit<AuditOptions, 'gateway'>;
  /** How large one document may be, the host's included; absent members as in `docs/graphql.md`. */
  readonly operationLimits?: Partial<Omit<OperationLimits, 'paidFields'>>;
  /**
   * `JSON`: what a foreign page can post without asking first (forms, plain text, uploads) is refused, and so are
   * subscriptions, prompts and sensitive inputs by GET. `HOST`: the host guards its requests itself. Default `JSON`.
   */
  readonly requests?: 'JSON' | 'HOST';
  /** Where the one line behind a masked error goes. Default: nowhere. */
  readonly log?: ErrorLog;
  /** Hides suggestions of names in errors. Default false. */
  readonly isProduction?: boolean;
}

/**
 * Governs a GraphQL server that exists already: adds this schema to its own, gives all its resolvers
 * `context.governance`, and enforces every kind of rule on what goes through it.
 *
 * The provider is hung up on when the client leaves. A name that the host's schema has already stops the start.
 *
 * @throws {TypeError} That names the option which is wrong.
 */
export function useGovernance<Context extends object = Readonly<Record<string, unknown>>>(
  options: GovernanceOptions<Context>,
): GovernancePlugin {
  const { gateway, identity, audit, operationLimits, requests = 'JSON', log, isProduction = false } = options;
  checkGateway(gateway);
  const names: SchemaNames = { ...embeddedNames, ...options.names };
  const mapping = { hideSuggestions: isProduction, ...(log === undefined ? {} : { log }) };
  const mapError = createErrorMapper(mapping);
  checkSchemaNames(names);
  const rules = rulesOf(options.rules ?? {});
  checkSettings('rules', rules);
  const carrier = carry({
    plugin: 'useGovernance',
    gateway,
    rules,
    sensitive: options.sensitive ?? [],
    isOwnField: addedFields(names),
    leavesRequests: requests === 'HOST',
    mapError: createHostErrorMapper(mapping),
    ...(audit === undefined ? {} : { observer: auditObserver(audit) }),
    ...(identity === undefined ? {} : { identify: identifyBy(identity) }),
  });
  return {
    ...carrier,
    onPluginInit(server) {
      carrier.onPluginInit(server);
      let extend: ReturnType<typeof schemaExtension> | undefined;
      const extending: Plugin = {
        onSchemaChange({ schema, replaceSchema }) {
          extend ??= schemaExtension({ names, mapError, ...federationIn(server) });
          replaceSchema(extend(schema));
        },
      };
      // Envelop takes the place of a hook in its own list for that of a plugin, and then tells that one nothing: of
      // two that stand side by side, one is always told.
      server.addPlugin({ ...extending });
      server.addPlugin({ ...extending });
      server.addPlugin(useOperationLimits({ ...operationLimits, paidFields: [prefixedField('complete', names)] }));
      if (requests === 'JSON') server.addPlugin(useAcceptedOperations({ names, checksMembers: false }));
    },
  };
}

/** By the first schema all plugins of the list are there. */
function federationIn({ plugins }: ServerInit): Pick<SchemaExtensionOptions, 'federation'> {
  const federation = partsIn(plugins).find(part => part.federation !== undefined)?.federation;
  return federation === undefined ? {} : { federation };
}

function checkGateway(gateway: EmbeddedGateway | undefined): void {
  if (typeof gateway?.run === 'function' && typeof gateway.access?.authenticate === 'function') return;
  throw new TypeError('gateway: what createGateway gives is needed');
}

function rulesOf(rules: ServerRules): readonly Rule[] {
  return [
    region(rules.region),
    retention(rules.retention),
    modelAccess(rules.models),
    content(rules.content?.map(withDefaults)),
    budgets(rules.budgets),
    rateLimits(rules.rateLimits),
    limits(rules.limits),
  ];
}
