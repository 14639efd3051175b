import type { NodeProcess, SeveralNodes } from '../support/several-nodes.ts';
import type { Pot } from './history.ts';

/** A caller's key, and what binds it. */
export interface SoakKey {
  readonly tenant: string;
  readonly secret: string;
}

/** What callers use for a while: fresh keys with budgets that are spent before the next of them. */
export interface SoakEpoch {
  readonly keys: readonly (readonly [SoakKey, number])[];
}

export interface SoakTenants {
  readonly epochs: readonly SoakEpoch[];
  readonly pots: readonly Pot[];
}

const nanosPerDollar = 1_000_000_000;
const limits = { project: 0.05, key: 0.02, shared: 0.06, watched: 0.01 };

/** Makes tenants with all kinds of budgets: for so many epochs, since a pot of the whole installation ends for ever. */
export async function makeTenants(installation: SeveralNodes, node: NodeProcess, count: number): Promise<SoakTenants> {
  const pots: Pot[] = [];
  const epochs: SoakEpoch[] = [];
  const projects = { project: [] as string[], key: [] as string[], watched: [] as string[] };

  async function tenant(name: string): Promise<string> {
    const made = await installation.graphql<{ createProject: { id: string } }>(
      node,
      'mutation ($name: String!) { createProject(input: { name: $name }) { id } }',
      { name },
    );
    return made.createProject.id;
  }

  async function key(name: string, project: string): Promise<SoakKey> {
    const made = await installation.graphql<{ createApiKey: { secret: string } }>(
      node,
      'mutation ($name: String!, $project: ID!) { createApiKey(input: { name: $name, project: $project }) { secret } }',
      { name, project },
    );
    return { tenant: name, secret: made.createApiKey.secret };
  }

  async function policy(kind: keyof typeof limits, per: string, appliesTo: readonly string[]): Promise<void> {
    const isMonitored = kind === 'watched';
    const made = await installation.graphql<{ createPolicy: { policy: { id: string }; pendingNodes: string[] } }>(
      node,
      `mutation ($input: PolicyInput!) { createPolicy(input: $input) { policy { id } pendingNodes } }`,
      {
        input: {
          name: `${kind} ${pots.length}`,
          mode: isMonitored ? 'MONITOR' : 'ENFORCE',
          appliesTo: appliesTo.map(project => ({ project })),
          rules: { budgets: [{ name: kind, limit: String(limits[kind]), window: 'TOTAL', per }] },
        },
      },
    );
    const { policy: created, pendingNodes } = made.createPolicy;
    if (pendingNodes.length > 0) throw new Error(`a policy is not in force on ${pendingNodes.join(', ')}`);
    pots.push({
      policyId: created.id,
      limitNanos: BigInt(Math.round(limits[kind] * nanosPerDollar)),
      isMonitored,
    });
  }

  for (let number = 0; number < count; number++) {
    const [byProject, byKey, watched, free] = await Promise.all(
      ['project', 'key', 'watched', 'free'].map(kind => tenant(`${kind}-${number}`)),
    );
    if (byProject === undefined || byKey === undefined || watched === undefined || free === undefined) break;
    projects.project.push(byProject);
    projects.key.push(byKey);
    projects.watched.push(watched);
    await policy('shared', 'POLICY', [byProject, byKey]);
    epochs.push({
      keys: [
        [await key(`project-${number}`, byProject), 38],
        [await key(`key-${number}-a`, byKey), 16],
        [await key(`key-${number}-b`, byKey), 16],
        [await key(`watched-${number}`, watched), 18],
        [await key(`free-${number}`, free), 12],
      ],
    });
  }
  await policy('project', 'PROJECT', projects.project);
  await policy('key', 'API_KEY', projects.key);
  await policy('watched', 'PROJECT', projects.watched);
  return { epochs, pots };
}
