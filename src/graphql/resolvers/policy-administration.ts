import { GatewayError } from '../../errors.ts';
import type { PolicyAdministration } from '../../gateway/administration.ts';
import type { Policy } from '../../model/policy.ts';
import type { Governance } from '../context.ts';
import { readPolicyFilter, readPolicyInput, readPolicyPatch, readSubject } from '../input/read-policy-input.ts';
import { readWindow } from '../input/read-window.ts';
import { connectionOf, readPage } from '../paging.ts';
import type { Resolvers } from '../resolvers.generated.ts';
import { streamEvents } from '../stream-events.ts';
import { underInput } from '../under-input.ts';

/** Writing policies, reading them, and looking at what they would do. */
export const policyAdministrationResolvers = {
  Query: {
    async policies(_, { filter, ...listing }, { governance }) {
      const page = readPage(listing);
      const principal = await governance.principal();
      return connectionOf(await policiesOf(governance).list(principal, readPolicyFilter(filter), page), page);
    },
    policy: (_, { id }, { governance }) => governance.loaders.policy(id),
    async effectivePolicy(_, { subject }, { governance }) {
      const principal = await governance.principal();
      if (subject == null) return governance.gateway.effectivePolicy(principal);
      const policies = policiesOf(governance);
      const named = readSubject(subject);
      return await underInput(async () => {
        return governance.gateway.effectivePolicy(await policies.principalOf(principal, named), named.workload);
      }, 'subject');
    },
    async policyImpact(_, { draft, replaces, window = 604_800_000 }, { governance }) {
      const principal = await governance.principal();
      const windowMs = readWindow(window);
      const policies = policiesOf(governance);
      return await underInput(
        () => policies.impact(principal, readPolicyInput(draft), replaces ?? undefined, windowMs),
        'draft',
      );
    },
    async auditLog(_, listing, { governance }) {
      const page = readPage(listing);
      const principal = await governance.principal();
      return connectionOf(await administrationOf(governance).audit.list(principal, page), page);
    },
  },
  Mutation: {
    async createPolicy(_, { input }, { governance }) {
      const principal = await governance.principal();
      return await underInput(() => policiesOf(governance).create(principal, readPolicyInput(input)));
    },
    async updatePolicy(_, { id, patch, expectedRevision }, { governance }) {
      const principal = await governance.principal();
      const policies = policiesOf(governance);
      return await underInput(() => policies.update(principal, id, readPolicyPatch(patch), expectedRevision), 'patch');
    },
    async deletePolicy(_, { id, expectedRevision }, { governance }) {
      return await policiesOf(governance).delete(await governance.principal(), id, expectedRevision);
    },
    async restorePolicy(_, { id, revision, expectedRevision }, { governance }) {
      return await policiesOf(governance).restore(await governance.principal(), id, revision, expectedRevision);
    },
  },
  Subscription: {
    policyChanged: {
      async subscribe(_: unknown, _arguments: unknown, { governance }) {
        const principal = await governance.principal();
        return streamEvents(policiesOf(governance).changes(principal), governance.signal);
      },
      resolve: (policy: Policy) => policy,
    },
  },
} satisfies Resolvers;

/** What this server administers. @throws {GatewayError} NOT_FOUND in a server that keeps no policies. */
export function administrationOf({ administration }: Governance) {
  if (administration !== undefined) return administration;
  throw new GatewayError('NOT_FOUND', 'This server keeps no policies: its rules are set in its own code.');
}

function policiesOf(governance: Governance): PolicyAdministration {
  return administrationOf(governance).policies;
}
