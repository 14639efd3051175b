import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';

const root = resolve(import.meta.dirname, '../..');

/** What of a service is looked at. */
export interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly user?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly privileged?: boolean;
  readonly security_opt?: readonly string[];
  readonly restart?: string;
  readonly ports?: readonly string[];
  readonly networks?: readonly string[];
  readonly volumes?: readonly string[];
  readonly tmpfs?: readonly string[];
  readonly secrets?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly stop_grace_period?: string;
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

export interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, { readonly file?: string }>>;
}

export interface ComposePromise {
  /** What does not keep it, named. */
  readonly holds: (compose: Compose) => readonly string[];
  /** What takes the guard out: a piece of the text, and what stands there instead. */
  readonly broken: readonly [piece: string, instead: string];
}

/** Reads a Compose file as Compose does, anchors and merges included. */
export function readCompose(text: string): Compose {
  return parse(text, { merge: true }) as Compose;
}

const servicesThat = (compose: Compose, breaks: (service: Service, name: string) => boolean) =>
  Object.entries(compose.services)
    .filter(([name, service]) => breaks(service, name))
    .map(([name]) => name);

const nodesOf = (compose: Compose) => Object.entries(compose.services).filter(([name]) => /^tollgate-\d$/.test(name));
const flagOf = ({ command = [] }: Service = {}, flag: string) => command[command.indexOf(flag) + 1];
const seconds = (text: string | undefined) => Number(/^(\d+)s$/.exec(text ?? '')?.[1]);
const unless = (isKept: boolean, problem: string) => (isKept ? [] : [problem]);
const packageVersion = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version;

/** How long a stop may take, as `serve` and the webhooks have it: five seconds, two minutes, five seconds. */
const longestStopSeconds = 130;

/** Variables whose values are secrets, or hold one. */
const secretName = /PASSWORD|SECRET|KEY|TOKEN|DATABASE_URL|REDIS_URL/;

/** What compose.yaml promises; each is checked field by field, and has a text that breaks it. */
export const composePromises: Readonly<Record<string, ComposePromise>> = {
  'runs every container as a user by number that is not root': {
    holds: compose => servicesThat(compose, ({ user }) => !/^[1-9]\d*:[1-9]\d*$/.test(user ?? '')),
    broken: ['user: "101:101"', 'user: nginx'],
  },
  'lets no container write but to volumes and memory': {
    holds: compose => servicesThat(compose, service => service.read_only !== true),
    broken: ['  read_only: true\n', ''],
  },
  'leaves no container a capability, or a way to one': {
    holds: compose =>
      servicesThat(
        compose,
        ({ cap_drop, cap_add, privileged, security_opt }) =>
          cap_drop?.join() !== 'ALL' ||
          cap_add !== undefined ||
          privileged !== undefined ||
          !security_opt?.includes('no-new-privileges:true'),
      ),
    broken: ['user: "101:101"', 'user: "101:101"\n    cap_add: [NET_BIND_SERVICE]'],
  },
  'publishes one port, that of nginx, on loopback': {
    holds: compose =>
      Object.entries(compose.services).flatMap(([name, { ports = [] }]) =>
        ports.filter(port => name !== 'nginx' || !/^127\.0\.0\.1:\d+:\d+$/.test(port)).map(port => `${name} ${port}`),
      ),
    broken: ['ports: ["127.0.0.1:4000:8080"]', 'ports: ["4000:8080"]'],
  },
  'names every image by its full version': {
    holds: compose =>
      servicesThat(compose, ({ image = '' }) => !/^[a-z]+:\d+\.\d+(\.\d+)?(-[a-z]+)?$/.test(image)).concat(
        nodesOf(compose).flatMap(([name, { image }]) => unless(image === `tollgate:${packageVersion}`, name)),
      ),
    broken: ['image: redis:7.4.6-bookworm', 'image: redis:latest'],
  },
  'keeps secrets in files alone': {
    holds: compose => [
      ...Object.entries(compose.services).flatMap(([name, { environment = {} }]) =>
        Object.keys(environment)
          .filter(variable => secretName.test(variable) && !variable.endsWith('_FILE'))
          .map(variable => `${name} ${variable}`),
      ),
      ...servicesThat(compose, ({ command = [] }) => command.some(word => /requirepass|:\/\/[^/]*:[^/]*@/.test(word))),
      ...Object.entries(compose.secrets)
        .filter(([name, { file }]) => file !== `./deploy/secrets/${name}`)
        .map(([name]) => name),
    ],
    broken: ['DATABASE_URL_FILE: /run/secrets/database-url', 'DATABASE_URL: postgres://tollgate:x@postgres/tollgate'],
  },
  'mounts each secret where it is read, and nowhere else': {
    holds: compose =>
      servicesThat(compose, ({ secrets = [], environment = {}, command = [] }) => {
        const read = [...Object.values(environment), ...command]
          .map(text => /^\/run\/secrets\/(.+)$/.exec(text)?.[1])
          .filter(name => name !== undefined);
        return read.sort().join() !== [...secrets].sort().join() || read.some(name => !(name in compose.secrets));
      }),
    broken: ['secrets: [postgres-password]', 'secrets: [postgres-password, tollgate-secret]'],
  },
  'checks the health of all that goes on running': {
    holds: compose => servicesThat(compose, ({ healthcheck, restart }) => restart !== 'no' && !healthcheck?.test),
    broken: ['      test: ["CMD", "pg_isready"', '      note: ["CMD", "pg_isready"'],
  },
  'starts each part once what it needs is healthy': {
    holds: compose =>
      servicesThat(compose, ({ depends_on = {} }) =>
        Object.entries(depends_on).some(
          ([name, { condition }]) =>
            !(name in compose.services) ||
            condition !== (name === 'migrate' ? 'service_completed_successfully' : 'service_healthy'),
        ),
      ).concat(
        [...nodesOf(compose).map(([name]) => name), 'migrate'].flatMap(name =>
          ['postgres', 'redis']
            .filter(needed => compose.services[name]?.depends_on?.[needed] === undefined)
            .map(needed => `${name} without ${needed}`),
        ),
      ),
    broken: ['tollgate-2: { condition: service_healthy }', 'tollgate-2: { condition: service_started }'],
  },
  'gives each node a name and a state of its own, and all else in common': {
    holds: compose => {
      const nodes = nodesOf(compose);
      const own = nodes.map(([, { environment, volumes }]) => ({
        id: environment?.TOLLGATE_NODE_ID,
        state: volumes?.find(volume => volume.endsWith(':/var/lib/tollgate')),
      }));
      const common = nodes.map(([, service]) =>
        JSON.stringify(service)
          .replaceAll(/tollgate-\d-state/g, 'state')
          .replace(/"TOLLGATE_NODE_ID":"[^"]+"/, ''),
      );
      return [
        ...unless(nodes.length === 2, `${nodes.length} nodes`),
        ...unless(
          own.every(({ state }) => state !== undefined),
          'a node without a volume',
        ),
        ...unless(new Set(own.map(({ id }) => id)).size === nodes.length, 'one name for two'),
        ...unless(new Set(own.map(({ state }) => state)).size === nodes.length, 'one state for two'),
        ...unless(new Set(common).size === 1, 'they differ in more'),
      ];
    },
    broken: ['- tollgate-2-state:/var/lib/tollgate', '- tollgate-1-state:/var/lib/tollgate'],
  },
  'gives a stop the time that a drain may take': {
    holds: compose =>
      [...nodesOf(compose).map(([name]) => name), 'nginx'].filter(
        name => !(seconds(compose.services[name]?.stop_grace_period) > longestStopSeconds),
      ),
    broken: ['stop_grace_period: 150s', 'stop_grace_period: 120s'],
  },
  'lets only nodes reach the database and the counters, which have no way out': {
    holds: compose => [
      ...unless(compose.networks.state?.internal === true, 'a way out'),
      ...servicesThat(compose, ({ networks = [] }, name) => {
        const isStore = name === 'postgres' || name === 'redis';
        if (isStore) return networks.join() !== 'state';
        return networks.includes('state') && !/^tollgate-\d$|^migrate$/.test(name);
      }),
    ],
    broken: ['networks: [callers]\n', 'networks: [callers, state]\n'],
  },
  'never loses a counter to make room, and writes them to the disk each second': {
    holds: ({ services: { redis } }) =>
      Object.entries({ '--maxmemory-policy': 'noeviction', '--appendonly': 'yes', '--appendfsync': 'everysec' })
        .filter(([flag, value]) => flagOf(redis, flag) !== value)
        .map(([flag]) => flag),
    broken: ['- noeviction', '- allkeys-lru'],
  },
  'runs the versions of Redis and PostgreSQL that are supported': {
    holds: ({ services: { redis, postgres } }) => {
      const majorOf = (service: Service | undefined) => Number(/:(\d+)/.exec(service?.image ?? '')?.[1]);
      return [...unless(majorOf(redis) >= 7, 'redis'), ...unless(majorOf(postgres) >= 15, 'postgres')];
    },
    broken: ['image: postgres:15.18-bookworm', 'image: postgres:14.18-bookworm'],
  },
  'mounts files that are there, so that they can only be read': {
    holds: compose =>
      servicesThat(compose, ({ volumes = [] }) =>
        volumes.some(volume => {
          const [source = '', , mode] = volume.split(':');
          if (!source.startsWith('./')) return !(source in compose.volumes);
          return mode !== 'ro' || !existsSync(join(root, source));
        }),
      ),
    broken: ['./deploy/nginx.conf:/etc/nginx/nginx.conf:ro', './deploy/nginx.conf:/etc/nginx/nginx.conf'],
  },
};
