// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references in configuration files look like that
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { configFileJsonSchema } from '../src/config/file-schema.ts';
import { FileFault } from '../src/config/read-small-file.ts';
import { loadConfig } from '../src/config.ts';
import { ConfigError } from '../src/errors.ts';

const example = `
providers:
  - id: vllm-eu
    vendor: acme
    protocol: openai
    baseUrl: http://127.0.0.1:8000/v1/
    apiKey: $\{VLLM_KEY}
    headers: { X-Team: "$\{file:team}" }
    region: eu-west-1
    dataPolicy: { retention: NONE, training: false, evidence: "contract 2026-17", validUntil: 2027-12-31 }
    models:
      - id: llama-3.3-70b
        as: meta/llama-3.3-70b
        price: { input: "0.59", output: 0.790 }
        contextTokens: 131072
        capabilities: [TOOLS, JSON_SCHEMA, STREAMING]
    timeouts: { connect: PT3S, firstEvent: PT12S, idle: PT20S, unary: PT60S, reasoning: PT120S }
aliases: { fast: meta/llama-3.3-70b@groq }
names: { typePrefix: "", fieldPrefix: "" }
auth:
  jwt: [{ issuer: https://id.example.com, audience: tollgate, jwksUri: https://id.example.com/jwks, algorithms: [RS256], claims: { user: sub, project: tollgate_project, role: tollgate_role } }]
`;

type Files = Readonly<Record<string, string>>;

function load(env: Readonly<Record<string, string>> = {}, files: Files = {}) {
  const readFile = (path: string, maxBytes: number) => {
    const content = Object.hasOwn(files, path) ? files[path] : undefined;
    if (content !== undefined && content.length > maxBytes) throw new FileFault(`is larger than ${maxBytes} bytes`);
    return content;
  };
  return loadConfig({ env, cwd: '/srv', readFile, machineName: 'host.example' });
}

function loadFile(text: string, env: Readonly<Record<string, string>> = {}, files: Files = {}) {
  return load(env, { '/srv/tollgate.yaml': text, ...files });
}

function faultOf(action: () => unknown): string {
  try {
    action();
  } catch (fault) {
    if (fault instanceof ConfigError) return fault.message;
    throw fault;
  }
  return 'no fault';
}

describe('the environment', () => {
  test('alone is enough: defaults for one machine, the sandbox on loopback', () => {
    expect(load()).toEqual({
      host: '127.0.0.1',
      port: 4000,
      database: { kind: 'sqlite', path: '/srv/.tollgate/tollgate.db' },
      migrate: 'at-start',
      stateDir: '/srv/.tollgate',
      nodeId: 'host.example',
      logLevel: 'info',
      providers: [],
      aliases: {},
      names: { typePrefix: '', fieldPrefix: '' },
      graphql: { introspection: 'anyone', graphiql: true, paidFields: 1 },
      allowedOrigins: [],
      federation: {
        sdl: 'AUTHENTICATED',
        maxRepresentations: 100,
        contribute: [],
        limits: { concurrency: 4, perOperation: 25, deadlineMs: 20_000 },
      },
      jwtIssuers: [],
      receipts: { isEnabled: false, rotateAfterMs: 7_776_000_000 },
      webhooks: [],
      budgets: { outageAllowance: '0' },
      streams: { workloads: {} },
      overload: { maxCompletions: 5_000 },
      sandbox: true,
      proxy: { noProxy: [] },
      certificates: [],
      client: {},
    });
  });

  test('names PostgreSQL, Redis and a secret together, and shows none of them', () => {
    const config = load(
      {
        DATABASE_URL: 'postgres://u:hush@db.example/tollgate?sslmode=verify-full',
        REDIS_URL_FILE: '/run/secrets/redis',
        TOLLGATE_SECRET: 'hush'.repeat(8),
        TOLLGATE_MIGRATE: 'off',
      },
      { '/run/secrets/redis': 'rediss://:hush@redis.example:6380\n' },
    );
    expect(config).toMatchObject({ database: { kind: 'postgres' }, migrate: 'off' });
    expect(config.database.kind === 'postgres' && config.database.url.reveal()).toContain('hush@db.example');
    expect(config.redisUrl?.reveal()).toBe('rediss://:hush@redis.example:6380');
    expect(`${JSON.stringify(config)}${inspect(config, { depth: 9 })}`).not.toContain('hush');
  });

  test('turns known providers on by their keys, and the sandbox off', () => {
    const { providers, sandbox } = load({ OPENAI_API_KEY: 'sk-1', GEMINI_API_KEY: ' g ', XAI_API_KEY: '' });
    expect(providers.map(({ id, protocol, models }) => [id, protocol, models])).toEqual([
      ['openai', 'openai', 'catalogue'],
      ['google', 'gemini', 'catalogue'],
    ]);
    expect(providers.map(({ apiKeys }) => apiKeys[0]?.key.reveal())).toEqual(['sk-1', 'g']);
    expect(sandbox).toBe(false);
  });

  test('serves the sandbox beyond loopback, or beside a provider, only where the file asks for it', () => {
    expect(load({ HOST: '0.0.0.0' }).sandbox).toBe(false);
    expect(load({ HOST: '::1' }).sandbox).toBe(true);
    expect(loadFile('sandbox: true', { HOST: '0.0.0.0', OPENAI_API_KEY: 'x' }).sandbox).toBe(true);
    expect(loadFile('sandbox: false').sandbox).toBe(false);
  });

  test.each([
    [{ PORT: '70000' }, 'PORT: is no port; allowed: a whole number from 0 to 65535'],
    [{ PORT: '4000 ' }, 'PORT: is no port; allowed: a whole number from 0 to 65535'],
    [{ HOST: 'a b' }, 'HOST: is no address; allowed: an IP address or a host name, such as 0.0.0.0'],
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL: is no level; allowed: fatal, error, warn, info, debug, trace, silent'],
    [{ REDIS_URL: 'redis://u:hush@h' }, /^REDIS_URL: is set, but DATABASE_URL names no PostgreSQL; allowed: both/],
    [{ REDIS_URL: 'http://u:hush@h' }, /^REDIS_URL: is no such URL; allowed: redis:/],
    [{ DATABASE_URL: 'postgres://u:hush@h/d' }, /^REDIS_URL: is not set, but DATABASE_URL names PostgreSQL; allowed/],
    [
      { DATABASE_URL: 'postgres://u:hush@h/d', REDIS_URL: 'redis://h' },
      /^TOLLGATE_SECRET: is not set, but DATABASE_URL names PostgreSQL; allowed: 32 bytes/,
    ],
    [{ DATABASE_URL: 'postgresql://u:hush@h/d?sslmode=prefer' }, /^DATABASE_URL: has an sslmode that is not offered/],
    [{ DATABASE_URL: 'mysql://u:hush@h/d' }, /^DATABASE_URL: is no such URL; allowed: file:/],
    [{ TOLLGATE_MIGRATE: 'hush' }, 'TOLLGATE_MIGRATE: is no such setting; allowed: at-start, off'],
    [{ DATABASE_URL: 'file://host/x' }, /^DATABASE_URL: is no such URL/],
    [{ TOLLGATE_SECRET: '' }, 'TOLLGATE_SECRET: is empty; allowed: 32 bytes or more'],
    [{ TOLLGATE_SECRET: 'hush'.repeat(7) }, 'TOLLGATE_SECRET: is too short; allowed: 32 bytes or more'],
    [{ TOLLGATE_SECRET_PREVIOUS: 'hush'.repeat(8) }, /^TOLLGATE_SECRET_PREVIOUS: is set without TOLLGATE_SECRET/],
    [{ TOLLGATE_ADMIN_KEY: 'hush'.repeat(7) }, 'TOLLGATE_ADMIN_KEY: is too short; allowed: 32 characters or more'],
    [{ TOLLGATE_ADMIN_KEY: 'hush hush'.repeat(8) }, /^TOLLGATE_ADMIN_KEY: holds characters that no HTTP header can/],
    [{ TOLLGATE_SECRET: 'x', TOLLGATE_SECRET_FILE: 'y' }, /^TOLLGATE_SECRET: is set, and TOLLGATE_SECRET_FILE too/],
    [{ TOLLGATE_SECRET_FILE: '/none' }, /^TOLLGATE_SECRET_FILE: names a file that does not exist/],
    [{ TOLLGATE_NODE_ID: 'a/b' }, /^TOLLGATE_NODE_ID: is no id/],
    [{ TOLLGATE_URL: 'http://u:hush@h' }, /^TOLLGATE_URL: is not such a URL/],
    [{ TOLLGATE_CONFIG: 'none.yaml' }, /^TOLLGATE_CONFIG: names a file that does not exist/],
    [{ HTTPS_PROXY: 'socks5://u:hush@h' }, /^HTTPS_PROXY: is no URL of a proxy/],
    [{ OPENAI_API_KEY: 'hush\nhush' }, /^OPENAI_API_KEY: holds characters/],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://h', OTEL_EXPORTER_OTLP_HEADERS: 'hush' },
      /^OTEL_EXPORTER_OTLP_HEADERS: is no list/,
    ],
    [{ TOLLGATE_ADMINKEY: 'hush' }, /^TOLLGATE_ADMINKEY: is not a known setting, did you mean TOLLGATE_ADMIN_KEY\?/],
    [{ TOLLGATE_PORT: '80' }, /^TOLLGATE_PORT: is not a known setting, did you mean PORT\?/],
  ])('a wrong value stops the start with one line that does not show it: %o', (env, line) => {
    const fault = faultOf(() => load(env));
    expect(fault).toMatch(line);
    expect(fault).not.toMatch(/\n|hush/);
  });

  test('what orchestrators set beside a service called tollgate is no typing error', () => {
    const port = { TOLLGATE_PORT: 'tcp://10.0.0.1:4000', TOLLGATE_PORT_4000_TCP_ADDR: '10.0.0.1' };
    expect(load({ ...port, TOLLGATE_SERVICE_HOST: '10.0.0.1', TOLLGATE_WEB_SERVICE_PORT_HTTP: '80' }).port).toBe(4000);
  });

  test('names files for secrets, without the line end', () => {
    const files = { '/run/secrets/s': `${'s'.repeat(32)}\n`, '/srv/a': 'a'.repeat(32) };
    const config = load({ TOLLGATE_SECRET_FILE: '/run/secrets/s', TOLLGATE_ADMIN_KEY_FILE: 'a' }, files);
    expect([config.secret?.reveal(), config.administratorKey?.reveal()]).toEqual(['s'.repeat(32), 'a'.repeat(32)]);
  });

  test('names proxies in both cases, the lower one first, and where traces go', () => {
    const config = load({
      https_proxy: 'http://u:p@low:1',
      HTTPS_PROXY: 'http://high:1',
      HTTP_PROXY: 'plain:3128',
      NO_PROXY: 'a.example, .b.example',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318/',
      OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Basic%20eA==,x=y',
    });
    expect(config.proxy.httpsProxy?.reveal()).toBe('http://u:p@low:1');
    expect(config.proxy.httpProxy?.reveal()).toBe('http://plain:3128');
    expect(config.proxy.noProxy).toEqual(['a.example', '.b.example']);
    expect(config.telemetry).toMatchObject({ endpoint: 'http://127.0.0.1:4318', serviceName: 'tollgate' });
    expect(config.telemetry?.headers.authorization?.reveal()).toBe('Basic eA==');
  });
});

describe('the file', () => {
  test('is read whole: the documented example', () => {
    const config = loadFile(example, { VLLM_KEY: 'sk-hush' }, { '/srv/team': 'blue\n' });
    const [provider] = config.providers;
    expect(provider).toMatchObject({
      id: 'vllm-eu',
      vendor: 'acme',
      protocol: 'openai',
      baseUrl: 'http://127.0.0.1:8000/v1',
      region: 'eu-west-1',
      dataPolicy: { retention: 'NONE', training: false, evidence: 'contract 2026-17', validUntil: '2027-12-31' },
      models: [
        {
          id: 'llama-3.3-70b',
          as: 'meta/llama-3.3-70b',
          price: { input: '0.59', output: '0.79' },
          contextTokens: 131_072,
          capabilities: ['TOOLS', 'JSON_SCHEMA', 'STREAMING'],
        },
      ],
      timeouts: { connectMs: 3000, firstEventMs: 12_000, idleMs: 20_000, unaryMs: 60_000, reasoningMs: 120_000 },
    });
    expect(provider?.apiKeys[0]?.key.reveal()).toBe('sk-hush');
    expect(provider?.headers['x-team']?.reveal()).toBe('blue');
    expect(config.aliases).toEqual({ fast: 'meta/llama-3.3-70b@groq' });
    expect(config.jwtIssuers).toMatchObject([
      { audience: ['tollgate'], keys: { uri: 'https://id.example.com/jwks' }, maxLifetimeMs: 86_400_000 },
    ]);
    expect(config.configPath).toBe('/srv/tollgate.yaml');
  });

  test('shows no secret, however the configuration is written out', () => {
    const env = {
      VLLM_KEY: 'hush',
      OPENAI_API_KEY: 'hush',
      TOLLGATE_SECRET: 'hush'.repeat(8),
      TOLLGATE_ADMIN_KEY: 'hush'.repeat(8),
      TOLLGATE_API_KEY: 'hush',
      HTTPS_PROXY: 'http://u:hush@p',
    };
    const config = loadFile(example, env, { '/srv/team': 'hush' });
    const written = [JSON.stringify(config), inspect(config, { depth: 9, showHidden: true }), `${config.secret}`];
    for (const text of written) expect(text).not.toContain('hush');
    expect(config.secret?.reveal()).toContain('hush');
    expect(() => structuredClone(config)).toThrow();
  });

  test('may be JSON, under any name', () => {
    const config = load({ TOLLGATE_CONFIG: 'etc/t.json' }, { '/srv/etc/t.json': '{\t"aliases":\n\t{ "a": "b/c" } }' });
    expect(config.aliases).toEqual({ a: 'b/c' });
    expect(loadFile('').aliases).toEqual({});
  });

  test('of a known provider gives what it wants to change, and the environment the key that it lacks', () => {
    const env = { OPENAI_API_KEY: 'env' };
    const [own, fromEnv, withHeader] = [
      loadFile('providers: [{ id: openai, apiKey: own }]', env),
      loadFile('providers: [{ id: openai, region: eu, models: [{ id: gpt-4o }] }]', env),
      loadFile('providers: [{ id: openai, headers: { Authorization: Basic x } }]', env),
    ].map(({ providers }) => providers);
    expect(own).toHaveLength(1);
    expect(own?.[0]?.apiKeys[0]?.key.reveal()).toBe('own');
    expect(fromEnv?.[0]).toMatchObject({
      baseUrl: 'https://api.openai.com/v1',
      region: 'eu',
      models: [{ id: 'gpt-4o' }],
    });
    expect(fromEnv?.[0]?.apiKeys[0]?.key.reveal()).toBe('env');
    expect(withHeader?.[0]?.apiKeys).toEqual([]);
  });

  const provider = (rest: string) =>
    `providers: [{ id: a, protocol: openai, baseUrl: "http://h", models: catalogue, ${rest} }]`;
  const issuer = (rest: string) => `auth: { jwt: [{ issuer: i, audience: a, algorithms: [RS256], ${rest} }] }`;
  test.each([
    [
      'provders: []',
      'provders: is not a known setting, did you mean "providers"?; allowed: providers, aliases, names, graphql, auth, federation, tls, receipts, webhooks, budgets, handoff, hold, workloads, overload, sandbox',
    ],
    [provider('modles: 1'), /providers\[0\].modles: is not a known setting, did you mean "models"\?/],
    [
      provider('timeouts: { idel: PT1S }'),
      /providers\[0\].timeouts.idel: is not a known setting, did you mean "idle"\?/,
    ],
    [provider('timeouts: { idle: 20 }'), 'providers[0].timeouts.idle: has the wrong type; allowed: string'],
    [provider('timeouts: { idle: P1M }'), /timeouts.idle: is not valid; allowed: an ISO 8601 duration/],
    [
      provider('timeouts: { idle: PT0S }'),
      /timeouts.idle: is not valid; allowed: an ISO 8601 duration from PT0.001S to PT1H/,
    ],
    [provider('headers: { Host: h }'), /headers.Host: is not a valid name; allowed: another header than/],
    [provider('headers: { a: "x\\ny" }'), /headers.a: is not valid; allowed: printable characters of one line/],
    [provider('headers: { a: x, A: y }'), /headers.A: is that of another header already/],
    [
      provider('dataPolicy: { retention: none }'),
      /dataPolicy.retention: is not one of the allowed values; allowed: NONE, SAFETY_ONLY/,
    ],
    [
      provider('dataPolicy: { validUntil: 2027-02-30 }'),
      /dataPolicy.validUntil: is not valid; allowed: a day such as 2027-12-31/,
    ],
    ['providers: [{ id: A }]', /providers\[0\].id: is not valid; allowed: lower-case letters/],
    ['providers: [{ id: sandbox }]', 'providers[0].id: "sandbox" is reserved; allowed: another id'],
    ['providers: [{ id: a, vendor: sandbox }]', 'providers[0].vendor: "sandbox" is reserved; allowed: another vendor'],
    ['providers: [{ id: groq }, { id: groq }]', /providers\[1\].id: is that of another provider already/],
    [
      'providers: [{ id: a, baseUrl: "http://h" }]',
      'providers[0].protocol: is missing; allowed: openai, anthropic, gemini',
    ],
    ['providers: [{ id: a, protocol: openai }]', /providers\[0\].baseUrl: is missing/],
    [
      'providers: [{ id: openai, baseUrl: "http://u:hush@h" }]',
      /baseUrl: is not valid; allowed: an http or https URL without credentials/,
    ],
    [
      'providers: [{ id: openai, models: catalog }]',
      /providers\[0\].models: is not valid; allowed: "catalogue" or a list of models/,
    ],
    [
      'providers: [{ id: openai, models: [{ id: x, prise: 1 }] }]',
      /models\[0\].prise: is not a known setting, did you mean "price"\?/,
    ],
    [
      'providers: [{ id: openai, models: [{ id: x, price: { input: 0.0000000001 } }] }]',
      /price.input: is not valid; allowed: US dollars/,
    ],
    [
      'providers: [{ id: openai, models: [{ id: x, price: { input: "-1" } }] }]',
      /price.input: is not valid; allowed: US dollars/,
    ],
    ['providers: [{ id: openai, models: [{ id: x }, { id: x }] }]', /models\[1\].id: is that of another model/],
    ['aliases: { auto: a/b }', 'aliases.auto: "auto" is reserved; allowed: another name'],
    ['aliases: { a: b, b: c/d }', /aliases.a: stands for another alias/],
    ['aliases: { __proto__: c/d }', /aliases: has a key named __proto__/],
    ['names: { typePrefix: __a }', /names.typePrefix: is not valid/],
    [issuer('jwksUri: "http://id.example.com/jwks"'), /jwksUri: is not valid; allowed: an https URL/],
    [issuer('claims: {}'), /auth.jwt\[0\]: is not valid; allowed: given with either jwksUri or jwksFile/],
    [issuer('jwksFile: none'), /jwksFile: names a file that does not exist/],
    [
      'auth: { jwt: [{ issuer: i, audience: a, algorithms: [HS256], jwksFile: k }] }',
      /algorithms\[0\]: is not one of the allowed values; allowed: RS256/,
    ],
    ['tls: { caFile: team }', /tls.caFile: names a file without readable certificates/],
    ['a: [', /is not valid YAML at line 1, column 5/],
    ['a: 1\na: hush', /is not valid YAML at line 2, column 1 \(DUPLICATE_KEY\)/],
    ['a: !!js/function hush', /is not valid YAML at line 1/],
    ['a: hush: hush', /is not valid YAML at line 1/],
    ['[]', 'tollgate.yaml: has the wrong type; allowed: object'],
  ])('is refused with its place in one line: %s', (text, line) => {
    const fault = faultOf(() => loadFile(text, {}, { '/srv/team': 'hush' }));
    if (typeof line === 'string') expect(fault.replace(/^tollgate.yaml: (?!has)/, '')).toBe(line);
    else expect(fault).toMatch(line);
    expect(fault).toMatch(/^tollgate\.yaml: /);
    expect(fault).not.toMatch(/\n|hush/);
  });

  test('too much of it is refused: bytes, depth, aliases that expand', () => {
    expect(faultOf(() => loadFile('['.repeat(100_000)))).toMatch(/is not valid YAML at line 1/);
    expect(faultOf(() => loadFile('x'.repeat(1_048_577)))).toMatch(/^tollgate.yaml: is larger than 1048576 bytes/);
    expect(faultOf(() => loadFile(`aliases: ${'{a: '.repeat(80)}1${'}'.repeat(80)}`))).toMatch(/is nested too deeply/);
    const levels = 'bcdefgh'.split('').map((name, index) => `${name}: &${name} [${`*${'abcdefg'[index]},`.repeat(9)}]`);
    expect(faultOf(() => loadFile(['a: &a [x]', ...levels].join('\n')))).toMatch(/uses aliases/);
  });
});

describe('references', () => {
  const aliasOf = (text: string, env = {}, files: Files = {}) =>
    loadFile(`aliases: { a: '${text}' }`, env, files).aliases.a;

  test('are filled in once, and what they bring is not read again', () => {
    expect(aliasOf('x/${A}-${B}', { A: '${B}', B: 'b' })).toBe('x/${B}-b');
    expect(aliasOf('x/$${A}$', {})).toBe('x/${A}$');
    expect(aliasOf('${file:sub/name}', {}, { '/srv/sub/name': 'x/y\r\n' })).toBe('x/y');
  });

  test.each([
    ['${NONE}', /aliases.a: names the environment variable NONE, which is not set/],
    ['${EMPTY}', /aliases.a: names the environment variable EMPTY, which is empty/],
    ['${file:none}', /aliases.a: names the file \/srv\/none, which does not exist/],
    ['${}', /aliases.a: has a reference that can not be read/],
    ['${A', /aliases.a: has a reference that can not be read/],
    ['${a-b}', /aliases.a: has a reference that can not be read/],
    ['${constructor}', /names the environment variable constructor, which is not set/],
    ['${__proto__}', /names the environment variable __proto__, which is not set/],
  ])('that lead nowhere stop the start: %s', (text, line) => {
    expect(faultOf(() => aliasOf(text, { EMPTY: '' }))).toMatch(line);
  });
});

describe('the JSON Schema for editors', () => {
  const shipped: unknown = JSON.parse(readFileSync(new URL('../schema/tollgate.schema.json', import.meta.url), 'utf8'));

  test('is that of this version: run node .ci/make-config-schema.ts', () => {
    expect(shipped).toEqual(JSON.parse(JSON.stringify(configFileJsonSchema())));
  });

  test('takes the documented example, and no setting that is unknown', () => {
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(configFileJsonSchema());
    expect(validate(parse(example)) || validate.errors).toBe(true);
    expect(validate({ provders: [] })).toBe(false);
  });
});
