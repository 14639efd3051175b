import type { PublicKey } from '../gateway/signing-keys.ts';
import type { SchemaNames } from '../graphql/rename-schema.ts';
import { createSseScanner } from '../stream/decode-sse.ts';
import { CommandError, exitCodes } from './exit-codes.ts';
import type { GraphClient, GraphResult } from './graph-client.ts';
import { readResult } from './read-result.ts';

export interface RemoteClientOptions {
  /** The server's origin. */
  readonly url: string;
  readonly apiKey?: string;
  readonly names: SchemaNames;
}

/** Speaks to a running server over HTTP; streams come as server-sent events. */
export function remoteClient({ url, apiKey, names }: RemoteClientOptions): GraphClient {
  async function post(body: unknown, accept: string, signal: AbortSignal): Promise<Response> {
    const headers = {
      'content-type': 'application/json',
      accept,
      ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
    };
    try {
      return await fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify(body), signal });
    } catch (cause) {
      if (signal.aborted) throw cause;
      throw new CommandError(exitCodes.unavailable, `No gateway answers at ${url}. Is it running?`);
    }
  }

  return {
    names,
    async query(document, variables, signal) {
      const response = await post({ query: document, variables }, 'application/json', signal);
      return readResult(await readJson(response, url));
    },
    async *subscribe<T>(document: string, variables: Readonly<Record<string, unknown>>, signal: AbortSignal) {
      const response = await post({ query: document, variables }, 'text/event-stream', signal);
      if (!response.headers.get('content-type')?.startsWith('text/event-stream') || response.body === null) {
        readResult(await readJson(response, url));
        throw new CommandError(exitCodes.unavailable, `${url} does not answer as a Tollgate server does.`);
      }
      const arrived: GraphResult[] = [];
      const scanner = createSseScanner((event, data) => {
        if (event === 'next') arrived.push(JSON.parse(data) as GraphResult);
      });
      for await (const chunk of response.body) {
        scanner.push(chunk);
        for (const result of arrived.splice(0)) yield readResult<T>(result);
      }
    },
    async publicKeys() {
      const response = await fetch(`${url}/.well-known/jwks.json`).catch(() => undefined);
      const { keys } = ((await response?.json().catch(() => undefined)) ?? {}) as {
        readonly keys?: readonly PublicKey[];
      };
      if (keys === undefined) throw new CommandError(exitCodes.unavailable, `${url} does not show its public keys.`);
      return keys;
    },
    close: () => Promise.resolve(),
  };
}

async function readJson(response: Response, url: string): Promise<GraphResult> {
  try {
    return (await response.json()) as GraphResult;
  } catch {
    throw new CommandError(
      exitCodes.unavailable,
      `${url} answered with status ${response.status} and no GraphQL result.`,
    );
  }
}
