import { GatewayError } from '../../src/errors.ts';
import type { ApiKey, Project } from '../../src/model/project.ts';
import type { AccessStore, StoredApiKey } from '../../src/stores/access-store.ts';
import type { Page, PageRequest } from '../../src/stores/page.ts';
import type { SecretStore } from '../../src/stores/secret-store.ts';

/** Projects and keys in memory. */
export function memoryAccessStore(): AccessStore {
  const projects = new Map<string, Project>();
  const keys = new Map<string, StoredApiKey>();

  function pathOf(id: string): readonly string[] {
    const project = projects.get(id);
    if (project === undefined) return [];
    return [id, ...(project.parentId === undefined ? [] : pathOf(project.parentId))];
  }

  function pageOf<T extends { readonly id: string }>(all: readonly T[], { first, after }: PageRequest): Page<T> {
    const start = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1;
    const entries = all.slice(start, start + first).map(node => ({ cursor: node.id, node }));
    return { entries, hasNextPage: all.length > start + first };
  }

  return {
    async createProject(project) {
      if (projects.has(project.id)) throw new GatewayError('CONFLICT', 'The project exists.');
      projects.set(project.id, project);
    },
    projects: async ids => ids.map(id => projects.get(id)),
    async listProjects(within, page) {
      const all = [...projects.values()].sort((left, right) => (left.id < right.id ? -1 : 1));
      const inside = all.filter(({ id }) => within === undefined || pathOf(id).some(above => within.includes(above)));
      return pageOf(inside, page);
    },
    projectPath: async id => pathOf(id),
    async createApiKey(key) {
      keys.set(key.apiKey.id, key);
    },
    apiKeys: async ids => ids.map(id => keys.get(id)?.apiKey),
    apiKeyByHash: async hash => [...keys.values()].find(key => Buffer.from(key.secretHash).equals(hash)),
    async listApiKeys(projectId, page) {
      const all = [...keys.values()].map(key => key.apiKey).filter(key => key.projectId === projectId);
      return pageOf(all.reverse(), page);
    },
    async revokeApiKey(id, at) {
      const key = keys.get(id);
      if (key === undefined) return undefined;
      const apiKey: ApiKey = { ...key.apiKey, revokedAt: key.apiKey.revokedAt ?? at };
      keys.set(id, { ...key, apiKey });
      return apiKey;
    },
    async touchApiKeys(uses) {
      for (const [id, lastUsedAt] of uses) {
        const key = keys.get(id);
        if (key !== undefined) keys.set(id, { ...key, apiKey: { ...key.apiKey, lastUsedAt } });
      }
    },
  };
}

/** Wrapped keys in memory. */
export function memorySecretStore(): SecretStore {
  const values = new Map<string, Uint8Array>();
  return {
    get: async name => values.get(name),
    async putIfAbsent(name, value) {
      const standing = values.get(name) ?? value;
      values.set(name, standing);
      return standing;
    },
    async put(name, value) {
      values.set(name, value);
    },
  };
}
