import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenYoga, openYoga } from './open-yoga.ts';

let server: OpenYoga;
let memberKey: string;
let otherKey: string;
let projectId: string;
const month = new Date().toISOString().slice(0, 7);

beforeAll(async () => {
  server = await openYoga();
  const make = async (name: string) => {
    const project = await server.ask(`mutation { createProject(input: { name: "${name}" }) { id } }`);
    const { id } = project.data.createProject;
    const key = await server.ask(`mutation { createApiKey(input: { name: "k", project: "${id}" }) { secret } }`);
    return { id: String(id), secret: String(key.data.createApiKey.secret) };
  };
  const [own, other] = [await make('=1+1'), await make('other')];
  projectId = own.id;
  memberKey = own.secret;
  otherKey = other.secret;
  for (const key of [memberKey, memberKey, otherKey]) {
    const run = await server.ask(
      'mutation { complete(input: { model: "test/echo", messages: [{ role: USER, text: "hello" }] }) { status } }',
      {},
      key,
    );
    expect(run.data.complete.status).toBe('FINISHED');
  }
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const query = `query ($month: String!, $after: String) {
  statement(month: $month) {
    month total csv
    lines(first: 1, after: $after) {
      nodes { project { id name } provider { id vendor } model { id } usage { requests cost } }
      edges { cursor } pageInfo { hasNextPage hasPreviousPage endCursor }
    }
  }
}`;

describe('statement', () => {
  test('bills the month to those who may see it, line by line and as a whole', async () => {
    const { data, errors } = await server.ask(query, { month }, memberKey);
    expect(errors).toBeUndefined();
    const { statement } = data;
    const [line] = statement.lines.nodes;
    expect(line).toMatchObject({
      project: { id: projectId, name: '=1+1' },
      provider: { id: 'sim', vendor: 'acme' },
      model: { id: 'test/echo' },
      usage: { requests: 2 },
    });
    expect(statement).toMatchObject({ month, total: line.usage.cost });
    expect(statement.lines.pageInfo.hasNextPage).toBe(false);
    const rows = statement.csv.split('\r\n');
    expect(rows).toHaveLength(3);
    expect(rows[1]).toMatch(new RegExp(`^${month},${projectId},'=1\\+1,sim,test/echo,2,.*,${line.usage.cost}$`));
  });

  test('bills an administrator all projects, page by page', async () => {
    const first = await server.ask(query, { month });
    const { pageInfo } = first.data.statement.lines;
    expect([pageInfo.hasNextPage, pageInfo.hasPreviousPage]).toEqual([true, false]);
    const second = await server.ask(query, { month, after: pageInfo.endCursor });
    expect(second.data.statement.lines.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    const ids = [first, second].map(({ data }) => data.statement.lines.nodes[0].project.id);
    expect(new Set(ids).size).toBe(2);
    expect(first.data.statement.csv.split('\r\n')).toHaveLength(4);
  });

  test('a month before there was anything costs nothing', async () => {
    const { data } = await server.ask(query, { month: '2001-01' }, memberKey);
    expect(data.statement).toMatchObject({ total: '0', lines: { nodes: [] } });
  });

  test.each([
    [{ month: '2026-13' }, 'month'],
    [{ month: '9999-01' }, 'month'],
    [{ month, after: 'garbage' }, 'after'],
  ])('refuses %j', async (variables, path) => {
    const { errors } = await server.ask(query, variables, memberKey);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', inputPath: path });
  });

  test.each(['statement(month: "2026-01") { csv }', 'dependencyAudit { coveredShare }'])(
    'tells nothing without a key: %s',
    async field => {
      const response = await server.post({ query: `{ ${field} }` }, { key: undefined });
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    },
  );
});

describe('dependencyAudit', () => {
  const audit =
    'query ($window: Duration) { dependencyAudit(window: $window) { coveredShare vendors { vendor share stranded failoverCostDelta } } }';

  test('shows that all of it hangs on the one vendor that is configured', async () => {
    const { data, errors } = await server.ask(
      audit.replace('($window: Duration)', '').replace('(window: $window)', ''),
      {},
      memberKey,
    );
    expect(errors).toBeUndefined();
    expect(data.dependencyAudit).toEqual({
      coveredShare: 0,
      vendors: [{ vendor: 'acme', share: 1, stranded: 2, failoverCostDelta: '0' }],
    });
  });

  test.each(['PT0S', 'P367D'])('refuses a window of %s', async window => {
    const { errors } = await server.ask(audit.replace('Duration', 'Duration!'), { window }, memberKey);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', inputPath: 'window' });
  });
});
