import { GatewayError } from '../../errors.ts';
import type { IncomingRequest, OutgoingResponse } from '../carrier.ts';
import type { Correlation } from '../correlation.ts';
import { discardBody } from '../read-body.ts';
import { asGatewayError, sendJson } from '../send-json.ts';
import { type ChatCompletionsOptions, chatCompletions } from './chat-completions.ts';
import { toOpenAiError } from './errors.ts';
import { findModel, listModels } from './models.ts';
import { principalOf } from './principal-of.ts';
import { sendOpenAiError } from './send-openai-error.ts';

export type OpenAiApiOptions = ChatCompletionsOptions & {
  /** Told of every fault that is answered, for the log. */
  readonly onFault?: (error: GatewayError, requestId: string) => void;
};

/** Answers everything under `/v1/`. */
export type OpenAiApi = (
  request: IncomingRequest,
  response: OutgoingResponse,
  path: string,
  correlation: Correlation,
) => void;

/** Makes the OpenAI API over a gateway: `docs/openai-api.md` says what it takes. */
export function createOpenAiApi(options: OpenAiApiOptions): OpenAiApi {
  const { gateway, onFault } = options;

  async function models(request: IncomingRequest, response: OutgoingResponse, path: string): Promise<void> {
    const principal = await principalOf(options, request);
    if (path === '/v1/models') {
      return sendJson(response, 200, JSON.stringify({ object: 'list', data: listModels(gateway, principal) }));
    }
    const model = findModel(gateway, principal, decodePath(path.slice('/v1/models/'.length)));
    if (model === undefined) throw new GatewayError('NOT_FOUND', 'no such model', { path: 'model' });
    sendJson(response, 200, JSON.stringify(model));
  }

  async function answer(
    request: IncomingRequest,
    response: OutgoingResponse,
    path: string,
    correlation: Correlation,
  ): Promise<void> {
    const { method } = request;
    if (path === '/v1/chat/completions') {
      if (method !== 'POST') return refuseMethod(response, 'POST');
      return chatCompletions(options, request, response, correlation);
    }
    if (path === '/v1/models' || path.startsWith('/v1/models/')) {
      if (method !== 'GET') return refuseMethod(response, 'GET');
      return models(request, response, path);
    }
    throw new GatewayError('NOT_FOUND', 'no such path; see /v1/chat/completions and /v1/models');
  }

  return (request, response, path, correlation) => {
    answer(request, response, path, correlation).catch((thrown: unknown) => {
      const error = asGatewayError(thrown);
      onFault?.(error, correlation.requestId);
      discardBody(request);
      sendOpenAiError(response, error);
    });
  };
}

function refuseMethod(response: OutgoingResponse, allow: string): void {
  const error = new GatewayError('BAD_USER_INPUT', `use ${allow}`);
  sendJson(response, 405, JSON.stringify({ error: toOpenAiError(error) }), { allow, 'x-should-retry': 'false' });
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new GatewayError('NOT_FOUND', 'no such model', { path: 'model' });
  }
}
