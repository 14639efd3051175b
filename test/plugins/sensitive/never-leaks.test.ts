import fc from 'fast-check';
import { parse, validate } from 'graphql';
import { createYoga } from 'graphql-yoga';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { useRedaction } from '../../../plugins/index.ts';
import { administratorKey, type OpenYoga, openYoga } from '../../graphql/open-yoga.ts';
import { clinicCoordinates, openClinic } from './clinic.ts';
import { drawFrom, randomOperation } from './random-operation.ts';

vi.setConfig({ testTimeout: 120_000 });

let open: OpenYoga;
beforeAll(async () => {
  open = await openYoga();
});
afterAll(() => open[Symbol.asyncDispose]());

const planted = '4111 1111 1111 1111';
/** A part of it; places in documents are numbers too, without blanks. */
const digits = '1111 1111';
const seed = Math.floor(Math.random() * 2 ** 31);
const tapes = fc.array(fc.nat(1_000), { minLength: 30, maxLength: 250 });

function openServer(sensitive: readonly string[]) {
  const { schema, seen } = openClinic({ planted });
  const plugin = useRedaction({ gateway: open.gateway, rules: [{ detect: ['PAYMENT_CARD'] }], sensitive });
  const yoga = createYoga({ schema, plugins: [plugin as never], logging: false });
  return {
    schema,
    async ask(body: object) {
      seen.splice(0);
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${administratorKey}` };
      const answer = await yoga.fetch('http://host/graphql', { method: 'POST', headers, body: JSON.stringify(body) });
      return { answer: await answer.text(), seen: seen.join('\n') };
    },
  };
}

test(`whatever a client selects, and however it sends a value, that reaches nobody (seed ${seed})`, async () => {
  const { schema, ask } = openServer(clinicCoordinates);
  let asked = 0;
  await fc.assert(
    fc.asyncProperty(tapes, async tape => {
      const operation = randomOperation(drawFrom(tape), planted);
      expect(validate(schema, parse(operation.query)).map(({ message }) => message)).toEqual([]);
      const { answer, seen } = await ask(operation);
      expect(answer).toMatch(/^\{"(data|errors)"/);
      expect({ answer: answer.includes(digits), seen: seen.includes(digits) }).toEqual({ answer: false, seen: false });
      if (seen !== '') asked += 1;
    }),
    { numRuns: 400, seed },
  );
  expect(asked).toBeGreaterThan(50);
});

test(`control: where nothing is marked, it does reach somebody (seed ${seed})`, async () => {
  const { ask } = openServer([]);
  const leaks = [];
  for (const tape of fc.sample(tapes, { numRuns: 50, seed })) {
    const { answer, seen } = await ask(randomOperation(drawFrom(tape), planted));
    leaks.push(answer.includes(digits) || seen.includes(digits));
  }
  expect(leaks.filter(Boolean).length).toBeGreaterThan(25);
});
