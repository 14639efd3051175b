import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { compose, composers } from './composers.ts';
import { type Hive, openHive, type Planner } from './open-hive.ts';
import { askSubgraph, openWorkshop, type Workshop } from './workshop.ts';

// The first run installs the gateway and the composers.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 600_000 });

let workshop: Workshop;
beforeAll(async () => {
  workshop = await openWorkshop();
});
afterAll(() => workshop?.[Symbol.asyncDispose]());

const urlOf = (name: string) => workshop.subgraphs.find(subgraph => subgraph.name === name)?.url ?? '';

describe('a subgraph on the federation layer', () => {
  const entities = 'query ($of: [_Any!]!) { _entities(representations: $of) { __typename ... on Part { id } } }';

  test('says its schema as it was written, link and descriptions included, and no definition of federation', async () => {
    const sdl = workshop.subgraphs.find(({ name }) => name === 'parts')?.sdl ?? '';
    expect(sdl).toMatch(/^extend schema @link\(url: "https:\/\/specs.apollo.dev\/federation\/v2.5", import: \[/);
    expect(sdl).toContain('extend type Engineer @key(fields: "email")');
    expect(sdl).toContain('"A part, known by three keys."');
    expect(sdl).not.toMatch(/directive @key|scalar _Any|_entities|_service|query: Query/);
  });

  test.each([
    ['one key', { id: '2' }, '2'],
    ['a key of two fields', { code: 'gear', maker: 'acme' }, '2'],
    ['a key with an object in it', { code: 'bolt', batch: { number: 7 } }, '1'],
  ])('finds an entity by %s', async (_, key, id) => {
    const of = [{ __typename: 'Part', ...key }];
    expect(await askSubgraph(urlOf('parts'), entities, { of })).toEqual({ _entities: [{ __typename: 'Part', id }] });
  });

  test('answers null for what is not there, and types of an interface that others know by its name only', async () => {
    const of = [{ __typename: 'Part', id: 'none' }];
    expect(await askSubgraph(urlOf('parts'), entities, { of })).toEqual({ _entities: [null] });
    const query =
      '{ _entities(representations: [{ __typename: "Machine", id: "lathe" }]) { __typename ... on Lathe { speed } } }';
    expect(await askSubgraph(urlOf('people'), query)).toEqual({ _entities: [{ __typename: 'Lathe', speed: 900 }] });
  });

  test('answers what it provides of an entity of others', async () => {
    const query = '{ part(id: "1") { drawnBy { email partCount } } }';
    const data = { part: { drawnBy: { email: 'ada@works.example', partCount: 90 } } };
    expect(await askSubgraph(urlOf('parts'), query)).toEqual(data);
  });

  test('takes no type for an entity that others alone resolve', async () => {
    const of = [{ __typename: 'Trial', report: { number: '1' } }];
    const query = '{ __type(name: "_Entity") { possibleTypes { name } } }';
    const { __type } = await askSubgraph<{ __type: { possibleTypes: { name: string }[] } }>(urlOf('people'), query);
    expect(__type.possibleTypes.map(({ name }) => name).sort()).toEqual(['Crane', 'Engineer', 'Lathe', 'Supplier']);
    await expect(askSubgraph(urlOf('people'), entities.replace('... on Part { id }', ''), { of })).rejects.toThrow(
      /an object with the __typename of an entity/,
    );
  });

  test.each(composers)('composes under %s composer', async composer => {
    const { faults, types } = await compose(composer, workshop.subgraphs);
    expect(faults).toEqual([]);
    expect(types.get('Engineer')).toEqual(['email', 'name', 'partCount', 'partsPerYear', 'yearsHere']);
    expect(types.get('Crane')).toEqual(composer === "Cosmo's" ? expect.anything() : ['id', 'load', 'parts']);
  });
});

describe.each<Planner>(['JavaScript', 'Rust'])('behind Hive Gateway with its planner in %s', planner => {
  let hive: Hive;
  beforeAll(async () => {
    hive = await openHive(workshop.subgraphs, planner);
  });
  afterAll(() => hive?.[Symbol.asyncDispose]());

  test.each([
    ['@key', '{ part(id: "1") { code maker } }', { part: { code: 'bolt', maker: 'acme' } }],
    ['a repeated @key of two fields', '{ ordered { id note } }', { ordered: { id: '2', note: 'brass' } }],
    ['a repeated @key with an object', '{ broken { id note } }', { broken: { id: '1', note: 'steel' } }],
    [
      'a @key that is nothing but an object',
      '{ trial { report { number } result } parts { trials { result } } }',
      {
        trial: { report: { number: 'r9' }, result: 'passed r9' },
        parts: [{ trials: [{ result: 'passed r1' }] }, { trials: [{ result: 'passed r2' }] }],
      },
    ],
    ['@requires and @external', '{ engineers { partsPerYear } }', { engineers: [{ partsPerYear: 10 }] }],
    ['@provides', '{ part(id: "1") { drawnBy { partCount } } }', { part: { drawnBy: { partCount: 90 } } }],
    ['@override', '{ engineers { name } }', { engineers: [{ name: 'ada@works.example of parts' }] }],
    [
      '@shareable',
      '{ size { length } part(id: "2") { size { length } } }',
      { size: { length: 1 }, part: { size: { length: 12 } } },
    ],
    [
      '@extends',
      '{ suppliers { city parts { id } } }',
      { suppliers: [{ city: 'Bern', parts: [{ id: '1' }, { id: '2' }] }] },
    ],
    [
      'extend type without a type',
      '{ part(id: "1") { drawnBy { email partsPerYear } } }',
      { part: { drawnBy: { email: 'ada@works.example', partsPerYear: 10 } } },
    ],
    [
      '@interfaceObject',
      '{ machines { id parts { id } ... on Crane { load } } }',
      {
        machines: [
          { id: 'crane', load: 5, parts: [{ id: '1' }] },
          { id: 'lathe', parts: [{ id: '1' }, { id: '2' }] },
        ],
      },
    ],
    ['@tag', '{ part(id: "2") { note } }', { part: { note: 'brass' } }],
  ])('%s', async (_, query, data) => {
    expect(await askSubgraph(hive.url, query)).toEqual(data);
  });

  test('@inaccessible', async () => {
    await expect(askSubgraph(hive.url, '{ part(id: "1") { size { unit } } }')).rejects.toThrow(/Cannot query field/);
  });

  test('@composeDirective and @tag stand in the supergraph', async () => {
    expect(hive.supergraph).toMatch(/type Part[^{]*@marked/);
    expect(hive.supergraph).toContain('directive @marked on OBJECT');
    expect(hive.supergraph).toMatch(/note: String[^\n]*@tag\(name: "internal"\)/);
  });
});
