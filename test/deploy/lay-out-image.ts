import { cp, mkdir, readFile, symlink } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { startProcess } from '../support/command.ts';
import { readCopy, readDockerfile, type Stage, textsOf, wordsOf } from './read-dockerfile.ts';

const project = resolve(import.meta.dirname, '../..');

/** The files of an image, laid out in a folder as they lie in its root, and what it says about starting it. */
export interface LaidOutImage {
  readonly folder: string;
  /** The words of `ENTRYPOINT` and `CMD` without the leading `node`, absolute names starting in the folder. */
  readonly command: readonly string[];
  /** As `command`. */
  readonly healthCheck: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Does what the Dockerfile says without an engine: each stage becomes a folder below the given one, which holds what
 * `COPY` brings and `RUN` makes and nothing of the base image. `npm ci` becomes a link to what is installed already.
 *
 * @throws Where a `RUN` is none of those that it can do.
 */
export async function layOutImage(folder: string): Promise<LaidOutImage> {
  const stages = readDockerfile(await readFile(join(project, 'Dockerfile'), 'utf8'));
  const folders = new Map<string, string>();
  for (const [number, stage] of stages.entries()) {
    const own = join(folder, `stage-${number}`);
    folders.set(stage.name, own);
    await layOutStage(stage, own, folders);
  }
  const last = stages.at(-1);
  const home = join(folder, `stage-${stages.length - 1}`);
  const wordsIn = (name: string) => wordsOf(textsOf(last, name).at(-1) ?? '') ?? [];
  const inFolder = (words: readonly string[]) =>
    words.slice(1).map(word => (word.startsWith('/') ? join(home, word) : word));
  const settings = textsOf(last, 'ENV')
    .flatMap(text => text.split(' '))
    .map(setting => setting.split('='));
  return {
    folder: home,
    command: inFolder([...wordsIn('ENTRYPOINT'), ...wordsIn('CMD')]),
    healthCheck: inFolder(wordsIn('HEALTHCHECK')),
    env: Object.fromEntries(
      settings.map(([name = '', value = '']) => [name, value.startsWith('/') ? join(home, value) : value]),
    ),
  };
}

async function layOutStage(stage: Stage, own: string, folders: ReadonlyMap<string, string>): Promise<void> {
  let home = own;
  await mkdir(own, { recursive: true });
  for (const { name, text } of stage.instructions) {
    if (name === 'WORKDIR') {
      home = join(own, text);
      await mkdir(home, { recursive: true });
    }
    if (name === 'RUN') await run(text, own, home);
    if (name === 'COPY') await copy(text, own, home, folders);
  }
}

async function run(text: string, own: string, home: string): Promise<void> {
  if (text.startsWith('npm ci --ignore-scripts')) {
    await symlink(join(project, 'node_modules'), join(home, 'node_modules'));
    return;
  }
  const [program, ...words] = text.split(' ');
  if (program === 'mkdir' && words.length === 1) {
    await mkdir(join(own, words[0] ?? ''));
    return;
  }
  if (program !== 'node' || /[&|;<>$]/.test(text)) throw new Error(`no engine to RUN ${text}`);
  const { code, error } = await startProcess(words, { cwd: home }).ended;
  if (code !== 0) throw new Error(`RUN ${text}: ${error}`);
}

async function copy(text: string, own: string, home: string, folders: ReadonlyMap<string, string>): Promise<void> {
  const { from, sources, target } = readCopy(text);
  const origin = from === undefined ? project : (folders.get(from) ?? '');
  const place = target.startsWith('/') ? join(own, target) : join(home, target);
  const isFolder = target.endsWith('/') || target === '.';
  for (const source of sources) {
    await cp(join(origin, source), isFolder ? join(place, basename(source)) : place, { recursive: true });
  }
}
