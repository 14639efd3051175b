/** One instruction of a Dockerfile, its continued lines joined. */
export interface Instruction {
  /** `COPY`, in capitals. */
  readonly name: string;
  /** What follows it, with single spaces. */
  readonly text: string;
}

/** What is built from one `FROM`. */
export interface Stage {
  readonly base: string;
  /** After `AS`; empty where it has none. */
  readonly name: string;
  readonly instructions: readonly Instruction[];
}

/** One `COPY`, taken apart. */
export interface Copy {
  /** The stage that it copies from; absent: the folder that is built. */
  readonly from?: string;
  /** `1000:1000` */
  readonly owner?: string;
  readonly sources: readonly string[];
  readonly target: string;
}

/** Reads a Dockerfile of the plain kind: no heredocs, no `ARG` before the first `FROM`. */
export function readDockerfile(text: string): readonly Stage[] {
  const lines = text
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .map(line => line.replace(/\s+/g, ' ').trim())
    .filter(line => line !== '');
  const stages: { base: string; name: string; instructions: Instruction[] }[] = [];
  for (const line of lines) {
    const [, name = '', rest = ''] = /^(\w+) (.*)$/.exec(line) ?? [];
    if (name !== 'FROM') {
      stages.at(-1)?.instructions.push({ name, text: rest });
      continue;
    }
    const [, base = '', stageName = ''] = /^(\S+)(?: AS (\S+))?$/.exec(rest) ?? [];
    stages.push({ base, name: stageName, instructions: [] });
  }
  return stages;
}

/** All instructions of one name, in order. */
export function textsOf(stage: Stage | undefined, name: string): readonly string[] {
  return (stage?.instructions ?? []).filter(one => one.name === name).map(({ text }) => text);
}

/** Takes the text of a `COPY` apart. */
export function readCopy(text: string): Copy {
  const words = text.split(' ');
  const flag = (name: string) => words.find(word => word.startsWith(`--${name}=`))?.slice(name.length + 3);
  const paths = words.filter(word => !word.startsWith('--'));
  const from = flag('from');
  const owner = flag('chown');
  return {
    ...(from === undefined ? {} : { from }),
    ...(owner === undefined ? {} : { owner }),
    sources: paths.slice(0, -1),
    target: paths.at(-1) ?? '',
  };
}

/** The words of an instruction in JSON form; undefined for the form that needs a shell. */
export function wordsOf(text: string): readonly string[] | undefined {
  try {
    const words: unknown = JSON.parse(text.slice(text.indexOf('[')));
    return Array.isArray(words) && words.every(word => typeof word === 'string') ? words : undefined;
  } catch {
    return undefined;
  }
}
