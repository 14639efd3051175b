import type { CodegenConfig } from '@graphql-codegen/cli';

const model = '../model';

const config: CodegenConfig = {
  schema: ['schema/*.graphql'],
  emitLegacyCommonJSImports: false,
  importExtension: '.ts',
  generates: {
    'src/graphql/resolvers.generated.ts': {
      plugins: ['typescript', 'typescript-resolvers'],
      config: {
        contextType: './context.ts#GraphQLContext',
        enumsAsTypes: true,
        immutableTypes: true,
        useTypeImports: true,
        strictScalars: true,
        defaultScalarType: 'never',
        inputMaybeValue: 'T | null | undefined',
        maybeValue: 'T | null | undefined',
        resolversNonOptionalTypename: false,
        scalars: {
          ID: 'string',
          Money: { input: 'bigint', output: 'bigint' },
          DateTime: { input: 'number', output: 'number' },
          Duration: { input: 'number', output: 'number' },
          Count: { input: 'number', output: 'number' },
          JSON: { input: 'unknown', output: 'unknown' },
        },
        mappers: {
          Completion: `${model}/completion.ts#Completion as CompletionParent`,
          CompletionError: `${model}/completion.ts#CompletionError as CompletionErrorParent`,
          Attempt: `${model}/completion.ts#Attempt as AttemptParent`,
          Message: `${model}/completion.ts#Answer as AnswerParent`,
          Candidate: `${model}/route.ts#Candidate as CandidateParent`,
          Exclusion: `${model}/route.ts#Exclusion as ExclusionParent`,
          ExclusionCount: `${model}/route.ts#ExclusionCount as ExclusionCountParent`,
          RouteDecision: `${model}/route.ts#RouteDecision as RouteDecisionParent`,
          PolicyRef: `${model}/route.ts#PolicyRef as PolicyRefParent`,
          Model: `${model}/catalog.ts#Model as ModelParent`,
          Endpoint: `${model}/catalog.ts#Endpoint as EndpointParent`,
          Provider: `${model}/catalog.ts#Provider as ProviderParent`,
          Project: `${model}/project.ts#Project as ProjectParent`,
          ApiKey: `${model}/project.ts#ApiKey as ApiKeyParent`,
          Viewer: `${model}/principal.ts#Principal as PrincipalParent`,
          RoleGrant: `${model}/principal.ts#RoleGrant as RoleGrantParent`,
          EffectivePolicy: '../gateway/gateway.ts#EffectivePolicy as EffectivePolicyParent',
          PolicyContribution: `${model}/policy.ts#PolicyContribution as PolicyContributionParent`,
          PolicyRules: `${model}/policy.ts#PolicyRules as PolicyRulesParent`,
          RegionRule: `${model}/policy.ts#RegionRule as RegionRuleParent`,
          RetentionRule: `${model}/policy.ts#RetentionRule as RetentionRuleParent`,
          ModelAccessRule: `${model}/policy.ts#ModelAccessRule as ModelAccessRuleParent`,
          RateLimitRule: `${model}/policy.ts#RateLimitRule as RateLimitRuleParent`,
          UsageGroup: '../stores/ledger-store.ts#UsageGroup as UsageGroupParent',
          CompletionEvent: `${model}/completion.ts#CompletionEvent as CompletionEventParent`,
        },
      },
    },
  },
};

export default config;
