import { createContext, Script } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenedServer, openServer } from './open-server.ts';

let opened: OpenedServer;
beforeAll(async () => {
  opened = await openServer();
});
afterAll(() => opened.close());

interface Rendered {
  readonly defaultTabs: readonly { readonly query: string }[];
  fetcher(params: { readonly query: string }): AsyncIterableIterator<unknown> & { return(): Promise<unknown> };
}

/** Runs the script that the server serves in the least of a page: a key field, a hint and what the browser keeps. */
async function openPage(key: string, kept: Readonly<Record<string, string>> = {}) {
  const script = await (await fetch(`${opened.server.url}/graphql/start.js`)).text();
  const stored = new Map(Object.entries({ ...kept, 'tollgate:key': key }));
  const element = () => ({
    value: '',
    textContent: '',
    addEventListener() {},
    focus() {},
    classList: { toggle() {} },
  });
  const elements: Readonly<Record<string, ReturnType<typeof element>>> = { '#key': element(), '#hint': element() };
  const rendered: Rendered[] = [];
  const page = {
    sessionStorage: {
      getItem: (name: string) => stored.get(name) ?? null,
      setItem: (name: string, value: string) => stored.set(name, value),
    },
    document: { querySelector: (selector: string) => elements[selector] ?? element() },
    YogaGraphiQL: { renderYogaGraphiQL: (_: unknown, options: Rendered) => rendered.push(options) },
    fetch: (path: string, init: RequestInit) => fetch(`${opened.server.url}${path}`, init),
    self: {},
    AbortController,
    TextDecoderStream,
  };
  new Script(script).runInContext(createContext(page));
  const [graphiql] = rendered;
  if (graphiql === undefined) throw new Error('GraphiQL was not rendered');
  return { graphiql, stored, hint: () => elements['#hint']?.textContent };
}

function exampleOf(graphiql: Rendered, name: string): { readonly query: string } {
  const tab = graphiql.defaultTabs.find(({ query }) => query.includes(` ${name} {`));
  if (tab === undefined) throw new Error(`no example ${name}`);
  return { query: tab.query };
}

test('the key of the field reaches the server bare or with its scheme, and its absence is told beside the field', async () => {
  for (const key of [opened.key, `  Bearer ${opened.key}\n`]) {
    const { graphiql, hint } = await openPage(key);
    const { value } = await graphiql.fetcher(exampleOf(graphiql, 'Me')).next();
    expect(value).toMatchObject({ data: { viewer: { apiKey: { name: 'member' } } } });
    expect(hint()).toContain('Sent with every request');
  }
  const { graphiql, hint } = await openPage('');
  const { value } = await graphiql.fetcher(exampleOf(graphiql, 'Me')).next();
  expect(value).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  expect(hint()).toContain('A valid key is needed');
});

test('no example needs variables, and each says in a comment what it is for', async () => {
  const { graphiql } = await openPage(opened.key);
  for (const { query } of graphiql.defaultTabs) {
    expect(query).not.toContain('$');
    expect(query).toMatch(/^# /);
  }
});

test('the text of a stream grows in the result and stands there at the end', async () => {
  const { graphiql } = await openPage(opened.key);
  const starting = opened.nextRun();
  const results = graphiql.fetcher(exampleOf(graphiql, 'Read'));
  const first = results.next();
  const run = await starting;
  run.accept();
  run.start();
  run.deltas({ type: 'text', text: 'Blue – ' });
  run.deltas({ type: 'reasoning', text: 'hm' });
  run.deltas({ type: 'text', text: 'light scatters.' });
  run.finish();
  const seen: unknown[] = [(await first).value];
  for await (const result of results) seen.push(result);
  const texts = seen.map(result => (result as { readonly textSoFar?: string }).textSoFar);
  expect(texts[0]).toBeUndefined();
  expect(texts.at(-1)).toBe('Blue – light scatters.');
  expect(seen.at(-1)).toMatchObject({ lastEvent: { data: { complete: { __typename: 'CompletionFinished' } } } });
});

test('Stop cancels the run at once, while no event comes', async () => {
  const { graphiql } = await openPage(opened.key);
  const starting = opened.nextRun();
  const results = graphiql.fetcher(exampleOf(graphiql, 'Read'));
  const first = results.next();
  const run = await starting;
  run.accept();
  await first;
  const waiting = results.next();
  await results.return();
  await run.cancelled;
  expect(await waiting).toEqual({ done: true, value: undefined });
});

test('a reload opens the tab that was open, and not an empty one', async () => {
  const tabs = [
    { query: '{ a }', variables: null },
    { query: '{ b }', variables: '{"x":1}' },
  ];
  const { stored } = await openPage('', { 'graphiql:tabState': JSON.stringify({ tabs, activeTabIndex: 1 }) });
  expect(stored.get('graphiql:query')).toBe('{ b }');
  expect(stored.get('graphiql:variables')).toBe('{"x":1}');
});
