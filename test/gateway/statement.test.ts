import { expect, test } from 'vitest';
import { openStatement } from '../../src/gateway/statement.ts';
import type { StatementLine } from '../../src/stores/ledger-store.ts';
import { openSqliteStores } from '../../src/stores/sqlite/open-sqlite-stores.ts';
import { book, idAt } from '../../src/testing/ledger-entries.ts';
import { manualClock } from '../support/manual-clock.ts';
import { closeAfterTest, principal } from '../support/open-gate.ts';

const november = Date.UTC(2026, 10, 1);
const auditor = principal({ projectId: 'bank', roles: [{ role: 'AUDITOR' }] });

async function open() {
  const { ledger, access, close } = await openSqliteStores({ file: ':memory:' });
  closeAfterTest(close);
  const clock = manualClock(Date.UTC(2026, 11, 1));
  for (const [id, parentId, name] of [
    ['bank', undefined, '=cmd|calc'],
    ['desk', 'bank', 'Desk, "north"'],
    ['shop', undefined, 'Shop'],
  ] as const) {
    await access.createProject({ id, name, createdAt: 1, ...(parentId === undefined ? {} : { parentId }) });
  }
  const where = (projectPath: readonly string[]) => ({
    tenantId: projectPath.at(-1) ?? '',
    projectId: projectPath[0] ?? '',
    projectPath,
  });
  await book(ledger, 1_175_990, november, where(['bank']));
  await book(ledger, 2_000_000_000, november + 1, where(['desk', 'bank']), { providerId: 'p,q', modelId: '-m' });
  await book(ledger, 3, november + 2, where(['shop']));
  await book(ledger, 4, november - 1, where(['shop']));
  return { ledger, access, clock };
}

const header =
  'month,project_id,project,provider_id,model_id,requests,failures,refusals,input_tokens,output_tokens,reasoning_tokens,cached_input_tokens,cache_write_tokens,cost_usd\r\n';
const bank = "2026-11,bank,'=cmd|calc,provider,author/model,1,0,0,1175990,2351980,0,0,0,0.00117599\r\n";
const desk = '2026-11,desk,"Desk, ""north""","p,q",\'-m,1,0,0,2000000000,4000000000,0,0,0,2\r\n';
const shop = '2026-11,shop,Shop,provider,author/model,1,0,0,3,6,0,0,0,0.000000003\r\n';

test('bills a month over all projects and providers, exact to the nano-dollar, without a formula in it', async () => {
  const statement = await openStatement(await open(), auditor, '2026-11');
  expect(await statement.total()).toBe(2_001_175_993n);
  expect(await statement.csv()).toBe(header + bank + desk + shop);
  const page = await statement.lines({ first: 2 });
  expect(page.entries.map(({ node }) => node.projectId)).toEqual(['bank', 'desk']);
  const rest = await statement.lines({ first: 2, after: page.entries[1]?.cursor ?? '' });
  expect(rest.entries.map(({ node }) => [node.projectId, node.usage.cost])).toEqual([['shop', 3n]]);
});

test('shows a member its own project alone, with all below it, and another tenant nothing of it', async () => {
  const parts = await open();
  const member = await openStatement(parts, principal({ projectId: 'desk', projectPath: ['desk', 'bank'] }), '2026-11');
  expect([await member.total(), await member.csv()]).toEqual([2_000_000_000n, header + desk]);
  const tenant = await openStatement(parts, principal({ projectId: 'bank' }), '2026-11');
  expect(await tenant.csv()).toBe(header + bank + desk);
  const other = await openStatement(parts, principal({ projectId: 'elsewhere' }), '2026-11');
  expect([await other.total(), await other.csv()]).toEqual([0n, header]);
});

test.each([
  '2026-1',
  '2026-13',
  '2026-00',
  '1969-12',
  '0099-01',
  '2026-11-01',
  '',
  ' 2026-11',
  '２０２６-11',
  '2027-01',
])('refuses the month %j', async month => {
  await expect(openStatement(await open(), auditor, month)).rejects.toMatchObject({
    code: 'BAD_USER_INPUT',
    path: 'month',
  });
});

test('refuses to put more than 50,000 lines into one text, and still bills them page by page', async () => {
  const { ledger, access, clock } = await open();
  const node = (index: number): StatementLine => ({
    projectId: 'shop',
    providerId: 'p',
    modelId: idAt(1, index),
    usage: {
      requests: 1,
      failures: 0,
      refusals: 0,
      inputTokens: 0,
      outputTokens: 0,
      reasoningTokens: 0,
      cachedInputTokens: 0,
      cacheWriteTokens: 0,
      cost: 1n,
    },
  });
  const asked: number[] = [];
  const many = (lines: number) => ({
    access,
    clock,
    ledger: {
      ...ledger,
      statementLines: async (
        _: unknown,
        { first, after = '0' }: { readonly first: number; readonly after?: string },
      ) => {
        asked.push(first);
        const start = Number(after);
        const entries = Array.from({ length: Math.min(first, lines - start) }, (_, index) => ({
          cursor: String(start + index + 1),
          node: node(start + index),
        }));
        return { entries, hasNextPage: start + entries.length < lines };
      },
    },
  });
  const whole = await openStatement(many(50_000), auditor, '2026-11');
  expect((await whole.csv()).split('\r\n')).toHaveLength(50_002);
  asked.length = 0;
  const endless = await openStatement(many(Number.MAX_SAFE_INTEGER), auditor, '2026-11');
  await expect(endless.csv()).rejects.toMatchObject({ code: 'BAD_USER_INPUT', path: 'csv' });
  expect(asked.length).toBeLessThanOrEqual(6);
  expect((await endless.lines({ first: 3 })).entries).toHaveLength(3);
});
