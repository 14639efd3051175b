import type { Scorecard } from './run-chaos.ts';

/** The scorecard for people: a row for each fault, what both sides saw below it where it was not passed, and the sum. */
export function printScorecard({ rows, count, isComplete }: Scorecard): string {
  const width = Math.max(...rows.map(({ id }) => id.length), 0);
  const lines = rows.flatMap(({ id, fault, demand, grade, why, callerSaw, providerSaw }) => [
    `${grade.toUpperCase()}  ${id.padEnd(width)}  ${fault}: ${why}`,
    ...(grade === 'pass'
      ? []
      : [`      demanded:      ${demand}`, `      caller saw:    ${callerSaw}`, `      provider saw:  ${providerSaw}`]),
  ]);
  const sum = `${count.pass} of ${rows.length} passed, ${count.safe} safe, ${count.fail} failed`;
  return `${[...lines, '', `${sum}${isComplete ? '' : '; stopped before the end'}.`].join('\n')}\n`;
}
