import { badInput } from '../errors.ts';
import { formatDollars, type NanoDollars } from '../model/money.ts';
import type { Principal } from '../model/principal.ts';
import type { StatementLine } from '../stores/ledger-store.ts';
import type { Page, PageRequest } from '../stores/page.ts';
import type { GatewayParts } from './core.ts';
import { csvRow } from './csv-row.ts';
import { visibleFilter } from './visibility.ts';

/** One bill over all providers for a calendar month in UTC, of what a principal may see. */
export interface Statement {
  /** `2026-11` */
  readonly month: string;
  total(): Promise<NanoDollars>;
  /** By project, provider and model, rising. */
  lines(page: PageRequest): Promise<Page<StatementLine>>;
  /**
   * All lines as RFC 4180 has it, names first.
   *
   * @throws {GatewayError} BAD_USER_INPUT where it has more than 50,000 lines.
   */
  csv(): Promise<string>;
}

const mostCsvLines = 50_000;
const csvPage = 10_000;
const namesAtOnce = 500;
const columns = [
  'month',
  'project_id',
  'project',
  'provider_id',
  'model_id',
  'requests',
  'failures',
  'refusals',
  'input_tokens',
  'output_tokens',
  'reasoning_tokens',
  'cached_input_tokens',
  'cache_write_tokens',
  'cost_usd',
] as const;

/**
 * Opens the bill of a month. Nothing of it is read before it is asked for.
 *
 * @throws {GatewayError} BAD_USER_INPUT for what is no month, or one that has not begun.
 */
export async function openStatement(
  { ledger, access, clock }: Pick<GatewayParts, 'ledger' | 'access' | 'clock'>,
  principal: Principal,
  month: string,
): Promise<Statement> {
  const { from, to } = monthOf(month, clock.now());
  const { projectIds } = await visibleFilter(principal, {}, access);
  const span = { from, to, ...(projectIds === undefined ? {} : { projectIds }) };

  async function allLines(): Promise<readonly StatementLine[]> {
    const lines: StatementLine[] = [];
    let after: string | undefined;
    for (;;) {
      const page = await ledger.statementLines(span, { first: csvPage, ...(after === undefined ? {} : { after }) });
      for (const { node } of page.entries) lines.push(node);
      if (lines.length > mostCsvLines) {
        throw badInput('csv', `has more than ${mostCsvLines} lines: read them page by page from lines`);
      }
      after = page.entries.at(-1)?.cursor;
      if (!page.hasNextPage || after === undefined) return lines;
    }
  }

  async function namesOf(lines: readonly StatementLine[]): Promise<ReadonlyMap<string, string>> {
    const ids = [...new Set(lines.map(({ projectId }) => projectId))];
    const names = new Map<string, string>();
    for (let start = 0; start < ids.length; start += namesAtOnce) {
      for (const project of await access.projects(ids.slice(start, start + namesAtOnce))) {
        if (project !== undefined) names.set(project.id, project.name);
      }
    }
    return names;
  }

  return {
    month,
    async total() {
      const report = await ledger.usage({ filter: span, groupBy: [], groupByLabels: [], orderBy: 'COST', first: 1 });
      return report.total.cost;
    },
    lines: page => ledger.statementLines(span, page),
    async csv() {
      const lines = await allLines();
      const names = await namesOf(lines);
      const rows = lines.map(line => csvRow(cellsOf(month, line, names.get(line.projectId) ?? '')));
      return csvRow(columns) + rows.join('');
    },
  };
}

function cellsOf(month: string, { projectId, providerId, modelId, usage }: StatementLine, name: string) {
  const counts = [
    usage.requests,
    usage.failures,
    usage.refusals,
    usage.inputTokens,
    usage.outputTokens,
    usage.reasoningTokens,
    usage.cachedInputTokens,
    usage.cacheWriteTokens,
  ];
  return [month, projectId, name, providerId, modelId, ...counts.map(String), formatDollars(usage.cost)];
}

/** The first and the last instant of a calendar month, the last exclusive. */
function monthOf(month: string, now: number): { readonly from: number; readonly to: number } {
  const match = /^([1-9]\d{3})-(0[1-9]|1[0-2])$/.exec(month);
  const year = Number(match?.[1]);
  if (match === null || year < 1970) throw badInput('month', 'must be a year and a month, like "2026-11"');
  const index = Number(match[2]) - 1;
  const from = Date.UTC(year, index);
  if (from > now) throw badInput('month', 'has not begun');
  return { from, to: Date.UTC(year, index + 1) };
}
