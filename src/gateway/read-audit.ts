import { GatewayError } from '../errors.ts';
import type { Principal } from '../model/principal.ts';
import type { AccessStore } from '../stores/access-store.ts';
import type { AuditStore } from '../stores/audit-store.ts';
import type { AuditReading } from './administration.ts';

/** Makes what shows the audit log: all of it to auditors of the installation, to those of a tenant its own. */
export function readAudit(audit: AuditStore, access: AccessStore): AuditReading {
  return {
    async list(by, page) {
      const tenants = await auditedTenants(access, by);
      if (tenants?.length === 0) {
        throw new GatewayError('FORBIDDEN', 'This needs the role AUDITOR or ADMIN in a tenant.');
      }
      return await audit.listEntries(tenants, page);
    },
  };
}

/** Entries are a tenant's: who oversees a part of it alone sees none. Undefined: all. */
async function auditedTenants(access: AccessStore, { roles }: Principal): Promise<readonly string[] | undefined> {
  const overseen = roles.filter(({ role }) => role !== 'MEMBER');
  if (overseen.some(({ projectId }) => projectId === undefined)) return undefined;
  const ids = overseen.flatMap(({ projectId }) => projectId ?? []);
  const paths = await access.projectPaths(ids);
  return ids.filter((_, index) => paths[index]?.length === 1);
}
