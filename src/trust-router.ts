import type { Config, RouterConfig } from './config.ts';
import { type ProvedIdentityReader, principalOfProof, readSignedIdentity } from './graphql/signed-identity.ts';
import type { Vouching } from './http/graphql-handler.ts';
import type { AccessControl } from './identity/access-control.ts';
import { authenticateBearer } from './identity/authenticate-bearer.ts';

/** Believes what the router of the configuration has signed, and nobody else. */
export interface RouterTrust {
  readonly vouch: Vouching;
  /** What was signed before counts as used still, where the router's settings are the same. */
  reconfigure(config: Config): void;
}

/** Believes the router of this configuration; throws nothing, since its settings were checked with the file. */
export function trustRouter(config: Config, access: AccessControl): RouterTrust {
  let settings = textOf(config.router);
  let read = readerOf(config.router);
  return {
    vouch(rawHeaders, bearer) {
      const proved = read?.(rawHeaders);
      if (proved === undefined) return undefined;
      return () => principalOfProof(proved, access, () => authenticateBearer(access, bearer));
    },
    reconfigure({ router }) {
      if (textOf(router) === settings) return;
      settings = textOf(router);
      read = readerOf(router);
    },
  };
}

function readerOf(router: RouterConfig | undefined): ProvedIdentityReader | undefined {
  if (router === undefined) return undefined;
  const { header, secrets, ...rest } = router;
  return readSignedIdentity({ ...rest, identityHeader: header, secrets: secrets.map(secret => secret.reveal()) });
}

function textOf(router: RouterConfig | undefined): string {
  return JSON.stringify([router, router?.secrets.map(secret => secret.reveal())]);
}
