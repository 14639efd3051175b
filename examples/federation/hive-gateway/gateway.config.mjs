import { createHmac, randomBytes } from 'node:crypto';

/** The subgraph that Tollgate is in the supergraph. */
const tollgate = 'tollgate';

export const gatewayConfig = {
  // Prompts are variables. By default the gateway subscribes by GET, with the variables in the URL.
  transportEntries: { '*.http': { options: { method: 'POST' } } },
  // A client that leaves takes its query, mutation or subscription with it, down to the model.
  upstreamCancellation: true,
  // The caller's own key or token decides what it may do. Nothing else that a client sends is passed on.
  propagateHeaders: {
    fromClientToSubgraphs({ request, subgraphName }) {
      const authorization = request.headers.get('authorization');
      return subgraphName === tollgate && authorization !== null ? { authorization } : {};
    },
  },
  plugins: () => [refusePromptsInUrls, signIdentity],
};

/** Operations of clients come by POST too: a URL stands in every log on its way. */
const refusePromptsInUrls = {
  onRequest({ request, url, endResponse, fetchAPI }) {
    if (request.method !== 'GET' || !url.searchParams.has('query')) return;
    endResponse(new fetchAPI.Response('use POST', { status: 405, headers: { allow: 'POST' } }));
  },
};

/** Says what the operation is for, as its name: the gateway gives the operations that it sends names of its own. */
const signIdentity = {
  onFetch({ options, setOptions, context, executionRequest }) {
    const secret = process.env.ROUTER_SECRET;
    if (secret === undefined || executionRequest?.subgraphName !== tollgate) return;
    const workload = context?.operationName ?? context?.params?.operationName;
    // Where the gateway has verified who asks: { user: context.jwt?.payload.sub, project: 'the-project', workload }
    const identity = sign({ workload }, secret);
    setOptions({ ...options, headers: { ...options.headers, 'x-tollgate-identity': identity } });
  },
};

/** What is signed counts once, and for half a minute. */
function sign(identity, secret) {
  const once = { at: Date.now(), nonce: randomBytes(16).toString('base64url') };
  const what = `v1.${Buffer.from(JSON.stringify({ ...once, ...identity })).toString('base64url')}`;
  return `${what}.${createHmac('sha256', secret).update(what).digest('base64url')}`;
}
