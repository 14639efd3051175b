import { parseArgs } from 'node:util';
import { checkHistory } from './check-history.ts';
import { readHistory } from './recorded-history.ts';
import { soak } from './soak.ts';

const { values } = parseArgs({
  options: {
    faults: { type: 'string', default: '100' },
    seed: { type: 'string', default: `${Date.now()}` },
    nodes: { type: 'string', default: '3' },
    callers: { type: 'string', default: '6' },
    /** A folder that a run has left: its history is checked once more, and nothing is run. */
    recheck: { type: 'string' },
  },
});
const say = (line: string) => void process.stdout.write(`${line}\n`);
const { violations, folder } = values.recheck === undefined ? await run() : await recheck(values.recheck);
for (const { check, ids, detail } of violations) say(`VIOLATION ${check}: ${ids.join(' ')}: ${detail}`);
say(`logs and history: ${folder}`);
process.exitCode = violations.length === 0 ? 0 : 1;

async function run() {
  say(`seed ${values.seed}`);
  return await soak({
    seed: values.seed,
    faults: Number(values.faults),
    nodes: Number(values.nodes),
    callers: Number(values.callers),
    say,
  });
}

async function recheck(from: string) {
  const { history, current } = await readHistory(from);
  const violations = checkHistory(history, current, (stage, found) => say(`checked ${stage}: ${found} violations`));
  return { violations, folder: from };
}
