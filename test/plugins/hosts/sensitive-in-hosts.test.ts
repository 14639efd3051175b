import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { useRedaction } from '../../../plugins/index.ts';
import { administratorKey, type OpenYoga, openYoga } from '../../graphql/open-yoga.ts';
import { clinicCoordinates, clinicTypes, openClinic } from '../sensitive/clinic.ts';
import { allHosts } from './all-hosts.ts';
import { ask, send, watch } from './plugin-host.ts';

// A gateway is loaded first, which a busy machine makes wait.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

let open: OpenYoga;
beforeAll(async () => {
  open = await openYoga();
});
afterAll(() => open[Symbol.asyncDispose]());

const card = '4111 1111 1111 1111';
/** What the directive marks, for hosts that do not keep it. */
const byDirective = ['NoteInput.text', 'Letter.body', 'Scan.meta'];

describe.each(allHosts)('sensitive fields in $name', host => {
  async function inHost<T>(
    use: (url: string, seen: readonly string[]) => Promise<T>,
    sensitive: readonly string[] = [],
  ) {
    const { schema, seen } = openClinic({ planted: card });
    const plugin = useRedaction({ gateway: open.gateway, rules: [{ detect: ['PAYMENT_CARD'] }], sensitive });
    await using listening = await host.open({ schema, typeDefs: clinicTypes }, [plugin as never]);
    return await use(listening.url, seen);
  }
  const all = [...clinicCoordinates, ...byDirective];
  const key = administratorKey;

  test('are replaced in literals, variables, defaults, nested inputs and scalars, and in answers', async () => {
    const query = `
      query Q($p: String, $d: String = "${card}", $n: NoteInput, $i: Boolean = true) {
        a: ask(q: "${card}", note: $n) { q plain patient { code name } }
        ...F @include(if: $i)
      }
      fragment F on Query {
        b: ask(q: $p, any: { of: ["${card}"] }, ids: ["${card}", "x"]) { x: q patient { friend { name } } }
        ... on Query { c: ask(q: $d, notes: [{ text: $p, tag: "tag" }]) { plain patient { papers { __typename ... on Letter { body title } ... on Scan { meta plain } } records { t: title plain } } } }
      }`;
    const variables = { p: `my ${card}`, n: { tag: 'kept', next: { text: card } } };
    await inHost(async (url, seen) => {
      const answer = await ask(url, query, { variables, key });
      expect(answer.errors).toBeUndefined();
      expect(answer.data).toMatchObject({
        a: { q: '[PAYMENT_CARD]', patient: { code: '[PAYMENT_CARD]', name: 'plain name' } },
        b: { x: 'my [PAYMENT_CARD]' },
        c: { patient: { records: [{ t: '[PAYMENT_CARD]', plain: 'plain' }] } },
      });
      expect(JSON.stringify(answer)).not.toContain('1111');
      expect(seen.join()).not.toContain('1111');
      expect(seen.join()).toMatch(/kept/);
      expect(seen.join()).toMatch(/tag/);
    }, all);
  });

  test('stop the start, or the serving, where the schema lacks one of them', async () => {
    const refused = inHost(
      async (url, seen) => {
        const response = await send(url, `{ ask(q: "${card}") { plain } }`, { key });
        expect(response.status).toBeGreaterThanOrEqual(400);
        expect(seen).toEqual([]);
        throw new Error('sensitive: it serves nothing');
      },
      [...all, 'Query.ask.nothing'],
    );
    await expect(refused).rejects.toThrow(/^sensitive: /);
  });

  test('control: what is not marked passes as it is', async () => {
    await inHost(async (url, seen) => {
      const answer = await ask(url, `{ ask(plain: "${card}") { plain patient { note name } } }`, { key });
      expect(answer.data.ask.plain).toBe(card);
      expect(seen.join()).toContain(card);
    }, all);
  });

  test('are replaced in every event of a subscription', async () => {
    await inHost(async (url, seen) => {
      const query = 'subscription ($p: String) { watch(q: $p, plain: "plain") { y: q plain patient { code } } }';
      const events: unknown[] = [];
      for await (const event of watch(url, query, { variables: { p: card }, key })) events.push(event);
      const watched = { y: '[PAYMENT_CARD]', plain: 'plain', patient: { code: '[PAYMENT_CARD]' } };
      expect(events).toEqual(Array(3).fill({ data: { watch: watched } }));
      expect(seen.join()).not.toContain('1111');
    }, all);
  });
});
