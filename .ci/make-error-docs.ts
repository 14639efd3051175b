import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { errorCodes, isRetryableCode } from '../src/errors.ts';
import { httpStatusOf } from '../src/http/http-status.ts';
import { errorDescriptions } from './error-descriptions.ts';

const target = new URL('../docs/errors.md', import.meta.url);

const introduction = `# Errors

One closed set of codes, the same over GraphQL, server-sent events, WebSocket and the OpenAI API. Written by
\`npm run generate\`.

- In GraphQL, faults of identity and of input stand in \`errors[].extensions\`: \`code\`, \`retryable\`, and where known
  \`retryAfterMs\`, \`inputPath\` (the place in the input) and \`correlationId\`. What becomes of a completion is data:
  \`status\` and \`error\`, with the same codes; \`error.excludedBy\` and \`error.limitedBy\` name the rules behind a refusal.
- In the OpenAI API the code decides the HTTP status; \`metadata\` holds the rest ([answers](openai-api.md#answers)).
- No message holds prompt text, a key, a stack or what a provider answered.
`;

/** docs/errors.md, from the codes and their descriptions; its table is aligned as the formatter wants it. */
export function renderErrorDocs(): string {
  const head = ['code', 'meaning', 'retryable', 'HTTP status', 'what to do'];
  const rows = errorCodes.map(code => {
    const { meaning, advice } = errorDescriptions[code];
    return [`\`${code}\``, meaning, isRetryableCode(code) ? 'yes' : 'no', String(httpStatusOf(code)), advice];
  });
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map(row => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `| ${widths.map(width => '-'.repeat(width)).join(' | ')} |`;
  return `${introduction}\n${[line(head), rule, ...rows.map(line)].join('\n')}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(target, renderErrorDocs());
