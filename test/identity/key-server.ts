import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, generateKeyPair, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose';
import type { JwtIssuer } from '../../src/identity/jwt.ts';

export interface KeyServer extends AsyncDisposable {
  readonly uri: string;
  /** Requests so far. */
  requests(): number;
  answer(listener: RequestListener): void;
  /** Answers with these public keys. */
  publish(...keys: readonly SigningKey[]): void;
}

/** An HTTP server on loopback that publishes keys, or whatever a test makes it do. */
export async function openKeyServer(): Promise<KeyServer> {
  let requests = 0;
  let listener: RequestListener = (_, response) => response.writeHead(404).end();
  const server = createServer((request, response) => {
    requests++;
    listener(request, response);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    uri: `http://127.0.0.1:${port}/jwks`,
    requests: () => requests,
    answer(next) {
      listener = next;
    },
    publish(...keys) {
      const body = JSON.stringify({ keys: keys.map(key => key.publicJwk) });
      listener = (_, response) => response.setHeader('content-type', 'application/json').end(body);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

export interface SigningKey {
  readonly publicJwk: Readonly<Record<string, unknown>>;
  readonly publicPem: string;
  sign(payload: JWTPayload, header?: Partial<JWTHeaderParameters>): Promise<string>;
}

export async function makeSigningKey(kid: string, alg = 'ES256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return {
    publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' },
    publicPem: await exportSPKI(publicKey),
    sign: (payload, header) => new SignJWT(payload).setProtectedHeader({ alg, kid, ...header }).sign(privateKey),
  };
}

/** An issuer whose keys are at this address; tests change what they are about. */
export function issuerAt(uri: string, changes: Partial<JwtIssuer> = {}): JwtIssuer {
  return {
    issuer: 'https://id.example.com',
    audience: ['tollgate'],
    keys: { uri },
    algorithms: ['ES256'],
    maxLifetimeMs: 86_400_000,
    claims: { user: 'sub', project: 'tollgate_project', role: 'tollgate_role' },
    ...changes,
  };
}
