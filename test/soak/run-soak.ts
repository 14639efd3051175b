import { parseArgs } from 'node:util';
import { soak } from './soak.ts';

const { values } = parseArgs({
  options: {
    faults: { type: 'string', default: '100' },
    seed: { type: 'string', default: `${Date.now()}` },
    nodes: { type: 'string', default: '3' },
    callers: { type: 'string', default: '6' },
  },
});
const say = (line: string) => void process.stdout.write(`${line}\n`);
say(`seed ${values.seed}`);
const { violations, folder } = await soak({
  seed: values.seed,
  faults: Number(values.faults),
  nodes: Number(values.nodes),
  callers: Number(values.callers),
  say,
});
for (const { check, ids, detail } of violations) say(`VIOLATION ${check}: ${ids.join(' ')}: ${detail}`);
say(`logs and history: ${folder}`);
process.exitCode = violations.length === 0 ? 0 : 1;
