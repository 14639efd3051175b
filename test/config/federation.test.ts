import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { ConfigError } from '../../src/errors.ts';

const load = (yaml: string, env: Readonly<Record<string, string>> = {}) =>
  loadConfig({ env, cwd: '/srv', readFile: path => (path === '/srv/tollgate.yaml' ? yaml : undefined) });
const secret = 'a-secret-of-the-router-of-these-tests-0123456789';

test('takes what is contributed, its limits, and the router that is believed', () => {
  const { federation, router } = load(
    `
federation:
  sdl: OPEN
  maxRepresentations: 500
  contribute:
    - { type: Ticket, key: { id: ID! }, field: summary, requires: body, prompt: Summarise., model: fast, labels: { team: desk } }
    - { type: Employee, key: email, field: aiUsage }
  limits: { concurrency: 8, perOperation: 100, deadline: PT45S }
auth: { router: { secrets: ["\${ROUTER_SECRET}"], maxAge: PT10S, project: desk, projects: [desk] } }
`,
    { ROUTER_SECRET: secret },
  );
  expect(federation).toEqual({
    sdl: 'OPEN',
    maxRepresentations: 500,
    contribute: [
      {
        type: 'Ticket',
        key: { id: 'ID!' },
        field: 'summary',
        requires: 'body',
        prompt: 'Summarise.',
        model: 'fast',
        labels: { team: 'desk' },
      },
      { type: 'Employee', key: 'email', field: 'aiUsage' },
    ],
    limits: { concurrency: 8, perOperation: 100, deadlineMs: 45_000 },
  });
  expect(router).toMatchObject({
    header: 'x-tollgate-identity',
    maxAgeMs: 10_000,
    projectId: 'desk',
    projects: ['desk'],
  });
  expect(router?.secrets.map(each => each.reveal())).toEqual([secret]);
  // It may be logged.
  expect(JSON.stringify(router)).not.toContain(secret);
});

describe('what is wrong is refused in one line that holds no value:', () => {
  test.each([
    [
      'federation: { contribute: [{ type: Ticket, key: id, field: "sum mary", requires: body, prompt: x }] }',
      /^tollgate\.yaml: federation\.contribute\[0\]\.field: /,
    ],
    [
      'federation: { contribute: [{ type: Ticket, key: id, field: summary, requires: body }] }',
      /^tollgate\.yaml: federation\.contribute\[0\]\.prompt: /,
    ],
    [
      'federation: { contribute: [{ type: Ticket, key: id, field: summary, require: body, prompt: x }] }',
      /require: is not a known setting, did you mean "requires"/,
    ],
    ['federation: { sdl: NOBODY }', /^tollgate\.yaml: federation\.sdl: .*AUTHENTICATED, OPEN/],
    [
      'federation: { limits: { deadline: PT0.5S } }',
      /^tollgate\.yaml: federation\.limits\.deadline: .*from PT1S to PT10M/,
    ],
    ['federation: { limits: { concurrency: 0 } }', /^tollgate\.yaml: federation\.limits\.concurrency: /],
    ['auth: { router: { secrets: [planted] } }', /^tollgate\.yaml: auth\.router\.secrets\[0\]: .*32 or more/],
    ['auth: { router: { secrets: [] } }', /^tollgate\.yaml: auth\.router\.secrets: /],
    [
      `auth: { router: { secrets: [${secret}], header: authorization } }`,
      /^tollgate\.yaml: auth\.router\.header: serves another purpose/,
    ],
    [
      `auth: { router: { secrets: [${secret}], maxAge: PT1H } }`,
      /^tollgate\.yaml: auth\.router\.maxAge: .*from PT1S to PT5M/,
    ],
  ])('%s', (yaml, line) => {
    const fault = (() => {
      try {
        return load(yaml);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(fault).toBeInstanceOf(ConfigError);
    expect((fault as Error).message).toMatch(line);
    expect((fault as Error).message).not.toMatch(/planted|\n/);
    expect((fault as Error).message).not.toContain(secret);
  });
});
