import { badInput } from '../errors.ts';
import type { Policy } from '../model/policy.ts';
import type { Principal } from '../model/principal.ts';
import type { AccessStore } from '../stores/access-store.ts';
import type { Page, PageRequest } from '../stores/page.ts';
import type { PolicyFilter } from './administration.ts';
import type { PolicyBook } from './policy-book.ts';
import { pathOfSubject, visiblePolicy } from './policy-rights.ts';

const cursorPrefix = 'policy:';
const mostPerPage = 500;

/** The policies that the principal may see, in the order of their making. */
export async function listPolicies(
  { book, access }: { readonly book: PolicyBook; readonly access: AccessStore },
  by: Principal,
  filter: PolicyFilter,
  { first, after }: PageRequest,
): Promise<Page<Policy>> {
  if (!Number.isSafeInteger(first) || first < 1 || first > mostPerPage)
    throw badInput('first', 'must be from 1 to 500');
  const afterId = after === undefined ? '' : idOf(after);
  const search = filter.search?.toLowerCase();
  const path = filter.projectId === undefined ? undefined : await access.projectPath(filter.projectId);
  const entries: { cursor: string; node: Policy }[] = [];
  for (const policy of book.policies) {
    if (policy.id <= afterId) continue;
    if (filter.mode !== undefined && policy.mode !== filter.mode) continue;
    if (search !== undefined && !`${policy.name}\n${policy.description ?? ''}`.toLowerCase().includes(search)) continue;
    if (path !== undefined && !(await canBind(access, policy, path))) continue;
    const visible = await visiblePolicy(access, by, policy);
    if (visible === undefined) continue;
    if (entries.length === first) return { entries, hasNextPage: true };
    entries.push({ cursor: Buffer.from(cursorPrefix + policy.id).toString('base64url'), node: visible });
  }
  return { entries, hasNextPage: false };
}

/** Whether a caller of the project can be bound: it lies below the owner, and one of the subjects leaves it in. */
async function canBind(access: AccessStore, { ownerId, appliesTo }: Policy, path: readonly string[]): Promise<boolean> {
  if (path.length === 0 || (ownerId !== undefined && !path.includes(ownerId))) return false;
  if (appliesTo.length === 0) return true;
  for (const subject of appliesTo) {
    const [project] = await pathOfSubject(access, subject);
    if (project === undefined || path.includes(project)) return true;
  }
  return false;
}

function idOf(cursor: string): string {
  const text = cursor.length > 200 ? '' : Buffer.from(cursor, 'base64url').toString('utf8');
  if (!text.startsWith(cursorPrefix)) throw badInput('after', 'is not a cursor of this list');
  return text.slice(cursorPrefix.length);
}
