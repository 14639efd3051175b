import { rootCertificates } from 'node:tls';
import { type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';

/** Proxies as the usual environment variables name them, passed in by whoever read them. */
export interface ProxySettings {
  /** `HTTPS_PROXY`: for https origins. */
  readonly httpsProxy?: string;
  /** `HTTP_PROXY`: for http origins. */
  readonly httpProxy?: string;
  /** `NO_PROXY`: hosts and domains, separated by commas, that are spoken to directly; `*` for all. */
  readonly noProxy?: string;
}

export interface DispatcherOptions {
  readonly origin: string;
  readonly connectMs: number;
  readonly proxy?: ProxySettings;
  /** PEM, trusted besides the built-in ones. */
  readonly certificates?: readonly string[];
}

/** An idle connection is kept so long, in milliseconds, unless the provider says less. */
const keepAliveMs = 30_000;

/**
 * Opens connections for one provider and one credential; they are never shared with another.
 *
 * There is no retry, redirect, cache or time limit but that for connecting: the gateway owns these.
 */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { origin, connectMs, proxy, certificates = [] } = options;
  const ca = certificates.length === 0 ? {} : { ca: [...rootCertificates, ...certificates] };
  const connect = { timeout: connectMs, ...ca };
  const shared = { connect, headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: keepAliveMs, allowH2: false };
  if (!proxy?.httpsProxy && !proxy?.httpProxy) return new Pool(origin, shared);
  // Every setting is given, so that the agent reads none from the environment.
  return new EnvHttpProxyAgent({
    ...shared,
    requestTls: connect,
    proxyTls: connect,
    httpsProxy: proxy.httpsProxy ?? '',
    httpProxy: proxy.httpProxy ?? '',
    noProxy: proxy.noProxy ?? '',
  });
}
