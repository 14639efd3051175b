import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { commandHelp } from '../../src/cli/help.ts';
import {
  type CommandOptions,
  type ServeCommand,
  startScript,
  startServe,
  temporaryFolder,
  tollgate,
} from '../support/command.ts';
import { adminKey, startTestServer } from '../support/test-server.ts';

// Every process starts a whole Node, which a busy machine makes wait.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: ServeCommand;
/** Beside the running server. */
let beside: CommandOptions;

beforeAll(async () => {
  folder = await temporaryFolder();
  const cwd = await subfolder('server');
  await writeFile(join(cwd, 'tollgate.yaml'), 'aliases: { quick: sandbox/echo }\nsandbox: true\n');
  server = await startServe({ cwd, env: { TOLLGATE_ADMIN_KEY: adminKey, LOG_LEVEL: 'error' } });
  beside = { cwd, env: { TOLLGATE_API_KEY: adminKey } };
});
afterAll(async () => {
  server.process.kill('SIGINT');
  await server.ended;
  await folder.close();
});

async function subfolder(name: string): Promise<string> {
  const path = join(folder.path, name);
  await mkdir(path, { recursive: true });
  return path;
}

const summary = /^\[sandbox\/echo · @sandbox · \d+ in, \d+ out · \$0\.\d+ · \d+\.\d\d s\]\n$/;

describe('help', () => {
  test('lists every command, and is what comes without one', async () => {
    const options = { cwd: folder.path };
    const [asked, bare] = await Promise.all([tollgate(['--help'], options), tollgate([], options)]);
    expect(asked).toEqual(bare);
    expect(asked.code).toBe(0);
    for (const name of Object.keys(commandHelp)) expect(asked.out).toContain(`\n  ${name} `);
  });

  test('of a command is the same before and after its name', async () => {
    const options = { cwd: folder.path };
    const [before, after] = await Promise.all([
      tollgate(['help', 'complete'], options),
      tollgate(['complete', '-h'], options),
    ]);
    expect(before).toEqual(after);
    expect(before.out).toContain('--max-tokens');
  });

  test('in the documentation is word for word that of the program', () => {
    const page = readFileSync(new URL('../../docs/command-line.md', import.meta.url), 'utf8');
    const blocks = [...page.matchAll(/```text\n([\s\S]*?)\n```/g)].map(([, text]) => text);
    expect(blocks).toEqual(Object.values(commandHelp).map(({ text }) => text));
  });
});

describe('wrong usage ends with code 2 and one line:', () => {
  test.each([
    [['bogus'], 'There is no command "bogus". See: tollgate --help\n'],
    [['help', 'bogus'], 'There is no command "bogus". See: tollgate --help\n'],
    [['complete', '--bogus', 'hi'], "Unknown option '--bogus'"],
    [['complete', '--max-tokens', 'many', 'hi'], '--max-tokens: a whole number from 1 on\n'],
    [['complete'], 'The prompt is empty.\n'],
    [['serve', 'now'], 'serve takes no arguments; see: tollgate help serve\n'],
    [['catalog'], 'Usage: tollgate catalog import FILE\n'],
    [['config', 'show'], 'Usage: tollgate config check|reload\n'],
  ])('%j', async (argv, line) => {
    const { code, out, error } = await tollgate(argv, { cwd: folder.path });
    expect({ code, out, lines: error.split('\n').length }).toEqual({ code: 2, out: '', lines: 2 });
    expect(error).toContain(line);
  });
});

test('the version is that of the package', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(await tollgate(['--version'], { cwd: folder.path })).toMatchObject({ code: 0, out: `${version}\n` });
});

describe('complete, where no server runs,', () => {
  test('opens the state itself, answers, and leaves it free', async () => {
    const options = { cwd: await subfolder('local') };
    const first = await tollgate(['complete', '-m', 'sandbox/echo', 'Hello', 'there'], options);
    expect(first).toMatchObject({ code: 0, out: 'Hello there\n' });
    expect(first.error).toMatch(summary);
    expect(await tollgate(['complete', '-m', 'sandbox/echo', '--', '--help'], options)).toMatchObject({
      code: 0,
      out: '--help\n',
    });
  });

  test('books what a reader that left early did not read, as cancelled', async () => {
    const cwd = await subfolder('left');
    const started = startScript('src/cli.ts', ['complete', '-m', 'sandbox/slow', 'hi'], { cwd });
    await started.see(/./);
    started.process.stdout?.destroy();
    expect(await started.ended).toMatchObject({ code: 0, error: '' });

    const stateDir = join(cwd, '.tollgate');
    const reader = await startTestServer({ stateDir });
    const { data } = await reader.graphql('{ completions(first: 9) { nodes { status attempts { outcome } } } }');
    await reader.close();
    expect(data).toEqual({ completions: { nodes: [{ status: 'CANCELLED', attempts: [{ outcome: 'CANCELLED' }] }] } });
    const database = new DatabaseSync(join(stateDir, 'tollgate.db'), { readOnly: true });
    expect(database.prepare('SELECT entrance FROM completion').all()).toEqual([{ entrance: 'COMMAND_LINE' }]);
    database.close();
  });

  test('stops at Ctrl-C, with a code that is not 0', async () => {
    const started = startScript('src/cli.ts', ['complete', '-m', 'sandbox/slow', 'hi'], {
      cwd: await subfolder('left'),
    });
    await started.see(/./);
    started.process.kill('SIGINT');
    expect(await started.ended).toMatchObject({ code: 1, signal: null, error: '' });
  });
});

describe('complete, beside a running server,', () => {
  test('finds it by the lock of the state, and goes through it', async () => {
    const answered = await tollgate(['complete', '-m', 'quick', 'Hello'], beside);
    expect(answered).toMatchObject({ code: 0, out: 'Hello\n' });
    expect(answered.error).toMatch(summary);
  });

  test('finds it by TOLLGATE_URL from anywhere', async () => {
    const env = { TOLLGATE_URL: server.url, TOLLGATE_API_KEY: adminKey };
    const cwd = await subfolder('elsewhere');
    expect(await tollgate(['complete', '-m', 'quick', 'Hello'], { cwd, env })).toMatchObject({ out: 'Hello\n' });
  });

  test('speaks to a server whose schema has other names', async () => {
    const yaml = 'names: { typePrefix: Ai, fieldPrefix: ai }\n';
    const prefixed = await startTestServer({ yaml });
    const cwd = await subfolder('prefixed');
    await writeFile(join(cwd, 'tollgate.yaml'), yaml);
    const options = { cwd, env: { TOLLGATE_URL: prefixed.url, TOLLGATE_API_KEY: adminKey } };
    const ended = await Promise.all([
      tollgate(['complete', '-m', 'sandbox/echo', 'Hello'], options),
      tollgate(['complete', '-m', 'sandbox/echo', '--json', 'Hello'], options),
      tollgate(['models', 'echo'], options),
    ]);
    await prefixed.close();
    expect(ended.map(({ code }) => code)).toEqual([0, 0, 0]);
  });

  test('reads the prompt from standard input', async () => {
    const answered = await tollgate(['complete', '-m', 'quick'], { ...beside, input: 'From a pipe.\n' });
    expect(answered).toMatchObject({ code: 0, out: 'From a pipe.\n' });
  });

  test('prints the whole completion as JSON, and nothing else', async () => {
    const { code, out, error } = await tollgate(['complete', '-m', 'quick', '--json', 'Hello'], beside);
    expect({ code, error }).toEqual({ code: 0, error: '' });
    expect(JSON.parse(out)).toMatchObject({
      status: 'FINISHED',
      text: 'Hello',
      endpoint: { id: 'sandbox/echo@sandbox' },
    });
  });

  test.each([
    ['sandbox/500', '', /^\[no model .*\]\nFAILED: PROVIDER_FAILED: .+\n$/],
    ['sandbox/cut', 'Hi', /^\[sandbox\/cut .* \(estimated\) .*\]\nINCOMPLETE: STREAM_CUT: .+\n$/],
    ['nobody/nothing', '', /^NOT_FOUND: There is no model "nobody\/nothing"\.\n$/],
  ])('ends with code 1, and says why, where %s fails', async (model, prompt, why) => {
    const { code, error } = await tollgate(['complete', '-m', model, `hi ${prompt}`], beside);
    expect(code).toBe(1);
    expect(error).toMatch(why);
  });

  test('ends with code 4, and says what to set, without a key or with a wrong one', async () => {
    const [without, wrong] = await Promise.all([
      tollgate(['complete', 'hi'], { cwd: beside.cwd }),
      tollgate(['complete', 'hi'], { cwd: beside.cwd, env: { TOLLGATE_API_KEY: 'wrong' } }),
    ]);
    for (const { code, error } of [without, wrong]) {
      expect(code).toBe(4);
      expect(error).toContain('Set TOLLGATE_API_KEY');
      expect(error.split('\n')).toHaveLength(2);
    }
  });

  test('ends with code 4 where nobody listens', async () => {
    const env = { TOLLGATE_URL: 'http://127.0.0.1:1', TOLLGATE_API_KEY: adminKey };
    const { code, error } = await tollgate(['complete', 'hi'], { cwd: folder.path, env });
    expect({ code, error }).toEqual({ code: 4, error: 'No gateway answers at http://127.0.0.1:1. Is it running?\n' });
  });
});

describe('models', () => {
  test('lists what may be used, with prices, as a table', async () => {
    const { code, out } = await tollgate(['models', 'echo'], beside);
    expect({ code, out }).toEqual({
      code: 0,
      out: 'MODEL         $/M IN  $/M OUT  CONTEXT  PROVIDERS\nsandbox/echo     0.1      0.4  128,000  sandbox\n',
    });
  });

  test('prints JSON, and with --all what may not be used, too', async () => {
    const [usable, all] = await Promise.all([
      tollgate(['models', '--json'], beside),
      tollgate(['models', '--json', '--all'], beside),
    ]);
    const ids = ({ out }: { readonly out: string }): string[] =>
      JSON.parse(out).map((model: { id: string }) => model.id);
    expect(ids(usable).every(id => id.startsWith('sandbox/'))).toBe(true);
    expect(ids(all).length).toBeGreaterThan(400);
  });
});

describe('config check', () => {
  test.each([
    [{ PORT: 'abc' }, '', /^PORT: is no port; allowed: /],
    [{ TOLLGATE_ADMIN_KEY: 'short' }, '', /^TOLLGATE_ADMIN_KEY: is too short; allowed: 32 characters or more/],
    [{ TOLLGATE_STATE: 'x' }, '', /^TOLLGATE_STATE: is not a known setting; /],
    [{}, 'providers: [{ id: X }]', /^tollgate\.yaml: providers\[0\]/],
    [{}, 'aliases: { fast: nobody/nothing }', /aliases\.fast: stands for no model/],
  ])('says in one line what is wrong with %j and "%s", with code 3', async (env, yaml, line) => {
    const cwd = await subfolder('wrong');
    await writeFile(join(cwd, 'tollgate.yaml'), yaml);
    const { code, out, error } = await tollgate(['config', 'check'], { cwd, env });
    expect({ code, out, lines: error.split('\n').length }).toEqual({ code: 3, out: '', lines: 2 });
    expect(error).toMatch(line);
  });

  test('says what would be in force, and knows the sandbox’s models', async () => {
    const { code, out } = await tollgate(['config', 'check'], beside);
    expect(code).toBe(0);
    expect(out).toContain('The configuration is right');
    expect(out).toContain('The sandbox serves');
  });
});

describe('config reload', () => {
  const file = () => join(beside.cwd, 'tollgate.yaml');

  test('has the running server take a new alias, and a broken file change nothing', async () => {
    await writeFile(file(), 'aliases: { quick: sandbox/echo, fresh: sandbox/echo }\nsandbox: true\n');
    expect(await tollgate(['config', 'reload'], beside)).toMatchObject({
      code: 0,
      out: `The server at ${server.url} has taken the new configuration.\n`,
    });
    expect(await tollgate(['complete', '-m', 'fresh', 'Hello'], beside)).toMatchObject({ out: 'Hello\n' });

    await writeFile(file(), 'aliases: { quick: sandbox/lorem, fresh: nobody/nothing }\nsandbox: true\n');
    expect(await tollgate(['config', 'reload'], beside)).toMatchObject({ code: 3, out: '' });
    // By a signal, past the command's own check.
    server.process.kill('SIGHUP');
    await server.see(/went on with the old configuration/);
    await writeFile(file(), 'aliases: { quick: sandbox/echo }\nsandbox: true\n');
    expect(await tollgate(['complete', '-m', 'quick', 'Hello'], beside)).toMatchObject({ out: 'Hello\n' });
    expect(await tollgate(['complete', '-m', 'fresh', 'Hello'], beside)).toMatchObject({ out: 'Hello\n' });
  });

  test('ends with code 4 where no server runs, also beside a command that holds the state', async () => {
    const cwd = await subfolder('idle');
    const holder = startScript('src/cli.ts', ['complete', '-m', 'sandbox/slow', 'hi'], { cwd });
    await holder.see(/./);
    const { code, error } = await tollgate(['config', 'reload'], { cwd });
    expect(code).toBe(4);
    expect(error).toContain('No server runs');
    holder.process.kill('SIGINT');
    expect(await holder.ended).toMatchObject({ signal: null });
  });
});

describe('catalog import', () => {
  const catalogue = {
    groq: {
      id: 'groq',
      name: 'Groq',
      npm: '@ai-sdk/groq',
      models: {
        'brand-new-1': {
          id: 'brand-new-1',
          name: 'Brand New',
          limit: { context: 9000, output: 900 },
          modalities: { input: ['text'], output: ['text'] },
          cost: { input: 0.5, output: 1.5 },
        },
      },
    },
  };

  test('has a running server know a new model at once', async () => {
    await writeFile(join(beside.cwd, 'api.json'), JSON.stringify(catalogue));
    const imported = await tollgate(['catalog', 'import', 'api.json'], beside);
    expect(imported).toMatchObject({ code: 0, error: '' });
    expect(imported.out).toContain('1 endpoints added');
    expect(imported.out).toContain('has taken the new configuration');
    const { out } = await tollgate(['models', '--all', 'brand-new-1'], beside);
    expect(out).toMatch(/brand-new-1 +0\.5 +1\.5 +9,000 +\(groq\)\n$/);
  });

  test.each(['{}', '[', 'null'])('refuses a file that holds %s, with code 1 and one line', async text => {
    await writeFile(join(folder.path, 'bad.json'), text);
    const { code, out, error } = await tollgate(['catalog', 'import', 'bad.json'], { cwd: folder.path });
    expect({ code, out, lines: error.split('\n').length }).toEqual({ code: 1, out: '', lines: 2 });
  });

  test('refuses a file that is not there', async () => {
    const { code, error } = await tollgate(['catalog', 'import', 'none.json'], { cwd: folder.path });
    expect({ code, error }).toEqual({ code: 1, error: 'none.json cannot be read.\n' });
  });
});
