import { findPrograms } from '../../../examples/several-nodes/find-programs.ts';
import { type Started, startScript } from '../../support/command.ts';
import { adminKey } from '../../support/test-server.ts';

/** Appended to the name of what is skipped where one of the programs is missing. */
export const absence = findAbsence();

export interface ExampleNode {
  /** Past nginx. */
  readonly url: string;
  readonly pid: number;
}

/** The example `several-nodes`, running. */
export interface NodesExample {
  /** That of nginx. */
  readonly url: string;
  readonly nodes: readonly ExampleNode[];
  readonly folder: string;
  readonly script: Started;
  /** One GraphQL operation, as the administrator. */
  graphql<T>(query: string, url?: string): Promise<T>;
  /** How many completions each node has carried out, by its own metrics. */
  completions(): Promise<readonly number[]>;
  /** How many run on each node. */
  running(): Promise<readonly number[]>;
  /** As Ctrl-C does. */
  close(): Promise<void>;
}

/** Runs the example as its page says, on free ports. */
export async function openExample(): Promise<NodesExample> {
  const env = { PORT: '0', TOLLGATE_ADMIN_KEY: adminKey };
  const script = startScript('examples/several-nodes/start.ts', [], { cwd: import.meta.dirname, env });
  const [, url = ''] = await script.see(/behind nginx: (\S+)\n[\s\S]+Ctrl-C stops/);
  const nodes = [...script.out.matchAll(/tollgate-\d {2}(\S+) {2}process (\d+)/g)].map(([, own = '', pid]) => ({
    url: own,
    pid: Number(pid),
  }));
  const [, folder = ''] = /logs +(\S+)\/\*\.log/.exec(script.out) ?? [];
  return {
    url,
    nodes,
    folder,
    script,
    async graphql<T>(query: string, at = url) {
      const response = await fetch(`${at}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${adminKey}` },
        body: JSON.stringify({ query }),
      });
      const { data, errors } = (await response.json()) as { readonly data?: T; readonly errors?: unknown };
      if (data === undefined || data === null) throw new Error(`${response.status} ${JSON.stringify(errors)}`);
      return data;
    },
    completions: () => Promise.all(nodes.map(node => sumOf(node.url, 'tollgate_completions_total'))),
    running: () => Promise.all(nodes.map(node => sumOf(node.url, 'tollgate_completions_running'))),
    async close() {
      script.process.kill('SIGINT');
      await script.ended;
    },
  };
}

/** A metric of a node, summed over its labels; 0 where the node is gone. */
async function sumOf(url: string, metric: string): Promise<number> {
  const text = await fetch(`${url}/metrics`).then(
    response => response.text(),
    () => '',
  );
  const lines = text.split('\n').filter(line => line.startsWith(`${metric}{`) || line.startsWith(`${metric} `));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

function findAbsence(): string {
  try {
    findPrograms(process.env.PATH ?? '');
    return '';
  } catch (fault) {
    return ` (${String(fault)})`;
  }
}
