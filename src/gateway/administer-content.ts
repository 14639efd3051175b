import { badInput, GatewayError } from '../errors.ts';
import type { Clock } from '../model/clock.ts';
import { actorOf, hasRole, isInstallationAdmin, type Principal } from '../model/principal.ts';
import type { AccessStore } from '../stores/access-store.ts';
import type { AuditStore } from '../stores/audit-store.ts';
import type { ContentHold, ContentStore, KeptContent } from '../stores/content-store.ts';
import type { ContentAdministration } from './administration.ts';
import { uuidV7 } from './uuid-v7.ts';

export interface ContentAdministrationParts {
  readonly content: ContentStore;
  readonly audit: AuditStore;
  readonly access: AccessStore;
  readonly clock: Clock;
}

/** Makes what reads and administers kept text. Nobody is shown any of it before that is written to the audit log. */
export function administerContent({
  content,
  audit,
  access,
  clock,
}: ContentAdministrationParts): ContentAdministration {
  /** The projects that the principal administers; undefined: all. */
  function administered(by: Principal): readonly string[] | undefined {
    if (isInstallationAdmin(by)) return undefined;
    const ids = by.roles.flatMap(({ role, projectId }) =>
      role === 'ADMIN' && projectId !== undefined ? [projectId] : [],
    );
    if (ids.length === 0) throw new GatewayError('FORBIDDEN', 'This needs the role ADMIN in a project.');
    return ids;
  }

  async function tenantOf(projectId: string | undefined): Promise<{ readonly tenantId?: string }> {
    const tenantId = projectId === undefined ? undefined : (await access.projectPath(projectId)).at(-1);
    return tenantId === undefined ? {} : { tenantId };
  }

  /** Whether the hold lies where the principal administers. */
  async function mayHold(by: Principal, projectId: string | undefined): Promise<boolean> {
    if (isInstallationAdmin(by)) return true;
    return projectId !== undefined && hasRole(by, 'ADMIN', await access.projectPath(projectId));
  }

  function mayRead(by: Principal, { projectId, projectPath, apiKeyId, user }: KeptContent): boolean {
    const isOwn = by.projectId === projectId && by.apiKeyId === apiKeyId && by.user === user;
    return isOwn || hasRole(by, 'AUDITOR', projectPath);
  }

  return {
    async contents(by, completionIds) {
      const found = await content.contents(completionIds, clock.now());
      const shown = found.map(kept => (kept !== undefined && mayRead(by, kept) ? kept : undefined));
      await audit.append(
        shown.flatMap(kept =>
          kept === undefined
            ? []
            : [
                {
                  actor: actorOf(by),
                  action: 'content.read',
                  target: kept.completionId,
                  tenantId: kept.tenantId,
                  change: {},
                },
              ],
        ),
      );
      return shown;
    },

    async erase(by, user) {
      if (user === '' || user.length > 200) throw badInput('user', 'must be 1 to 200 characters');
      const within = administered(by);
      const act = {
        actor: actorOf(by),
        action: 'content.erase',
        target: `user:${user}`,
        change: { within: within ?? null },
      };
      return await content.erase(user, within, { ...act, ...(await tenantOf(within?.[0])) });
    },

    async addHold(by, { projectId, user }) {
      administered(by);
      if (projectId === undefined && user === undefined)
        throw badInput('input', 'a project, a user, or both are needed');
      if (user === '' || (user?.length ?? 0) > 200) throw badInput('input.user', 'must be 1 to 200 characters');
      if (!(await mayHold(by, projectId))) {
        throw badInput(
          'input.project',
          projectId === undefined ? 'a project that you administer is needed' : 'there is no such project',
        );
      }
      if (projectId !== undefined && (await access.projectPath(projectId)).length === 0) {
        throw badInput('input.project', 'there is no such project');
      }
      const createdAt = clock.now();
      const hold: ContentHold = {
        id: uuidV7(createdAt),
        createdAt,
        createdBy: actorOf(by),
        ...(projectId === undefined ? {} : { projectId }),
        ...(user === undefined ? {} : { user }),
      };
      const change = { project: projectId ?? null, user: user ?? null };
      const act = { actor: actorOf(by), action: 'content-hold.add', target: hold.id, change };
      await content.addHold(hold, { ...act, ...(await tenantOf(projectId)) });
      return hold;
    },

    async removeHold(by, id) {
      administered(by);
      const hold = (await content.holds()).find(one => one.id === id);
      if (hold === undefined || !(await mayHold(by, hold.projectId))) {
        throw new GatewayError('NOT_FOUND', 'There is no such hold.');
      }
      const change = { project: hold.projectId ?? null, user: hold.user ?? null };
      const act = { actor: actorOf(by), action: 'content-hold.remove', target: id, change };
      await content.removeHold(id, { ...act, ...(await tenantOf(hold.projectId)) });
    },

    async holds(by) {
      administered(by);
      const all = await content.holds();
      const may = await Promise.all(all.map(hold => mayHold(by, hold.projectId)));
      return all.filter((_, index) => may[index]);
    },
  };
}
