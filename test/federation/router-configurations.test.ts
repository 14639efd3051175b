import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config.ts';
import { printTollgateSubgraph } from '../../src/graphql/federation/tollgate-subgraph.ts';
import { defaultDeadlineMs } from '../../src/model/completion-request.ts';
import { type Composer, compose } from './composers.ts';
import { routerSecret } from './open-graph.ts';

// The first run installs the composers.
vi.setConfig({ testTimeout: 600_000 });

const example = resolve(import.meta.dirname, '../../examples/federation');
const read = (file: string) => readFileSync(join(example, file), 'utf8');
const readYaml = (file: string): unknown => parse(read(file));
const readme = read('README.md');

/** What `tollgate subgraph` prints in the folder of the example. */
let tollgateSdl: string;
beforeAll(() => {
  const config = loadConfig({ env: { ROUTER_SECRET: routerSecret }, cwd: example });
  tollgateSdl = printTollgateSubgraph({ ...config.federation, names: config.names });
});

interface Listed {
  readonly name: string;
  readonly routing_url: string;
  readonly schema: { readonly file: string };
}

async function composeListed(composer: Composer, folder: string, subgraphs: readonly Listed[]) {
  const read = (file: string) => {
    const path = resolve(example, folder, file);
    // The one file that is made, not written.
    return path === join(example, 'tollgate.graphql') ? tollgateSdl : readFileSync(path, 'utf8');
  };
  return compose(
    composer,
    subgraphs.map(({ name, routing_url: url, schema }) => ({ name, url, sdl: read(schema.file) })),
  );
}

const secondsOf = (text: string) => Number(/^(\d+)s$/.exec(text)?.[1]);

describe('the configuration for Apollo Router, which is not started here', () => {
  interface Router {
    readonly traffic_shaping: {
      readonly router: { readonly timeout: string };
      readonly subgraphs: { readonly tollgate: { readonly timeout: string } };
    };
  }

  test('says these fields, and no other', () => {
    expect(readYaml('apollo-router/router.yaml')).toEqual({
      supergraph: { listen: '127.0.0.1:4010' },
      include_subgraph_errors: { subgraphs: { tollgate: true } },
      headers: { subgraphs: { tollgate: { request: [{ propagate: { named: 'authorization' } }] } } },
      traffic_shaping: {
        router: { timeout: '330s' },
        subgraphs: { tollgate: { timeout: '320s', deduplicate_query: false } },
      },
      subscription: {
        enabled: true,
        deduplication: { enabled: false },
        mode: {
          passthrough: {
            subgraphs: { tollgate: { path: '/graphql', protocol: 'graphql_ws', heartbeat_interval: '30s' } },
          },
        },
      },
      limits: { http_max_request_bytes: 1_048_576 },
    });
  });

  test('waits longer than a completion may take', () => {
    const { router, subgraphs } = (readYaml('apollo-router/router.yaml') as Router).traffic_shaping;
    expect(secondsOf(subgraphs.tollgate.timeout) * 1_000).toBeGreaterThan(defaultDeadlineMs);
    expect(secondsOf(router.timeout)).toBeGreaterThan(secondsOf(subgraphs.tollgate.timeout));
  });

  test('composes, as its list of subgraphs says', async () => {
    const { federation_version: version, subgraphs } = readYaml('apollo-router/supergraph.yaml') as {
      readonly federation_version: string;
      readonly subgraphs: Readonly<Record<string, Omit<Listed, 'name'>>>;
    };
    expect(version).toBe('=2.9.0');
    const listed = Object.entries(subgraphs).map(([name, subgraph]) => ({ name, ...subgraph }));
    const { faults, types } = await composeListed("Apollo's", 'apollo-router', listed);
    expect(faults).toEqual([]);
    expect(types.get('Ticket')).toContain('summary');
  });
});

describe('the configuration for Cosmo Router, which is not started here', () => {
  test('says these fields, and no other', () => {
    expect(readYaml('cosmo-router/config.yaml')).toEqual({
      version: '1',
      listen_addr: '127.0.0.1:4010',
      execution_config: { file: { path: 'config.json' } },
      headers: { subgraphs: { tollgate: { request: [{ op: 'propagate', named: 'Authorization' }] } } },
      traffic_shaping: {
        subgraphs: {
          tollgate: { request_timeout: '330s', response_header_timeout: '330s', retry: { enabled: false } },
        },
      },
      engine: { enable_single_flight: false },
      subgraph_error_propagation: {
        mode: 'pass-through',
        allowed_extension_fields: ['code', 'retryable', 'retryAfterMs', 'inputPath', 'correlationId'],
      },
    });
    expect(330_000).toBeGreaterThan(defaultDeadlineMs);
  });

  test('subscribes by POST, and composes, as its list of subgraphs says', async () => {
    const { version, subgraphs } = readYaml('cosmo-router/graph.yaml') as {
      readonly version: number;
      readonly subgraphs: readonly (Listed & { readonly subscription?: unknown })[];
    };
    expect(version).toBe(1);
    const [tollgate] = subgraphs;
    expect(tollgate?.subscription).toEqual({ url: tollgate?.routing_url, protocol: 'sse_post' });
    const { faults, types } = await composeListed("Cosmo's", 'cosmo-router', subgraphs);
    expect(faults).toEqual([]);
    expect(types.get('Employee')).toContain('aiUsage');
  });
});

test('the README explains every field of every configuration, and names files that are there', () => {
  const keysOf = (value: unknown): readonly string[] => {
    if (Array.isArray(value)) return value.flatMap(keysOf);
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([key, inner]) => [key, ...keysOf(inner)]);
  };
  const files = [
    'apollo-router/router.yaml',
    'cosmo-router/config.yaml',
    'cosmo-router/graph.yaml',
    'apollo-router/supergraph.yaml',
  ];
  const obvious = [
    'subgraphs',
    'tollgate',
    'tickets',
    'request',
    'mode',
    'file',
    'path',
    'named',
    'name',
    'schema',
    'version',
    'enabled',
    'router',
    'url',
    'supergraph',
    'all',
    'protocol',
  ];
  const keys = files.flatMap(file => keysOf(readYaml(file))).filter(key => !obvious.includes(key));
  expect([...new Set(keys)].filter(key => !readme.includes(key))).toEqual([]);
  const named = [
    ...readme.matchAll(
      /`((?:hive-gateway|apollo-router|cosmo-router)\/[\w.-]+|compose\.mjs|tollgate\.yaml|tickets\.graphql)`/g,
    ),
  ];
  expect(named.length).toBeGreaterThan(5);
  expect(named.map(([, file = '']) => file).filter(file => !existsSync(join(example, file)))).toEqual([]);
});
