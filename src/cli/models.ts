import { parseArgs } from 'node:util';
import { prefixedField, type SchemaNames } from '../graphql/rename-schema.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { GraphClient } from './graph-client.ts';
import { formatTable, type Terminal } from './terminal.ts';

export const modelsDocument = (names: SchemaNames) => `
query Models($search: String, $allowedOnly: Boolean!, $after: String) {
  models: ${prefixedField('models', names)}(filter: { search: $search }, allowedOnly: $allowedOnly, first: 500, after: $after) {
    nodes { id contextTokens capabilities deprecated endpoints { id price { input output } exclusions { code enforced } } }
    pageInfo { hasNextPage endCursor }
  }
}`;

interface ListedModel {
  readonly id: string;
  readonly contextTokens: number;
  readonly capabilities: readonly string[];
  readonly deprecated: boolean;
  readonly endpoints: readonly {
    readonly id: string;
    readonly price: { readonly input: string | null; readonly output: string | null } | null;
    readonly exclusions: readonly { readonly code: string; readonly enforced: boolean }[];
  }[];
}

interface ModelsPage {
  readonly models: {
    readonly nodes: readonly ListedModel[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
}

/** `tollgate models`: what can be asked, where, and at which price. */
export async function models(
  argv: readonly string[],
  terminal: Terminal,
  connect: () => Promise<GraphClient>,
): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { all: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
  });
  const client = await connect();
  try {
    const found: ListedModel[] = [];
    let after: string | null = null;
    do {
      const search = positionals.length === 0 ? null : positionals.join(' ');
      const variables: Record<string, unknown> = { search, allowedOnly: !values.all, after };
      const page: ModelsPage = await client.query<ModelsPage>(
        modelsDocument(client.names),
        variables,
        terminal.interrupted,
      );
      found.push(...page.models.nodes);
      after = page.models.pageInfo.hasNextPage ? page.models.pageInfo.endCursor : null;
    } while (after !== null);
    if (values.json) terminal.out(`${JSON.stringify(found, undefined, 2)}\n`);
    else terminal.out(`${tableOf(found)}\n`);
    return exitCodes.success;
  } finally {
    await client.close();
  }
}

function tableOf(found: readonly ListedModel[]): string {
  if (found.length === 0) return 'No model matches. With --all, those that you may not use are listed too.';
  const rows = found.map(model => {
    const usable = model.endpoints.filter(({ exclusions }) => exclusions.every(({ enforced }) => !enforced));
    const shown = usable.length > 0 ? usable : model.endpoints;
    const providers = shown.map(({ id }) => id.slice(id.lastIndexOf('@') + 1));
    const where =
      providers.length > 3 ? `${providers.slice(0, 3).join(' ')} +${providers.length - 3}` : providers.join(' ');
    return [
      model.id,
      cheapest(shown.map(({ price }) => price?.input)),
      cheapest(shown.map(({ price }) => price?.output)),
      model.contextTokens.toLocaleString('en-US'),
      usable.length > 0 ? where : `(${where})`,
    ];
  });
  const header = ['MODEL', '$/M IN', '$/M OUT', 'CONTEXT', 'PROVIDERS'];
  return formatTable([header, ...rows], [false, true, true, true, false]);
}

/** For showing only: the least of decimal strings; a dash where none is known. */
function cheapest(prices: readonly (string | null | undefined)[]): string {
  const known = prices.filter(price => price !== null && price !== undefined);
  return known.reduce((least, price) => (least === '-' || Number(price) < Number(least) ? price : least), '-');
}
