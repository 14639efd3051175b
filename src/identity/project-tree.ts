import { createBoundedMap } from '../model/bounded-map.ts';
import type { Project } from '../model/project.ts';
import type { AccessStore } from '../stores/access-store.ts';

/** Where a project stands, and what its callers may name. */
export interface ProjectPlace {
  /** From the project up to its tenant, both included. */
  readonly path: readonly string[];
  /** The project's list, else that of the nearest one above; absent: any. */
  readonly workloads?: readonly string[];
}

/** Finds where projects stand. Projects never move and keep their lists, so what was found once stays true. */
export interface ProjectTree {
  /** Undefined where there is no such project. */
  place(projectId: string): Promise<ProjectPlace | undefined>;
}

const rememberedProjects = 10_000;

/** Makes a tree that asks the store once for each project; beyond 10,000, those unused for longest are forgotten. */
export function createProjectTree(store: AccessStore): ProjectTree {
  const places = createBoundedMap<string, ProjectPlace>(rememberedProjects);
  return {
    async place(projectId) {
      const known = places.get(projectId);
      if (known !== undefined) return known;
      const path = await store.projectPath(projectId);
      if (path.length === 0) return undefined;
      const place = { path, ...workloadsOf(await store.projects(path)) };
      places.set(projectId, place);
      return place;
    },
  };
}

function workloadsOf(upwards: readonly (Project | undefined)[]): { readonly workloads?: readonly string[] } {
  const workloads = upwards.find(project => project?.workloads !== undefined)?.workloads;
  return workloads === undefined ? {} : { workloads };
}
