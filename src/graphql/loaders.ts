import DataLoader from 'dataloader';
import type { Completion } from '../model/completion.ts';
import type { Policy } from '../model/policy.ts';
import type { ApiKey, Project } from '../model/project.ts';
import type { KeptContent } from '../stores/content-store.ts';
import type { Governance } from './context.ts';

const maxBatchSize = 500;

/** One batch per kind and tick for everything that is looked up by id; what the caller may not see is undefined. */
export interface Loaders {
  completion(id: string): Promise<Completion | undefined>;
  project(id: string): Promise<Project | undefined>;
  apiKey(id: string): Promise<ApiKey | undefined>;
  policy(id: string): Promise<Policy | undefined>;
  /** Kept text; each that is shown is written to the audit log. */
  content(completionId: string): Promise<KeptContent | undefined>;
}

type Lookup = Pick<Governance, 'access' | 'administration' | 'gateway' | 'principal'>;

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
  const policies = new DataLoader<string, Policy | undefined>(
    async ids => lookup.administration?.policies.policies(await lookup.principal(), ids) ?? ids.map(() => undefined),
    { maxBatchSize },
  );
  const contents = new DataLoader<string, KeptContent | undefined>(
    async ids => lookup.administration?.content.contents(await lookup.principal(), ids) ?? ids.map(() => undefined),
    { maxBatchSize },
  );
  return {
    policy: id => policies.load(id),
    content: id => contents.load(id),
    completion: id => completions.load(id),
    project: id => projects.load(id),
    apiKey: id => apiKeys.load(id),
  };
}
