/** Where nginx and the nodes are when there are no containers. */
export interface LoopbackPlaces {
  /** For its pid, its log and what else it writes. */
  readonly folder: string;
  readonly port: number;
  /** Those of tollgate-1, tollgate-2. */
  readonly nodePorts: readonly number[];
}

/**
 * Turns `deploy/nginx.conf` into one for programs on loopback. Only names and places change: what it promises of streams
 * and repeats is the very text that containers run with.
 *
 * @throws {Error} Where a line that has to change is not there: the two would have drifted apart.
 */
export function nginxOnLoopback(text: string, { folder, port, nodePorts }: LoopbackPlaces): string {
  const changes: readonly (readonly [from: string | RegExp, to: string])[] = [
    [/ \/tmp\//g, ` ${folder}/`],
    ['access_log /dev/stdout', `access_log ${folder}/nginx-access.log`],
    // Addresses need no name server, which is Docker's own besides.
    [/ *# Docker's own name server.*\n *resolver .*\n/, ''],
    ...nodePorts.map((nodePort, index) => {
      const from = `server tollgate-${index + 1}:4000 resolve `;
      return [from, `server 127.0.0.1:${nodePort} `] as const;
    }),
    ['http://127.0.0.1:4000 ', `http://127.0.0.1:${port} `],
    ['http://localhost:4000 ', `http://localhost:${port} `],
    ['listen 8080;', `listen 127.0.0.1:${port};`],
  ];
  let changed = text;
  for (const [from, to] of changes) {
    const next = changed.replace(from, () => to);
    if (next === changed) throw new Error(`deploy/nginx.conf has no ${from}`);
    changed = next;
  }
  return changed;
}
