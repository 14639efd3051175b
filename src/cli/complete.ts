import { parseArgs } from 'node:util';
import { prefixedField, prefixedType, type SchemaNames } from '../graphql/rename-schema.ts';
import { CommandError, type ExitCode, exitCodes } from './exit-codes.ts';
import type { GraphClient } from './graph-client.ts';
import type { Terminal } from './terminal.ts';

const completionFields = (names: SchemaNames) => `
  fragment Whole on ${prefixedType('Completion', names)} {
    id status text partialText finishReason model { id } endpoint { id }
    error { code message }
    usage { inputTokens outputTokens reasoningTokens cachedInputTokens cost estimated }
    timing { totalMs firstTokenMs }
  }`;

const endings = ['CompletionFinished', 'CompletionFailed', 'CompletionIncomplete'] as const;

export const streamDocument = (names: SchemaNames) => `
  subscription Complete($input: ${prefixedType('CompleteInput', names)}!) {
    complete: ${prefixedField('complete', names)}(input: $input) {
      ... on ${prefixedType('TextDelta', names)} { text }
      ... on ${prefixedType('RefusalDelta', names)} { refusal: text }
      ... on ${prefixedType('Handoff', names)} { mode }
      ${endings.map(ending => `... on ${prefixedType(ending, names)} { completion { ...Whole } }`).join('\n')}
    }
  }${completionFields(names)}`;

export const wholeDocument = (names: SchemaNames) => `
  mutation Complete($input: ${prefixedType('CompleteInput', names)}!) {
    complete: ${prefixedField('complete', names)}(input: $input) { ...Whole }
  }${completionFields(names)}`;

interface WholeCompletion {
  readonly status: string;
  readonly endpoint: { readonly id: string } | null;
  readonly model: { readonly id: string } | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly usage: {
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly cost: string;
    readonly estimated: boolean;
  };
  readonly timing: { readonly totalMs: number } | null;
}

interface StreamEvent {
  readonly complete: {
    readonly text?: string;
    readonly refusal?: string;
    readonly mode?: string;
    readonly completion?: WholeCompletion;
  };
}

/** `tollgate complete`: streams an answer to the terminal, then says what it took. */
export async function complete(
  argv: readonly string[],
  terminal: Terminal,
  connect: () => Promise<GraphClient>,
): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      model: { type: 'string', short: 'm' },
      system: { type: 'string', short: 's' },
      'max-tokens': { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const prompt = positionals.length > 0 ? positionals.join(' ') : await pipedPrompt(terminal);
  if (prompt.trim() === '') throw new CommandError(exitCodes.usage, 'The prompt is empty.');
  const messages = [
    ...(values.system === undefined ? [] : [{ role: 'SYSTEM', text: values.system }]),
    { role: 'USER', text: prompt },
  ];
  const input = {
    messages,
    workload: 'command-line',
    ...(values.model === undefined ? {} : { model: values.model }),
    ...(values['max-tokens'] === undefined ? {} : { maxOutputTokens: wholeNumber(values['max-tokens']) }),
  };
  const client = await connect();
  try {
    const completion = values.json ? await printWhole(client, input, terminal) : await stream(client, input, terminal);
    return completion?.status === 'FINISHED' ? exitCodes.success : exitCodes.failure;
  } finally {
    await client.close();
  }
}

async function stream(client: GraphClient, input: unknown, terminal: Terminal): Promise<WholeCompletion | undefined> {
  let completion: WholeCompletion | undefined;
  let hasText = false;
  for await (const { complete: event } of client.subscribe<StreamEvent>(
    streamDocument(client.names),
    { input },
    terminal.interrupted,
  )) {
    const text = event.text ?? event.refusal ?? '';
    if (text !== '') {
      terminal.out(text);
      hasText = true;
    }
    // What is printed cannot be taken back.
    if (event.mode === 'RESTART')
      terminal.out('\n[The answer broke off. What stands above is void; it starts over.]\n');
    completion = event.completion ?? completion;
  }
  if (hasText) terminal.out('\n');
  if (completion !== undefined) terminal.error(`${summaryOf(completion)}\n`);
  return completion;
}

async function printWhole(client: GraphClient, input: unknown, terminal: Terminal): Promise<WholeCompletion> {
  const { complete: completion } = await client.query<{ readonly complete: WholeCompletion }>(
    wholeDocument(client.names),
    { input },
    terminal.interrupted,
  );
  terminal.out(`${JSON.stringify(completion, undefined, 2)}\n`);
  return completion;
}

function summaryOf({ status, error, model, endpoint, usage, timing }: WholeCompletion): string {
  const parts = [
    model?.id ?? 'no model',
    ...(endpoint === null ? [] : [endpoint.id.slice(endpoint.id.lastIndexOf('@'))]),
    `${usage.inputTokens} in, ${usage.outputTokens} out${usage.estimated ? ' (estimated)' : ''}`,
    `$${usage.cost}`,
    ...(timing === null ? [] : [`${(timing.totalMs / 1000).toFixed(2)} s`]),
  ];
  const line = `[${parts.join(' · ')}]`;
  if (status === 'FINISHED') return line;
  return `${line}\n${status}: ${error === null ? '' : `${error.code}: ${error.message}`}`;
}

async function pipedPrompt(terminal: Terminal): Promise<string> {
  if (terminal.isInteractive) throw new CommandError(exitCodes.usage, 'A prompt is needed: tollgate complete "…"');
  return (await terminal.readInput()).trim();
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,7}$/.test(text)) throw new CommandError(exitCodes.usage, '--max-tokens: a whole number from 1 on');
  return Number(text);
}
