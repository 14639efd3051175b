import type { Capability, DataPolicy, Modality, Price, Protocol } from '../model/catalog.ts';

/** What an author says of a model. Absent members are unknown. */
export interface KnownModel {
  /** `author/name`. */
  readonly id: string;
  readonly name: string;
  readonly contextTokens?: number;
  readonly maxOutputTokens?: number;
  readonly inputModalities?: readonly Modality[];
  readonly outputModalities?: readonly Modality[];
  readonly capabilities?: readonly Capability[];
  readonly knowledgeCutoff?: string;
  readonly releasedAt?: string;
}

/** What is known of a provider, configured here or not. */
export interface KnownProvider {
  /** Lower-case letters, digits and dashes. */
  readonly id: string;
  readonly name: string;
  /** Default: the id. */
  readonly vendor?: string;
  /** Absent where no adapter speaks its protocol. */
  readonly protocol?: Protocol;
  /** What stands before `/chat/completions`, `/v1/messages` or `/v1beta`. From the built-in facts only. */
  readonly baseUrl?: string;
  /** Names of the environment variables that usually hold its credential, the first one first. */
  readonly environment?: readonly string[];
  /** ISO 3166 country code. */
  readonly headquarters?: string;
  readonly billsAfterAbort?: boolean;
  readonly dataPolicy?: DataPolicy;
}

/** What is known of one model at one provider. Its identity is `providerId` and `wireModel`; absent members are unknown. */
export interface KnownEndpoint {
  readonly providerId: string;
  /** The name that the provider knows the model by. */
  readonly wireModel: string;
  /** The model that it was joined to when the facts were made; absent: the joiner decides. */
  readonly modelId?: string;
  /** With `modelId`: which of several endpoints of that model at this provider. */
  readonly variant?: string;
  /** The model that the source says it descends from: a hint to the joiner, and never more. */
  readonly baseModel?: string;
  readonly name?: string;
  readonly price?: Price;
  readonly contextTokens?: number;
  readonly maxOutputTokens?: number;
  readonly maxMediaTokens?: number;
  /** Whether it uses tools of the provider by itself. Absent: by its name. */
  readonly runsServerTools?: boolean;
  readonly inputModalities?: readonly Modality[];
  readonly outputModalities?: readonly Modality[];
  /** Known to be there. */
  readonly capabilities?: readonly Capability[];
  /** Known to be missing; what is in neither list is unknown, and counts as missing. */
  readonly missingCapabilities?: readonly Capability[];
  readonly unsupportedParameters?: readonly string[];
  readonly quantization?: string;
  readonly knowledgeCutoff?: string;
  readonly releasedAt?: string;
  readonly deprecated?: boolean;
  /** `YYYY-MM-DD`: deprecated from this day on. */
  readonly deprecatedFrom?: string;
}

/** Where facts come from. */
export interface FactSource {
  /** `models.dev`, `litellm`, `openrouter`. */
  readonly name: string;
  /** The commit or version of the source. */
  readonly revision?: string;
  /** `YYYY-MM-DD`: the day of the data, where the source tells. */
  readonly date?: string;
  readonly license?: string;
}

/** One layer of the catalogue. Later layers add to earlier ones and replace what they know themselves. */
export interface CatalogFacts {
  readonly source: FactSource;
  readonly models: readonly KnownModel[];
  readonly providers: readonly KnownProvider[];
  readonly endpoints: readonly KnownEndpoint[];
}
