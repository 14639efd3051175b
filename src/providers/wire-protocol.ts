import type { Protocol } from '../model/catalog.ts';
import type { ProviderEvent, ProviderFailure, ProviderRequest } from './provider.ts';

/** What goes over the wire, without the provider's own base URL, headers and query. */
export interface WireRequest {
  /** Appended to the provider's base URL, with its leading slash: `/chat/completions`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
}

export interface WireResponseHead {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** Reads one streamed answer. A decoder serves one call. */
export interface StreamDecoder {
  /**
   * Reads one server-sent event.
   *
   * @param event The `event:` name, empty where there was none.
   * @returns What it means, often nothing; `end` or `failure` at most once, last.
   */
  read(event: string, data: string): readonly ProviderEvent[];
  /** The body has ended without fault: `end` where the terminal marker was read before, else a `cut` failure. */
  close(): readonly ProviderEvent[];
  /**
   * How long, in milliseconds, to wait for more where the answer is whole but for what may still follow: its usage, and a
   * marker that not every vendor sends. Then it is closed as it stands. Absent, or undefined: only the body's end ends it.
   */
  readonly graceMs?: number | undefined;
}

/** One wire protocol, as pure functions without input or output: N protocols and M faces need N + M mappers. */
export interface WireProtocol {
  readonly protocol: Protocol;
  /** Parameters of CompleteInput that it has no place for. */
  readonly unsupportedParameters: readonly string[];
  /** Names that `providerOptions` may set; everything else is refused before the call. */
  readonly allowedOptions: readonly string[];
  /**
   * This protocol as one provider speaks it, where that makes a difference: a vendor's dialect, state that only this
   * provider can read back. `createHttpProvider` calls it once.
   */
  readonly bindTo?: (provider: { readonly providerId: string; readonly baseUrl: string }) => WireProtocol;
  /** The headers that carry this key: `authorization`, `x-api-key`, `x-goog-api-key`. */
  credentialHeaders(apiKey: string): Readonly<Record<string, string>>;
  encode(request: ProviderRequest): WireRequest;
  /** Reads a whole 2xx body that is not a stream. A body that is not the protocol is a `protocol` failure. */
  decodeAnswer(body: string): readonly ProviderEvent[];
  createStreamDecoder(): StreamDecoder;
  /** Classifies an answer that is not 2xx. The body may be empty, HTML, cut, or any of the vendor's shapes. */
  decodeFailure(head: WireResponseHead, body: string): ProviderFailure;
}
