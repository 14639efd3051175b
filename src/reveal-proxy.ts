import type { ProxyConfig } from './config.ts';
import type { ProxySettings } from './providers/dispatcher.ts';

/** The proxies as connections take them, with the credentials that their URLs may hold. */
export function revealProxy({ noProxy, httpProxy, httpsProxy }: ProxyConfig): ProxySettings {
  return {
    noProxy: noProxy.join(','),
    ...(httpProxy === undefined ? {} : { httpProxy: httpProxy.reveal() }),
    ...(httpsProxy === undefined ? {} : { httpsProxy: httpsProxy.reveal() }),
  };
}
