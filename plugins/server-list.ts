import type { Gateway } from '../src/gateway/gateway.ts';
import { createGovernance, type Governance, type RequestFacts } from '../src/graphql/context.ts';
import { createHostErrorMapper } from '../src/graphql/errors.ts';
import { bearerOf, factsOf, findRequest } from '../src/graphql/request-facts.ts';
import { useSensitiveFields } from '../src/graphql/sensitive/use-sensitive-fields.ts';
import { useGovernanceContext } from '../src/graphql/use-governance-context.ts';
import { useHostErrors } from '../src/graphql/use-host-errors.ts';
import { useOwnExecution } from '../src/graphql/use-own-execution.ts';
import { authenticateBearer } from '../src/identity/authenticate-bearer.ts';
import { answerHttp, type RequestEvent } from './answer-http.ts';
import type { EmbeddedGateway, Identify, Part, ServerInit } from './part.ts';

/** The lists of plugins that have their governance: each list is one server. */
const joined = new WeakSet<readonly unknown[]>();

/**
 * Takes note that a plugin came to the server of this list; the first one brings the server's governance with it.
 *
 * The handle of the server is made at its first request, out of all parts that its list holds by then: no plugin is
 * missed, whoever added it, and another server over the same gateway has a handle of its own.
 *
 * @throws {TypeError} Where no part names a gateway, two name different ones, or two do what only one can.
 */
export function joinServer(
  plugins: readonly unknown[],
  findParts: () => readonly Part[],
  addPlugin: (plugin: object) => void,
): void {
  checkParts(findParts());
  if (joined.has(plugins)) return;
  joined.add(plugins);
  const mapError = findParts().find(part => part.mapError !== undefined)?.mapError ?? createHostErrorMapper();
  // Before what looks at outcomes: whoever executes, they see all.
  addPlugin(
    useOwnExecution({ isOwn: () => findParts().find(part => part.isOwnField !== undefined)?.isOwnField, mapError }),
  );
  addPlugin(useHostErrors(mapError));
  addPlugin(
    useSensitiveFields({
      coordinates: () => coordinatesIn(findParts()),
      refusesGet: () => !findParts().some(({ leavesRequests }) => leavesRequests === true),
      mapError,
    }),
  );
  let made: ((context: object) => Governance) | undefined;
  function governanceOf(context: object): Governance {
    made ??= governanceFor(findParts());
    return made(context);
  }
  addPlugin({
    ...useGovernanceContext(governanceOf),
    onRequest: (event: RequestEvent) => answerHttp(event, findParts(), governanceOf),
    onPluginInit(server: ServerInit) {
      if (server.plugins === plugins) return;
      throw new TypeError(
        'plugins: these belong to another server already, with its rules; give each server plugins of its own',
      );
    },
  });
}

function checkParts(parts: readonly Part[]): EmbeddedGateway {
  const gateways = new Set(parts.flatMap(({ gateway }) => (gateway === undefined ? [] : [gateway])));
  const names = [...new Set(parts.map(({ plugin }) => plugin))].join(', ');
  const [gateway] = gateways;
  if (gateway === undefined) {
    throw new TypeError(`gateway: none is given to ${names}; give one, or add useGovernance to the same list`);
  }
  if (gateways.size > 1) throw new TypeError(`gateway: ${names} name different ones; a server has one`);
  if (parts.filter(({ plugin }) => plugin === 'useGovernance').length > 1) {
    throw new TypeError('plugins: useGovernance is there twice');
  }
  const identifying = parts.filter(({ identify }) => identify !== undefined).map(({ plugin }) => plugin);
  if (identifying.length > 1) {
    throw new TypeError(`identity: ${identifying.join(', ')} each say how callers are told apart; one can`);
  }
  return gateway;
}

function governanceFor(parts: readonly Part[]): (context: object) => Governance {
  const named = checkParts(parts);
  const { access, administration } = named;
  const gateway = handleFor(named, parts);
  const identify = parts.find(part => part.identify !== undefined)?.identify ?? identifyByBearer;
  return context => {
    const request = findRequest(context);
    const facts: RequestFacts = { ...factsOf(request), principal: () => identify(request, context, access) };
    return createGovernance({ gateway, access, ...(administration === undefined ? {} : { administration }) }, facts);
  };
}

/** Undefined where no plugin of the list has content rules. */
function coordinatesIn(parts: readonly Part[]): readonly string[] | undefined {
  const lists = parts.flatMap(({ sensitive }) => (sensitive === undefined ? [] : [sensitive]));
  return lists.length === 0 ? undefined : lists.flat();
}

function handleFor(gateway: Gateway, parts: readonly Part[]): Gateway {
  let handle = gateway;
  for (const { rules = [], observer } of parts) {
    for (const rule of rules) handle = handle.with(rule);
    if (observer !== undefined) handle = handle.observedBy(observer);
  }
  return handle;
}

/** Reads the key or token of a request only when somebody asks: a host may have other uses for the header. */
export const identifyByBearer: Identify = (request, _, access) => authenticateBearer(access, bearerOf(request));
