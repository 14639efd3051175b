import type { Endpoint, Model, Provider } from '../model/catalog.ts';

/** What a caller's model name stands for. */
export interface ResolvedModel {
  readonly modelId: string;
  /** Present where the name chose one endpoint of the model. */
  readonly endpointId?: string;
}

/** The models, endpoints and providers that this gateway knows, as one immutable revision. */
export interface Catalog {
  /** By id, rising. */
  readonly models: readonly Model[];
  readonly providers: readonly Provider[];
  /** Those of providers that are configured here; a request can reach no others. */
  readonly configuredEndpoints: readonly Endpoint[];
  model(id: string): Model | undefined;
  /** Those of providers that are not configured too. Best known first is not promised. */
  endpointsOf(modelId: string): readonly Endpoint[];
  endpoint(id: string): Endpoint | undefined;
  provider(id: string): Provider | undefined;
  isConfigured(providerId: string): boolean;
  /**
   * Reads a model id, a name that was one before it was joined to its author's, an endpoint's id, or an alias set by
   * an administrator (which may stand for any of these). Undefined: no such model.
   */
  resolve(name: string): ResolvedModel | undefined;
}
