import { GraphQLError } from 'graphql';

const longest = 300;
/** Before quotes are looked for, which takes long in a long text of quotes. */
const longestSearched = 2_000;
const suggestion = / ?Did you mean [^?]{1,400}\?/;
const variableFault = /^(?:Variable "\$(\w+)"|Variable "\$(\w+)" has) (?:got )?invalid value/;
const printedPath = / at "\$?(\w{1,64}(?:\.\w{1,64}|\[\d{1,9}\]){0,64})"$/;
const quoted = /"((?:[^"\\]|\\.)*)"/g;
const schemaName = /^[$@]?[\w.![\]():@$]{1,64}$/;

/**
 * What GraphQL itself found wrong, without the value in which it was wrong.
 *
 * The messages of graphql-js for literals and variables print the offending value, which here is often a prompt; they
 * end in logs and in the errors of routers. Kept are names of the schema and of the document, and positions.
 */
export function scrubMessage(error: GraphQLError, options: { readonly hideSuggestions: boolean }): string {
  const message = options.hideSuggestions ? error.message.replace(suggestion, '') : error.message;
  const variable = variableFault.exec(error.message);
  const text = variable === null ? withoutValue(message) : variableMessage(error, variable, options.hideSuggestions);
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

function variableMessage(error: GraphQLError, match: RegExpExecArray, hideSuggestions: boolean): string {
  const name = match[1] ?? match[2] ?? '';
  // The reason comes as an error of its own, so that it need not be found behind a value that can hold any text.
  const reason = error.originalError instanceof GraphQLError ? error.originalError.message : undefined;
  if (reason === undefined || !error.message.endsWith(reason)) return `Variable "$${name}" got an invalid value.`;
  const before = error.message.slice(0, -reason.length).replace(/[;:] $/, '');
  const path = printedPath.exec(before)?.[1] ?? name;
  const kept = hideSuggestions ? reason.replace(suggestion, '') : reason;
  return `Variable "$${name}" got an invalid value at "${path}"; ${withoutValue(kept)}`;
}

/** Cuts a message where graphql-js begins to print a value, and blanks every quoted piece that is no name. */
function withoutValue(message: string): string {
  const syntax = /^Syntax Error: .*/s.test(message);
  if (syntax) return withoutToken(message);
  return (
    message
      .replace(/^Value .* does not exist in "(\w+)" enum/s, 'A value does not exist in "$1" enum')
      .replace(/(cannot represent [^:]{1,80}|cannot represent value): .*$/s, '$1.')
      // The names of unknown members are the caller's own, and can hold anything, quotes included.
      .replace(
        /^Field "(?!\w{1,64}" is not defined by type "\w{1,128}"\.(?:$| Did)).*" is not defined by type "(\w+)"/s,
        'A field is not defined by type "$1"',
      )
      .replace(/unknown field "(?!\w{1,64}"[,.]).*$/s, 'unknown field.')
      .replace(/,? found:? .*$/is, '.')
      .slice(0, longestSearched)
      .replace(quoted, (piece, inner: string) => (schemaName.test(inner) ? piece : '"…"'))
  );
}

/** `Expected Name, found String "…"` names the kind of the token, and so is enough. */
function withoutToken(message: string): string {
  return message
    .replace(/\b(Name|Int|Float|String|BlockString|Comment) ".*$/s, '$1.')
    .replace(/(Invalid[^:]{1,60}): .*$/s, '$1.')
    .slice(0, longestSearched)
    .replace(quoted, (piece, inner: string) =>
      inner.length <= 3 || /^(?:Name|U\+[\dA-F]{4,6})$/.test(inner) ? piece : '"…"',
    );
}
