import type { Capability, DataPolicy, Modality, Protocol } from '../model/catalog.ts';

/** A provider of `tollgate.yaml` or of the environment, as far as the catalogue needs it: no credential. */
export interface ConfiguredProvider {
  /** The part after `@` in an endpoint's id: lower-case letters, digits and dashes. */
  readonly id: string;
  /** Default: the id. Several providers may have one vendor. */
  readonly vendor?: string;
  /** For people. Default: the name that the catalogue knows for this id, else the id. */
  readonly name?: string;
  readonly protocol: Protocol;
  /** Decides whether what is known of the vendor's own service holds for this provider; see `createCatalog`. */
  readonly baseUrl?: string;
  readonly region?: string;
  /** Replaces what the catalogue knows, as a whole. */
  readonly dataPolicy?: DataPolicy;
  readonly billsAfterAbort?: boolean;
  /** Whether models that use tools of the provider by themselves may be called. Default false. */
  readonly allowServerTools?: boolean;
  /** `catalogue`: those that are known for this id, else for the vendor. */
  readonly models: 'catalogue' | readonly ConfiguredModel[];
}

export interface ConfiguredModel {
  /** The name that the provider knows the model by. */
  readonly id: string;
  /** The model's id here. Default: the model that the name is known to stand for at this vendor, else `<provider>/<id>`. */
  readonly as?: string;
  readonly name?: string;
  /** Replaces a known price as a whole. Absent: the price known for this name at this id or vendor, else unknown. */
  readonly price?: ConfiguredPrice;
  /** Default: what is known of the endpoint or model, else 8192. */
  readonly contextTokens?: number;
  readonly maxOutputTokens?: number;
  /** The most tokens that one image, audio or file can count: what budgets need where media come by URL. Default: unknown. */
  readonly maxMediaTokens?: number;
  /** Whether it uses tools of the provider by itself, such as searching the web. Default: by its name. */
  readonly runsServerTools?: boolean;
  /** Default: what is known, else TEXT. */
  readonly inputModalities?: readonly Modality[];
  /** Replaces what is known. Default without knowledge: STREAMING. */
  readonly capabilities?: readonly Capability[];
  /** Parameters of CompleteInput that it does not take. */
  readonly unsupportedParameters?: readonly string[];
  readonly quantization?: string;
}

/** US dollars per million tokens (`request`: per request) as decimal text with at most nine places. Absent is unknown. */
export interface ConfiguredPrice extends ConfiguredTierPrice {
  readonly cacheWriteLong?: string;
  readonly reasoning?: string;
  readonly request?: string;
  readonly tiers?: readonly ConfiguredTier[];
}

export interface ConfiguredTierPrice {
  readonly input?: string;
  readonly output?: string;
  readonly cacheRead?: string;
  readonly cacheWrite?: string;
}

export interface ConfiguredTier extends ConfiguredTierPrice {
  readonly aboveInputTokens: number;
}
