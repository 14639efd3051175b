import { createEventStream } from '../stream/event-stream.ts';
import { createDispatcher, type ProxySettings } from './dispatcher.ts';
import type { ProviderAdapter, ProviderEvent, ProviderRequest } from './provider.ts';
import { startCall } from './provider-call.ts';
import { checkHeaders, pathOf, readProviderTarget } from './provider-target.ts';
import { failed, faultName } from './read-body.ts';
import type { WireProtocol, WireRequest } from './wire-protocol.ts';

export interface HttpProviderOptions {
  /** The part after `@` in an endpoint's id. */
  readonly id: string;
  /**
   * What stands before the protocol's own path: for openai before `/chat/completions`, for anthropic before
   * `/v1/messages`, for gemini before `/v1beta`. Its query, if any, is sent too.
   */
  readonly baseUrl: string;
  /** Sent to this base URL's origin alone. Absent: the provider wants none; empty: it is missing. */
  readonly apiKey?: string;
  /** What else the provider wants; they replace the protocol's own, but not the key's. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  /** Until a connection stands, TLS included, in milliseconds. Default 3000. */
  readonly connectMs?: number;
  readonly proxy?: ProxySettings;
  /** PEM certificates, trusted besides the built-in ones. */
  readonly certificates?: readonly string[];
}

const traceparent = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/;

/**
 * Makes an adapter for one provider over HTTP/1.1, with connections of its own.
 *
 * The only time limit here is that for connecting. A redirect is a failure, so that no key goes elsewhere. No message
 * or body of the provider is in a failure.
 *
 * @throws {TypeError} Naming the option that is wrong.
 */
export function createHttpProvider(options: HttpProviderOptions, protocol: WireProtocol): ProviderAdapter {
  const { id, baseUrl, apiKey, connectMs = 3_000, proxy, certificates } = options;
  if (!/^[a-z0-9-]+$/.test(id)) throw new TypeError('id: lower-case letters, digits and dashes only');
  if (!Number.isFinite(connectMs) || connectMs <= 0) throw new TypeError('connectMs: more than 0');
  const target = readProviderTarget(options);
  const wire = protocol.bindTo?.({ providerId: id, baseUrl }) ?? protocol;
  const hasCredential = apiKey !== '';
  const credential = apiKey === undefined ? {} : checkHeaders(wire.credentialHeaders(apiKey), 'apiKey');
  const dispatcher = createDispatcher({
    origin: target.origin,
    connectMs,
    ...(proxy === undefined ? {} : { proxy }),
    ...(certificates === undefined ? {} : { certificates }),
  });

  function headersOf(
    request: ProviderRequest,
    encoded: WireRequest,
    trace: string | undefined,
  ): Readonly<Record<string, string>> {
    return {
      'user-agent': 'tollgate',
      ...encoded.headers,
      ...target.headers,
      ...credential,
      'content-type': 'application/json',
      accept: request.stream ? 'text/event-stream' : 'application/json',
      'accept-encoding': 'identity',
      ...(trace !== undefined && traceparent.test(trace) ? { traceparent: trace } : {}),
    };
  }

  return {
    providerId: id,
    protocol: wire.protocol,
    hasCredential,
    unsupportedParameters: wire.unsupportedParameters,
    call(request, signal, trace) {
      if (request.endpoint.providerId !== id) throw new TypeError(`call: an endpoint of another provider than ${id}`);
      let encoded: WireRequest;
      try {
        encoded = wire.encode(request);
      } catch (error) {
        return endedWith(failed('bad-request', `not encodable: ${faultName(error)}`));
      }
      const { path, query, body } = encoded;
      const headers = headersOf(request, encoded, trace);
      const outgoing = { origin: target.origin, path: pathOf(target, path, query), headers, body };
      return startCall(dispatcher, wire, { ...outgoing, stream: request.stream }, signal);
    },
    close: () => dispatcher.close(),
  };
}

function endedWith(event: ProviderEvent): ReturnType<ProviderAdapter['call']> {
  const source = createEventStream<ProviderEvent>();
  source.write([event]);
  source.end();
  return source.stream;
}
