import { openAiFetch } from '../src/http/openai-api/openai-fetch.ts';
import { carry, type GatewayOption, type GovernancePlugin } from './part.ts';

export interface OpenAiApiOptions extends GatewayOption {
  /** Where it is mounted. Default: `/v1`, so that clients take the server's address with `/v1` as their base URL. */
  readonly path?: string;
  /** How long a stream waits for a true status before its head is sent, in milliseconds. Default 10,000. */
  readonly statusWaitMs?: number;
}

/**
 * Answers OpenAI clients beside GraphQL, in the same server: every rule of its plugins holds there, and callers are told
 * apart in the same way. It needs Yoga, or a server that is made of it; Envelop alone sees no HTTP.
 *
 * @throws {TypeError} For a path that is none.
 */
export function useOpenaiApi({ gateway, path = '/v1', statusWaitMs }: OpenAiApiOptions = {}): GovernancePlugin {
  if (!/^(\/[\w.-]+)+$/.test(path)) throw new TypeError('path: it begins with a slash, and ends without one');
  return carry({
    plugin: 'useOpenaiApi',
    ...(gateway === undefined ? {} : { gateway }),
    answersHttp({ request, pathname, rawHeaders, classes, governance }) {
      if (!pathname.startsWith(`${path}/`)) return undefined;
      return openAiFetch(request, {
        governance: governance(),
        path: `/v1${pathname.slice(path.length)}`,
        classes,
        rawHeaders,
        ...(statusWaitMs === undefined ? {} : { statusWaitMs }),
      });
    },
  });
}
