import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Subject } from './figures.ts';
import { startTollgate, tollgateHeaders, writeTollgateConfig } from './gateways.ts';
import { type Entrance, measure } from './measure.ts';
import { nextMessage, startProcess } from './start-process.ts';

/*
 * `node bench/profile.ts --language graphql --subject unary`: where Tollgate spends its CPU time, by function and by
 * package, from a sampling profile under the benchmark's own load. `--keep FOLDER` keeps the profile for DevTools.
 */

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const root = resolve(import.meta.dirname, '..');
const rowsShown = 60;
/** A function that runs for requests only, on the main thread or on the store's. */
const workOfARequest = /^(read src\/gateway\/attempt|runProgram src\/stores)/;
const { values } = parseArgs({
  options: {
    language: { type: 'string', default: 'graphql' },
    subject: { type: 'string', default: 'unary' },
    seconds: { type: 'string', default: '5' },
    keep: { type: 'string' },
  },
});

const folder = await mkdtemp(join(tmpdir(), 'tollgate-profile-'));
const profileTo = values.keep ?? join(folder, 'profile');
try {
  await load();
  for (const name of (await readdir(profileTo)).filter(each => each.endsWith('.cpuprofile'))) {
    show(JSON.parse(await readFile(join(profileTo, name), 'utf8')) as Profile);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function load(): Promise<void> {
  const mock = startProcess({ arguments: [join(import.meta.dirname, 'mock-provider.ts')], core: 'load', speaks: true });
  const { port } = await nextMessage<{ readonly port: number }>(mock);
  const client = startProcess({
    arguments: [join(import.meta.dirname, 'load-client.ts')],
    core: 'load',
    speaks: true,
  });
  const config = await writeTollgateConfig(folder, port);
  const server = await startTollgate(config, join(folder, 'state'), { core: 'gateway', profileTo });
  const entrance: Entrance = {
    name: 'Tollgate',
    gateway: { ...server, headers: await tollgateHeaders(server.port) },
    language: values.language === 'openai' ? 'openai' : 'graphql',
    modelPrefix: 'bench/',
  };
  const subject = values.subject as Subject;
  const sample = await measure(client, entrance, subject, Number(values.seconds) * 1_000);
  const micros = (total: number) => (total / sample.count).toFixed(1);
  console.log(
    `${micros(sample.allMicros)} µs each, ${micros(sample.mainMicros)} on the main thread; ${sample.count} of them`,
  );
  if (sample.failures > 0) console.error(`${sample.failures} failed; the first:\n${sample.firstFailure}`);
  await Promise.all([server.stop('SIGINT'), mock.stop(), client.stop()]);
}

/** Time in each function itself, and in all of its calls, as shares of what was not idle. */
function show({ nodes, samples, timeDeltas }: Profile): void {
  const byId = new Map(nodes.map(node => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map(child => [child, id] as const)));
  const own = new Map<string, number>();
  const whole = new Map<string, number>();
  const nearest = new Map<string, number>();
  const packages = new Map<string, number>();
  let busy = 0;

  function placesOf(sample: number): ReadonlySet<string> {
    const places = new Set<string>();
    for (let id: number | undefined = sample; id !== undefined; id = parents.get(id)) {
      const frame = byId.get(id)?.callFrame;
      if (frame !== undefined) places.add(placeOf(frame));
    }
    return places;
  }

  // From the last work backwards, so that neither the start nor the stop is in it.
  const last = samples.findLastIndex(sample => [...placesOf(sample)].some(place => workOfARequest.test(place)));
  let leftMicros = Number(values.seconds) * 1_000_000;
  for (let index = last; index >= 0 && leftMicros > 0; index--) {
    const sample = samples[index] ?? 0;
    const node = byId.get(sample);
    const micros = timeDeltas[index] ?? 0;
    leftMicros -= micros;
    if (node === undefined || node.callFrame.functionName === '(idle)') continue;
    busy += micros;
    add(own, placeOf(node.callFrame), micros);
    add(packages, packageOf(node.callFrame), micros);
    const places = placesOf(sample);
    for (const place of places) add(whole, place, micros);
    const ours = [...places].find(place => / src\//.test(place));
    add(nearest, ours ?? packageOf(node.callFrame), micros);
  }
  if (busy === 0) return;
  for (const [title, figures] of Object.entries({
    itself: own,
    'with its calls': whole,
    'with the calls of packages and of Node, by our function nearest to them': nearest,
    package: packages,
  })) {
    console.log(`\n${title}`);
    const rows = [...figures].sort(([, left], [, right]) => right - left).slice(0, rowsShown);
    for (const [place, micros] of rows) console.log(`${((micros / busy) * 100).toFixed(1).padStart(5)} %  ${place}`);
  }
}

function add(sums: Map<string, number>, key: string, micros: number): void {
  sums.set(key, (sums.get(key) ?? 0) + micros);
}

function placeOf({ functionName, url, lineNumber }: Profile['nodes'][number]['callFrame']): string {
  const file = url.replace(`file://${root}/`, '').replace(/^.*node_modules\//, '');
  return `${functionName === '' ? '(anonymous)' : functionName} ${file}${file === '' ? '' : `:${lineNumber + 1}`}`;
}

function packageOf({ functionName, url }: Profile['nodes'][number]['callFrame']): string {
  const installed = /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (installed !== undefined) return installed;
  if (url.includes(`${root}/src/`)) return url.replace(/^.*\/(src\/[^/]+)\/.*$/, '$1').replace(/^file.*\//, 'src/');
  return url.startsWith('node:') ? 'node' : functionName;
}
