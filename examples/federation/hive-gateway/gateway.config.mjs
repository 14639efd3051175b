import { createHmac, randomBytes } from 'node:crypto';
import { GraphQLError } from 'graphql';

/** The subgraph that Tollgate is in the supergraph. */
const tollgate = 'tollgate';

export const gatewayConfig = {
  transportEntries: {
    '*.http': {
      options: {
        // Prompts are variables. By default the gateway subscribes by GET, with the variables in the URL.
        method: 'POST',
        // Two callers who ask the same at the same time get an answer each: one who leaves takes no other's with him.
        deduplicateInflightRequests: false,
      },
    },
  },
  // A client that leaves takes its query, mutation or subscription with it, down to the model.
  upstreamCancellation: true,
  plugins: () => [refusePromptsInUrls, sayWhoAsks, forgetBodies],
};

/** Operations of clients come by POST too: a URL stands in every log on its way. */
const refusePromptsInUrls = {
  onRequest({ request, url, endResponse, fetchAPI }) {
    if (request.method !== 'GET' || !url.searchParams.has('query')) return;
    endResponse(new fetchAPI.Response('use POST', { status: 405, headers: { allow: 'POST' } }));
  },
};

/** Passes on the caller's own key or token and, signed, what the operation is for. Nothing else that a client sent. */
const sayWhoAsks = {
  onSubgraphExecute({ subgraphName, executionRequest }) {
    if (subgraphName !== tollgate) return;
    const { context, extensions } = executionRequest;
    const headers = {};
    // By HTTP, or with `connection_init` of a WebSocket.
    const authorization = context?.headers?.authorization;
    if (typeof authorization === 'string') headers.authorization = authorization;
    const secret = process.env.ROUTER_SECRET;
    // The gateway gives the operations that it sends names of its own; this is the client's.
    const workload = context?.params?.operationName;
    // Where the gateway has verified who asks: { user: context.jwt?.payload.sub, project: 'the-project', workload }
    if (secret !== undefined) headers['x-tollgate-identity'] = sign({ workload }, secret);
    executionRequest.extensions = { ...extensions, headers: { ...extensions?.headers, ...headers } };
  },
};

/**
 * Of a request that failed, or whose client left, the gateway logs the body, where the prompt stands, and of an answer
 * that it cannot read the text. Both are taken out of the error; what failed is logged without them.
 */
const forgetBodies = {
  onSubgraphExecute({ subgraphName, log }) {
    const forget = result => {
      if (!Array.isArray(result?.errors)) return result;
      return { ...result, errors: result.errors.map(error => withoutBody(error, subgraphName, log)) };
    };
    return ({ result, setResult }) => {
      setResult(forget(result));
      return { onNext: ({ result: next, setResult: setNext }) => setNext(forget(next)) };
    };
  },
};

function withoutBody({ message, path, extensions = {} }, subgraph, log) {
  const { request: _, response, ...kept } = extensions;
  const isUnreadable = kept.code === 'RESPONSE_VALIDATION_FAILED';
  if (isUnreadable || kept.code === 'SUBREQUEST_HTTP_ERROR') {
    log.error({ subgraph, code: kept.code, status: response?.status }, 'a subgraph did not answer as it should');
  }
  const text = isUnreadable ? 'The answer of a subgraph could not be read.' : message;
  return new GraphQLError(text, { path, extensions: kept });
}

/** What is signed counts once, and for half a minute. */
function sign(identity, secret) {
  const once = { at: Date.now(), nonce: randomBytes(16).toString('base64url') };
  const what = `v1.${Buffer.from(JSON.stringify({ ...once, ...identity })).toString('base64url')}`;
  return `${what}.${createHmac('sha256', secret).update(what).digest('base64url')}`;
}
