import { GatewayError } from '../../errors.ts';
import type { Governance } from '../../graphql/context.ts';
import { type FetchClasses, fetchExchange } from '../fetch-carrier.ts';
import { createOpenAiApi } from './openai-api.ts';

export interface OpenAiFetchOptions {
  /** The gateway as this request sees it. */
  readonly governance: Governance;
  /** The path as the API knows it: `/v1/chat/completions`. */
  readonly path: string;
  /** Headers as they came, names and values in turn. */
  readonly rawHeaders?: readonly string[];
  readonly classes?: FetchClasses;
  /** How long a stream waits for a true status, in milliseconds. Default 10,000. */
  readonly statusWaitMs?: number;
  readonly onFault?: (error: GatewayError, requestId: string) => void;
}

/**
 * Answers one request of the OpenAI API that came by `fetch`, as the server does: streams are streamed, and whoever
 * leaves hangs up on the provider.
 */
export async function openAiFetch(fetched: Request, options: OpenAiFetchOptions): Promise<Response> {
  const { governance, path, rawHeaders, classes, statusWaitMs, onFault } = options;
  const { gateway, access, requestId, traceparent } = governance;
  const { request, response, answer } = fetchExchange(fetched, {
    headers: { 'x-request-id': requestId },
    ...(rawHeaders === undefined ? {} : { rawHeaders }),
    ...(classes === undefined ? {} : { classes }),
  });
  const api = createOpenAiApi({
    gateway,
    access,
    principal: () => governance.principal(),
    ...(statusWaitMs === undefined ? {} : { statusWaitMs }),
    ...(onFault === undefined ? {} : { onFault }),
  });
  api(request, response, path, { requestId, ...(traceparent === undefined ? {} : { traceparent }) });
  try {
    return await answer;
  } catch (cause) {
    throw new GatewayError('CANCELLED', 'The caller has left.', { cause });
  }
}
