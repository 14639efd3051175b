/** An operation with its variables, as a client sends it. */
export interface RandomOperation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** A number below the limit. */
type Draw = (limit: number) => number;

/** Draws from numbers that were drawn before, so that a failing operation can be made smaller; then always 0. */
export function drawFrom(tape: readonly number[]): Draw {
  let at = 0;
  return limit => (tape[at++] ?? 0) % limit;
}

/**
 * Makes an operation on the clinic's schema that puts a value into sensitive inputs, and selects sensitive outputs, in any of
 * the ways that GraphQL has: aliases, fragments of both kinds, literals, variables, defaults, lists, nested inputs,
 * conditions. It is always valid.
 */
export function randomOperation(draw: Draw, planted: string): RandomOperation {
  const variables: Record<string, unknown> = {};
  const declared: string[] = [];
  const fragments: string[] = [];
  let names = 0;
  const name = (prefix: string) => {
    names += 1;
    return `${prefix}${names}`;
  };

  const quoted = JSON.stringify(planted);

  /** A value in a place of this type, by any way. */
  function input(type: string, literal: string, value: unknown): string {
    const way = draw(3);
    if (way === 0) return literal;
    const variable = name(['prompt', 'p', 'x'][draw(3)] ?? 'x');
    if (way === 1) {
      variables[variable] = value;
      declared.push(`$${variable}: ${type}`);
    } else declared.push(`$${variable}: ${type} = ${literal}`);
    return `$${variable}`;
  }

  function text(): string {
    const value = [planted, `before ${planted}`, `${planted}, after`, `a\n${planted}\nb`][draw(4)] ?? planted;
    const literal = draw(2) === 0 ? JSON.stringify(value) : `"""${value}"""`;
    return input('String', literal, value);
  }

  function note(depth: number): string {
    if (draw(4) > 0) return noteLiteral(depth);
    return input('NoteInput!', `{ text: ${JSON.stringify(planted)} }`, { next: { text: planted } });
  }

  function noteLiteral(depth: number): string {
    const members = [
      ...(draw(2) === 0 ? [`text: ${text()}`] : []),
      ...(draw(3) === 0 ? ['tag: "tag"'] : []),
      ...(depth > 0 && draw(2) === 0 ? [`next: ${note(depth - 1)}`] : []),
      ...(depth > 0 && draw(3) === 0 ? [`grid: ${listed(2, () => noteLiteral(depth - 1))}`] : []),
      ...(depth > 0 && draw(2) === 0
        ? [`more: ${draw(2) === 0 ? noteLiteral(0) : `[${note(0)}, ${note(depth - 1)}]`}`]
        : []),
    ];
    return `{ ${members.join(', ')} }`;
  }

  /** One that GraphQL takes in a list of so many levels: each may be left out, or hold more. */
  function listed(levels: number, one: () => string): string {
    if (levels === 0 || draw(3) === 0) return one();
    return draw(2) === 0 ? `[${listed(levels - 1, one)}]` : `[${listed(levels - 1, one)}, ${listed(levels - 1, one)}]`;
  }

  function nested(value: unknown, levels: number): unknown {
    return levels === 0 ? value : [nested(value, levels - 1)];
  }

  /** A list of lists, by any way; as a value, some of its levels may be left out. */
  function list(type: string, levels: number, value: unknown, literal: string, one: () => string): string {
    if (draw(2) === 0) return listed(levels, one);
    return input(
      type,
      listed(levels, () => literal),
      nested(value, draw(levels + 1)),
    );
  }

  function deep(): string {
    const type = '[[[NoteInput]]]';
    return list(type, 3, { text: planted, grid: { text: planted } }, `{ grid: { text: ${quoted} } }`, () =>
      noteLiteral(1),
    );
  }

  function callArguments(): string {
    const parts = [
      ...(draw(2) === 0 ? [`q: ${text()}`] : []),
      ...(draw(3) === 0 ? [`ids: [${input('ID!', JSON.stringify(planted), planted)}, "1"]`] : []),
      ...(draw(3) === 0 ? [`any: { a: [${text()}], b: ${JSON.stringify(planted)} }`] : []),
      ...(draw(2) === 0 ? [`note: ${note(2)}`] : []),
      ...(draw(3) === 0 ? [`notes: ${draw(2) === 0 ? noteLiteral(1) : `[${note(1)}]`}`] : []),
      ...(draw(2) === 0 ? [`deep: ${deep()}`] : []),
      ...(draw(3) === 0 ? [`words: ${list('[[String!]]', 2, planted, quoted, () => quoted)}`] : []),
      ...(draw(3) === 0
        ? [`boxes: ${list('[[JSON]]', 2, { a: planted }, `{ a: ${quoted} }`, () => `{ a: [${text()}] }`)}`]
        : []),
    ];
    return parts.length === 0 ? '' : `(${parts.join(', ')})`;
  }

  function condition(): string {
    const way = draw(6);
    if (way === 0) return ` @include(if: ${input('Boolean!', 'true', true)})`;
    if (way === 1) return ' @skip(if: false)';
    return way === 2 ? ` @note(is: ${note(1)})` : '';
  }

  /** Selections in a fragment, with a name or without. */
  function inFragment(type: string, selections: readonly string[]): string {
    const all = selections.length === 0 ? '__typename' : selections.join(' ');
    if (draw(2) === 0) return `... on ${type} { ${all} }`;
    const fragment = name('F');
    fragments.push(`fragment ${fragment} on ${type} { ${all} }`);
    return `...${fragment}`;
  }

  /** Selections on a type, some of them in fragments. */
  function wrapped(type: string, selections: readonly string[]): string {
    if (draw(2) === 0) return inFragment(type, selections);
    return selections.length === 0 ? '__typename' : selections.join(' ');
  }

  const leaf = (field: string) => `${draw(2) === 0 ? `${name('a')}: ` : ''}${field}`;
  const some = (fields: readonly string[]) => fields.filter(() => draw(2) === 0).map(leaf);

  function papers(): string {
    const letter = inFragment('Letter', some(['title', 'body', 'plain']));
    const scan = inFragment('Scan', some(['title', 'values', 'meta']));
    const record = inFragment('Record', some(['title', 'plain']));
    return `${leaf('papers')} { __typename ${letter} ${scan} ${record} }`;
  }

  function patient(depth: number): string {
    const inner = [
      ...some(['name', 'code', 'note']),
      ...(draw(2) === 0 ? [papers()] : []),
      ...(draw(2) === 0 ? [`${leaf('records')} { ${wrapped('Record', some(['title', 'plain']))} }`] : []),
      ...(depth > 0 && draw(2) === 0 ? [`${leaf('friend')} { ${patient(depth - 1)} }`] : []),
    ];
    return wrapped('Patient', inner);
  }

  const roots: string[] = [];
  for (let root = 0; root <= draw(3); root += 1) {
    const kind = draw(4);
    if (kind === 0) roots.push(`${name('a')}: patient${condition()} { ${patient(2)} }`);
    else if (kind === 1) roots.push(leaf(draw(2) === 0 ? 'list' : 'fails'));
    else {
      const echo = [...some(['q', 'plain']), `${leaf('patient')} { ${patient(1)} }`];
      roots.push(`${name('a')}: ask${callArguments()}${condition()} { ${wrapped('Echo', echo)} }`);
    }
  }
  const body = wrapped('Query', roots);
  const parameters = declared.length === 0 ? '' : `(${declared.join(', ')})`;
  return { query: `query Random${parameters} { ${body} } ${fragments.join(' ')}`, variables };
}
