import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Rule } from '../../../src/policy/rule.ts';
import { type AskingPath, embeddedPath, serverPaths } from './paths.ts';
import { allRules, type MatrixRule, matrixRules, question } from './rules.ts';
import { startWorld, startWorldServer, type World, type WorldServer } from './world.ts';

/** Cells that make no sense, each with its reason. */
const exemptions: readonly (readonly [rule: string, path: string, reason: string])[] = [
  ['content: what no detector can read', 'command line', 'the command sends text only'],
  ['content: what no detector can read', 'contributed field', 'an entity sends text only'],
  ['budgets: an output limit for who sets none', 'contributed field', 'the field always sets one'],
];

function isExempt(rule: MatrixRule, path: AskingPath): boolean {
  return exemptions.some(([ruleName, pathName]) => ruleName === rule.name && pathName === path.name);
}

const cells = matrixRules.flatMap(rule =>
  serverPaths.filter(path => !isExempt(rule, path)).map(path => ({ rule, path, name: `${rule.name} × ${path.name}` })),
);

let world: World;
/** With every enforcer; with one kind's enforcer doing nothing; and without it. */
const servers = new Map<string, WorldServer>();

beforeAll(async () => {
  world = await startWorld();
  const kinds = [...new Set(matrixRules.map(({ kind }) => kind))];
  servers.set('all', await startWorldServer(world.yaml));
  for (const kind of kinds) {
    const others = allRules().filter(rule => rule.kind !== kind);
    const idle: Rule = { kind, demands: () => ({}) };
    servers.set(`idle ${kind}`, await startWorldServer(world.yaml, [...others, idle]));
    servers.set(`without ${kind}`, await startWorldServer(world.yaml, others));
  }
}, 120_000);

afterAll(async () => {
  for (const server of servers.values()) await server.close();
  await world.close();
});

function serverNamed(name: string): WorldServer {
  const server = servers.get(name);
  if (server === undefined) throw new TypeError(`there is no server ${name}`);
  return server;
}

/** Asks by this path, and says whether what the rule forbids has happened. */
async function isBroken(
  server: WorldServer,
  { rule, path }: (typeof cells)[number],
): Promise<{ broken: boolean; shown: string }> {
  world.reset();
  const session = path.hasSession ? { sessionId: `session of ${rule.name}` } : {};
  const shown = await path.ask(server, { ...question, ...rule.asks, ...path.asks, ...session });
  return { broken: rule.isBroken(world, shown), shown };
}

/** Writes the policy for as long as the action takes; another node's cannot be in force: it is refused at writing there. */
async function withPolicy<T>(server: WorldServer, rule: MatrixRule, action: () => Promise<T>): Promise<T> {
  const { createPolicy } = await server.graphql<{ createPolicy: { policy: { id: string } } }>(
    'mutation ($rules: PolicyRulesInput!) { createPolicy(input: { name: "matrix", rules: $rules }) { policy { id } } }',
    { rules: rule.input },
  );
  try {
    return await action();
  } finally {
    await server.graphql('mutation ($id: ID!) { deletePolicy(id: $id, expectedRevision: 1) { policy { id } } }', {
      id: createPolicy.policy.id,
    });
  }
}

describe('every rule on every path', () => {
  test('the matrix has all its cells', () => {
    expect(matrixRules).toHaveLength(19);
    expect(serverPaths).toHaveLength(13);
    expect(cells).toHaveLength(19 * 13 - exemptions.length);
    expect(
      exemptions.every(
        ([rule, path]) =>
          matrixRules.some(({ name }) => name === rule) && serverPaths.some(({ name }) => name === path),
      ),
    ).toBe(true);
  });

  test.each(cells)('$name: without the policy it happens, with it nothing does', async cell => {
    const server = serverNamed('all');
    expect((await isBroken(server, cell)).broken).toBe(true);
    const held = await withPolicy(server, cell.rule, () => isBroken(server, cell));
    expect(held.broken, held.shown).toBe(false);
  });

  test.each(cells)('$name: control: with an enforcer that does nothing it happens', async cell => {
    const server = serverNamed(`idle ${cell.rule.kind}`);
    const idle = await withPolicy(server, cell.rule, () => isBroken(server, cell));
    expect(idle.broken, idle.shown).toBe(true);
  });

  test.each(cells)('$name: without its enforcer the policy cannot even be written', async cell => {
    const server = serverNamed(`without ${cell.rule.kind}`);
    await expect(withPolicy(server, cell.rule, async () => undefined)).rejects.toThrow('POLICY_NOT_ENFORCEABLE');
  });
});

describe('a rule that is in force without its enforcer', () => {
  test.each(cells)('$name: refuses the request, and nobody is called', async ({ rule, path }) => {
    const server = await serverWithPolicyOf(rule);
    world.reset();
    const shown = await path.ask(server, { ...question, ...rule.asks, ...path.asks });
    expect(world.all).toEqual([]);
    expect(shown).toMatch(/POLICY_NOT_ENFORCEABLE|policy_not_enforceable/);
  });
});

const stranded = new Map<string, Promise<WorldServer>>();

/** A server whose state holds a policy that it has lost the enforcer for. */
function serverWithPolicyOf(rule: MatrixRule): Promise<WorldServer> {
  let server = stranded.get(rule.name);
  if (server === undefined) {
    server = (async () => {
      const before = await startWorldServer(world.yaml);
      await before.graphql(
        'mutation ($rules: PolicyRulesInput!) { createPolicy(input: { name: "matrix", rules: $rules }) { policy { id } } }',
        { rules: rule.input },
      );
      return await before.restart(allRules().filter(({ kind }) => kind !== rule.kind));
    })();
    stranded.set(rule.name, server);
  }
  return server;
}

afterAll(async () => {
  for (const server of stranded.values()) await (await server).close();
});

describe('in a server with a schema of its own, and plugins only', () => {
  test.each(matrixRules)('$name holds in its own resolver, and does not without the plugin', async rule => {
    const asked = { ...question, ...rule.asks };
    for (const [rules, expected] of [
      [undefined, true],
      [rule.rules, false],
    ] as const) {
      world.reset();
      const shown = await embeddedPath(world.yaml, rule.kind, rules, asked);
      expect(rule.isBroken(world, shown), shown).toBe(expected);
    }
  });
});
