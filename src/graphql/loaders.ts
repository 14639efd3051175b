import DataLoader from 'dataloader';
import type { Completion } from '../model/completion.ts';
import type { ApiKey, Project } from '../model/project.ts';
import type { Governance } from './context.ts';

const maxBatchSize = 500;

/** One batch per kind and tick for everything that is looked up by id; what the caller may not see is undefined. */
export interface Loaders {
  completion(id: string): Promise<Completion | undefined>;
  project(id: string): Promise<Project | undefined>;
  apiKey(id: string): Promise<ApiKey | undefined>;
}

type Lookup = Pick<Governance, 'access' | 'gateway' | 'principal'>;

/** The loaders of one request. */
export function createLoaders(lookup: Lookup): Loaders {
  const completions = new DataLoader<string, Completion | undefined>(
    async ids => lookup.gateway.completions(await lookup.principal(), ids),
    { maxBatchSize },
  );
  const projects = new DataLoader<string, Project | undefined>(
    async ids => lookup.access.projects(await lookup.principal(), ids),
    { maxBatchSize },
  );
  const apiKeys = new DataLoader<string, ApiKey | undefined>(
    async ids => lookup.access.apiKeys(await lookup.principal(), ids),
    { maxBatchSize },
  );
  return {
    completion: id => completions.load(id),
    project: id => projects.load(id),
    apiKey: id => apiKeys.load(id),
  };
}
