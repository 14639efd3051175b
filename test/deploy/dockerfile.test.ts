import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readCopy, readDockerfile, type Stage, textsOf, wordsOf } from './read-dockerfile.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const dockerfile = read('Dockerfile');
const ignored = read('.dockerignore');
const lock = JSON.parse(read('package-lock.json')) as {
  readonly version: string;
  readonly packages: Readonly<Record<string, { readonly version: string }>>;
};

/** What a Dockerfile, and what is let into its build, does not keep of a promise. */
type Check = (stages: readonly Stage[], dockerignore: string) => readonly string[];

interface Promised {
  readonly holds: Check;
  /** What takes the guard out: a piece of the Dockerfile, and what stands there instead. */
  readonly broken: readonly [piece: string, instead: string];
}

const last = (stages: readonly Stage[]) => stages.at(-1);
const unless = (isKept: boolean, problem: string) => (isKept ? [] : [problem]);

const promises: Readonly<Record<string, Promised>> = {
  'is made of the Node.js that the tests run on, by its full version': {
    holds: stages => {
      const wanted = `node:${lock.packages['node_modules/node']?.version}-bookworm-slim`;
      return stages.filter(({ base }) => base !== wanted).map(({ base }) => base);
    },
    broken: ['FROM node:24.21.0-bookworm-slim\n', 'FROM node:24-slim\n'],
  },
  'runs as a user by number that is not root': {
    holds: stages => {
      const user = textsOf(last(stages), 'USER').at(-1) ?? 'root';
      return unless(/^[1-9]\d*:[1-9]\d*$/.test(user), user);
    },
    broken: ['USER 1000:1000', 'USER node'],
  },
  'starts and looks after itself without a shell': {
    holds: stages =>
      ['ENTRYPOINT', 'CMD', 'HEALTHCHECK'].filter(name => {
        const text = textsOf(last(stages), name).at(-1);
        return text === undefined || wordsOf(text) === undefined;
      }),
    broken: ['CMD ["node", "/app/health-check.mjs"]', 'CMD node /app/health-check.mjs'],
  },
  'runs nothing in the stage that is kept': {
    holds: stages => textsOf(last(stages), 'RUN'),
    broken: ['WORKDIR /app', 'WORKDIR /app\nRUN npm ci'],
  },
  'keeps its state in a volume that belongs to its user': {
    holds: stages => {
      const copies = textsOf(last(stages), 'COPY').map(readCopy);
      const folder = copies.find(({ target }) => target === '/var/lib/tollgate');
      const isSet = textsOf(last(stages), 'ENV').join(' ').includes('TOLLGATE_STATE_DIR=/var/lib/tollgate');
      return [
        ...unless(textsOf(last(stages), 'VOLUME').includes('/var/lib/tollgate'), 'no volume'),
        ...unless(isSet, 'no setting'),
        ...unless(folder?.owner === textsOf(last(stages), 'USER').at(-1), 'of another user'),
      ];
    },
    broken: ['--chown=1000:1000 /state', '/state'],
  },
  'is stopped by SIGTERM, which drains': {
    holds: stages => unless(textsOf(last(stages), 'STOPSIGNAL').at(-1) === 'SIGTERM', 'another signal'),
    broken: ['STOPSIGNAL SIGTERM', 'STOPSIGNAL SIGKILL'],
  },
  'listens where it says': {
    holds: stages => {
      const environment = textsOf(last(stages), 'ENV').join(' ');
      return ['HOST=0.0.0.0', `PORT=${textsOf(last(stages), 'EXPOSE').at(-1)}`].filter(
        setting => !environment.split(' ').includes(setting),
      );
    },
    broken: ['EXPOSE 4000', 'EXPOSE 8080'],
  },
  'says which version it is': {
    holds: stages => {
      const labels = textsOf(last(stages), 'LABEL').join(' ');
      return [`version="${lock.version}"`, `base.name="${last(stages)?.base}"`]
        .map(label => `org.opencontainers.image.${label}`)
        .filter(label => !labels.includes(label));
    },
    broken: ['image.version="0.1.0"', 'image.version="0.0.9"'],
  },
  'copies only what is there and what is let in': {
    holds: (stages, dockerignore) => {
      const letIn = dockerignore.split('\n').filter(line => line.startsWith('!'));
      const sources = stages
        .flatMap(stage => textsOf(stage, 'COPY').map(readCopy))
        .filter(({ from }) => from === undefined)
        .flatMap(copy => copy.sources)
        .map(source => source.replace(/^\.\//, ''));
      return sources.filter(source => !existsSync(join(root, source)) || !letIn.includes(`!${source}`));
    },
    broken: ['COPY src src', 'COPY src plugins src'],
  },
  'takes no secret while it is built': {
    holds: stages =>
      stages.flatMap(stage => [
        ...textsOf(stage, 'ARG'),
        ...textsOf(stage, 'ENV').filter(text => /KEY|SECRET|TOKEN|PASSWORD|_URL/.test(text)),
      ]),
    broken: ['ENV NODE_ENV=production', 'ENV OPENAI_API_KEY=sk-1 NODE_ENV=production'],
  },
};

describe.each(Object.entries(promises))('the image %s', (_, { holds, broken: [piece, instead] }) => {
  test('as the Dockerfile stands', () => {
    expect(holds(readDockerfile(dockerfile), ignored)).toEqual([]);
  });

  test('control: a Dockerfile that does not keep it is found', () => {
    expect(dockerfile).toContain(piece);
    expect(holds(readDockerfile(dockerfile.replace(piece, instead)), ignored)).not.toEqual([]);
  });
});

test('nothing gets into the build but what is named: no state, no secret, no history', () => {
  const lines = ignored.split('\n').filter(line => line !== '' && !line.startsWith('#'));
  expect(lines[0]).toBe('*');
  expect(lines.slice(1).filter(line => !line.startsWith('!'))).toEqual([]);
  expect(lines.filter(line => /secrets|\.env|\.git|\.tollgate|node_modules/.test(line))).toEqual([]);
});
