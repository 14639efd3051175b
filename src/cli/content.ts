import { parseArgs } from 'node:util';
import { prefixedField, prefixedType, type SchemaNames } from '../graphql/rename-schema.ts';
import { CommandError, type ExitCode, exitCodes } from './exit-codes.ts';
import type { GraphClient } from './graph-client.ts';
import { formatTable, type Terminal } from './terminal.ts';

const usage = 'Usage: tollgate content erase|hold; see: tollgate help content';

export const contentDocuments = {
  erase: (names: SchemaNames) =>
    `mutation Erase($user: String!) { result: ${prefixedField('eraseContent', names)}(user: $user) { erased held } }`,
  add: (names: SchemaNames) =>
    `mutation AddHold($input: ${prefixedType('ContentHoldInput', names)}!) { result: ${prefixedField('addContentHold', names)}(input: $input) { id } }`,
  remove: (names: SchemaNames) =>
    `mutation RemoveHold($id: ID!) { result: ${prefixedField('removeContentHold', names)}(id: $id) }`,
  list: (names: SchemaNames) =>
    `query Holds { result: ${prefixedField('contentHolds', names)} { id user project { id } createdAt createdBy } }`,
};

interface Hold {
  readonly id: string;
  readonly user: string | null;
  readonly project: { readonly id: string } | null;
  readonly createdAt: string;
  readonly createdBy: string;
}

/** `tollgate content erase|hold`: kept text, for administrators. */
export async function content(
  argv: readonly string[],
  terminal: Terminal,
  connect: () => Promise<GraphClient>,
): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { user: { type: 'string' }, project: { type: 'string' } },
  });
  const run = commandOf(positionals, values);
  const client = await connect();
  try {
    await run(client, terminal);
    return exitCodes.success;
  } finally {
    await client.close();
  }
}

type Run = (client: GraphClient, terminal: Terminal) => Promise<void>;
type Options = { readonly user?: string | undefined; readonly project?: string | undefined };

function commandOf(positionals: readonly string[], { user, project }: Options): Run {
  const [action, verb, id, ...rest] = positionals;
  if (action === 'erase' && positionals.length === 1) {
    if (user === undefined || project !== undefined)
      throw new CommandError(exitCodes.usage, 'content erase needs --user alone.');
    return (client, terminal) => erase(client, terminal, user);
  }
  if (action !== 'hold' || rest.length > 0) throw new CommandError(exitCodes.usage, usage);
  if (verb === 'list' && id === undefined) return listHolds;
  if (verb === 'remove' && id !== undefined) {
    return async (client, terminal) => {
      await client.query(contentDocuments.remove(client.names), { id }, terminal.interrupted);
      terminal.out('The hold is removed: the purge goes on.\n');
    };
  }
  if (verb === 'add' && id === undefined) {
    if (user === undefined && project === undefined) {
      throw new CommandError(exitCodes.usage, 'content hold add needs --project, --user or both.');
    }
    return async (client, terminal) => {
      const input = { user: user ?? null, project: project ?? null };
      const { result } = await client.query<{ readonly result: { readonly id: string } }>(
        contentDocuments.add(client.names),
        { input },
        terminal.interrupted,
      );
      terminal.out(`${result.id}\n`);
    };
  }
  throw new CommandError(exitCodes.usage, usage);
}

async function erase(client: GraphClient, terminal: Terminal, user: string): Promise<void> {
  const { result } = await client.query<{ readonly result: { readonly erased: number; readonly held: number } }>(
    contentDocuments.erase(client.names),
    { user },
    terminal.interrupted,
  );
  const held = result.held === 0 ? '' : ` ${result.held} are kept, because a hold names them.`;
  terminal.out(`The text of ${result.erased} completions is erased.${held}\n`);
}

async function listHolds(client: GraphClient, terminal: Terminal): Promise<void> {
  const { result } = await client.query<{ readonly result: readonly Hold[] }>(
    contentDocuments.list(client.names),
    {},
    terminal.interrupted,
  );
  if (result.length === 0) return terminal.out('There are no holds.\n');
  const rows = result.map(({ id, project, user, createdAt, createdBy }) => [
    id,
    project?.id ?? 'any project',
    user ?? 'any user',
    createdAt,
    createdBy,
  ]);
  terminal.out(`${formatTable([['HOLD', 'PROJECT', 'USER', 'SINCE', 'BY'], ...rows])}\n`);
}
