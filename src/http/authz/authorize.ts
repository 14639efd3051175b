import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { badInput, type GatewayError } from '../../errors.ts';
import type { Gateway } from '../../gateway/gateway.ts';
import type { AccessControl } from '../../identity/access-control.ts';
import { authenticateBearer } from '../../identity/authenticate-bearer.ts';
import { readCredential } from '../../identity/read-credential.ts';
import type { Principal } from '../../model/principal.ts';
import type { Correlation } from '../correlation.ts';
import { discardBody } from '../read-body.ts';
import { asGatewayError, retryAfter, sendJson } from '../send-json.ts';
import { judgeRoute, type NamedRoute, requestFor, type Verdict } from './judge-route.ts';

/** The ids among these of the policies that the principal may see. */
export type VisiblePolicies = (principal: Principal, ids: readonly string[]) => Promise<ReadonlySet<string>>;

export interface AuthorizerOptions {
  readonly gateway: Gateway;
  readonly access: AccessControl;
  /** Default: none, and no policy is named. */
  readonly visiblePolicies?: VisiblePolicies;
  /** Told of every fault that is answered, for the log. */
  readonly onFault?: (error: GatewayError, requestId: string) => void;
}

/** Answers a request for leave. */
export type Authorizer = (request: IncomingMessage, response: ServerResponse, correlation: Correlation) => void;

/** Statuses that nginx and Envoy pass on; anything else would look to them like a broken server. */
type AuthorizationStatus = 200 | 401 | 403 | 503;

const longestName = 256;

/** `/authz`, and what Envoy puts behind it: the path of the request that is asked about. */
export function isAuthorizationPath(path: string): boolean {
  return path === '/authz' || path.startsWith('/authz/');
}

/**
 * Answers other servers that ask before they let a request through: nginx's `auth_request` and Envoy's `ext_authz`.
 *
 * Whoever carries the credential asks for `x-tollgate-model`, in `x-tollgate-region`, for `x-tollgate-workload`; the
 * method, the path and the body say nothing. Decided by `route`: nothing is called, reserved or booked.
 */
export function createAuthorizer(options: AuthorizerOptions): Authorizer {
  const { gateway, access, visiblePolicies, onFault } = options;

  async function policyHeader(principal: Principal, { policies }: Verdict): Promise<OutgoingHttpHeaders> {
    if (visiblePolicies === undefined || policies.length === 0) return {};
    const ids = policies.map(({ policyId }) => policyId);
    const visible = await visiblePolicies(principal, ids);
    const named = policies.filter(({ policyId }) => visible.has(policyId));
    if (named.length === 0) return {};
    return { 'x-tollgate-policies': named.map(({ policyId, revision }) => `${policyId}@${revision}`).join(', ') };
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const principal = await authenticateBearer(access, readCredential(request.rawHeaders));
    const named = namedRoute(request);
    const decision = gateway.route(principal, requestFor(named));
    const { unenforceable } = gateway.effectivePolicy(principal, named.workload);
    const verdict = judgeRoute(decision, unenforceable.length === 0);
    const { isAllowed, code, reasons } = verdict;
    send(response, isAllowed ? 200 : 403, code, reasons, await policyHeader(principal, verdict));
  }

  return (request, response, correlation) => {
    discardBody(request);
    answer(request, response).catch((thrown: unknown) => {
      const error = asGatewayError(thrown);
      onFault?.(error, correlation.requestId);
      send(response, statusOf(error), error.code, [], retryAfter(error.retryAfterMs), whyOf(error));
    });
  };
}

/** @throws {GatewayError} BAD_USER_INPUT: nobody is let through who did not say where to. */
function namedRoute({ headers }: IncomingMessage): NamedRoute {
  const model = nameIn(headers['x-tollgate-model'], 'x-tollgate-model');
  if (model === undefined || model === 'auto')
    throw badInput('x-tollgate-model', 'must name a model, an endpoint or an alias other than auto');
  const region = nameIn(headers['x-tollgate-region'], 'x-tollgate-region');
  const workload = nameIn(headers['x-tollgate-workload'], 'x-tollgate-workload');
  return { model, ...(region === undefined ? {} : { region }), workload: workload ?? 'default' };
}

function nameIn(value: string | readonly string[] | undefined, header: string): string | undefined {
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string' || value.length > longestName) throw badInput(header, 'is no name');
  return value;
}

function statusOf({ code }: GatewayError): AuthorizationStatus {
  if (code === 'UNAUTHENTICATED') return 401;
  return code === 'STORE_UNAVAILABLE' || code === 'SHUTTING_DOWN' || code === 'INTERNAL' ? 503 : 403;
}

/** Which header is wrong, and how: for whoever sets the gateway in front up. */
function whyOf({ code, message }: GatewayError): string | undefined {
  return code === 'BAD_USER_INPUT' ? message : undefined;
}

/** Headers name codes and revisions alone: what they say goes on to servers in front, and into their logs. */
function send(
  response: ServerResponse,
  status: AuthorizationStatus,
  code: GatewayError['code'] | undefined,
  reasons: readonly string[],
  headers: OutgoingHttpHeaders,
  message?: string,
): void {
  const decision = status === 200 ? 'allow' : 'deny';
  const named = code === undefined ? {} : { code };
  const explained = message === undefined ? {} : { message };
  sendJson(response, status, JSON.stringify({ decision, ...named, reasons, ...explained }), {
    'x-tollgate-decision': decision,
    ...(code === undefined ? {} : { 'x-tollgate-code': code }),
    ...(reasons.length === 0 ? {} : { 'x-tollgate-reasons': reasons.join(', ') }),
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...headers,
  });
}
