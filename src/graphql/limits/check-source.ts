import { GatewayError } from '../../errors.ts';

const quote = 34;
const hash = 35;
const backslash = 92;

/**
 * Refuses a document whose brackets are nested too deep, before a parser recurses into it.
 *
 * One pass over the text; strings, block strings and comments are stepped over as the lexer of GraphQL does.
 *
 * @throws {GatewayError} BAD_USER_INPUT.
 */
export function checkSource(source: string, nesting: number): void {
  let depth = 0;
  let at = 0;
  while (at < source.length) {
    const code = source.charCodeAt(at);
    if (code === quote) {
      at = endOfString(source, at);
      continue;
    }
    if (code === hash) {
      at = endOfLine(source, at);
      continue;
    }
    // { [ ( open, } ] ) close.
    if (code === 123 || code === 91 || code === 40) {
      depth += 1;
      if (depth > nesting) throw new GatewayError('BAD_USER_INPUT', `The document is nested deeper than ${nesting}.`);
    } else if (code === 125 || code === 93 || code === 41) {
      depth -= 1;
    }
    at += 1;
  }
}

function endOfLine(source: string, at: number): number {
  let end = at;
  while (end < source.length && source.charCodeAt(end) !== 10 && source.charCodeAt(end) !== 13) end += 1;
  return end;
}

function endOfString(source: string, at: number): number {
  if (source.startsWith('"""', at)) {
    let end = source.indexOf('"""', at + 3);
    while (end !== -1 && source.charCodeAt(end - 1) === backslash) end = source.indexOf('"""', end + 3);
    return end === -1 ? source.length : end + 3;
  }
  for (let end = at + 1; end < source.length; end += 1) {
    const code = source.charCodeAt(end);
    if (code === backslash) end += 1;
    // An unclosed string ends with its line: the lexer refuses it there.
    else if (code === quote || code === 10 || code === 13) return end + 1;
  }
  return source.length;
}
