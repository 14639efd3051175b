/**
 * Tollgate in a GraphQL server of one's own: plugins for Yoga, and for Envelop alone.
 *
 * ```ts
 * import { createYoga } from 'graphql-yoga';
 * import { useGovernance } from 'tollgate/plugins';
 *
 * const yoga = createYoga({ schema, plugins: [useGovernance({ gateway })] });
 * ```
 */

/** What resolvers find in their context. */
export type { Governance, GraphQLContext as GovernanceContext } from '../src/graphql/context.ts';
export type { ErrorLog } from '../src/graphql/errors.ts';
export type { CompletionLimits } from '../src/graphql/federation/completion-queue.ts';
export type {
  ContributedCompletion,
  ContributedUsage,
  Contribution,
  EntityFields,
} from '../src/graphql/federation/contribution.ts';
export type { OperationLimits } from '../src/graphql/limits/operation-limits.ts';
export type { SchemaNames } from '../src/graphql/rename-schema.ts';
/** What `governance.complete` and `governance.stream` take. */
export type { CompleteInput } from '../src/graphql/resolvers.generated.ts';
/** What a schema declares that marks fields with `@sensitive`. */
export { sensitiveDirective } from '../src/graphql/sensitive/marked-fields.ts';
export type { EmbeddedGateway, GatewayOption, GovernancePlugin } from './part.ts';
export { type DocumentCaches, type PromptFreeOptions, promptFreeDocuments } from './prompt-free-documents.ts';
export type { SecretSharingProxy, SigningProxy, SigningRouter, TrustedProxy } from './trusted-proxy.ts';
export { type AuditOptions, type CompletionRecord, type ExcludedEndpoints, useAudit } from './use-audit.ts';
export { type BudgetsOptions, useBudgets } from './use-budgets.ts';
export { type FederationPluginOptions, useFederation } from './use-federation.ts';
export { type GovernanceOptions, type ServerRules, useGovernance } from './use-governance.ts';
export { type IdentityOptions, type SignedInPerson, useIdentity } from './use-identity.ts';
export { type LimitsOptions, useLimits } from './use-limits.ts';
export { type ModelAccessOptions, useModelAccess } from './use-model-access.ts';
export { type OpenAiApiOptions, useOpenaiApi } from './use-openai-api.ts';
export { type RateLimitsOptions, useRateLimits } from './use-rate-limits.ts';
export { type RedactionOptions, type RedactionRule, useRedaction } from './use-redaction.ts';
export { type RegionOptions, useRegion } from './use-region.ts';
export { type RetentionOptions, useRetention } from './use-retention.ts';
