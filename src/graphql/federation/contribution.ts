import { workloadPattern } from '../../model/completion-request.ts';

/** Fields of an entity: one name, or several with their types: `{ id: 'ID!', region: 'String!' }`. */
export type EntityFields = string | Readonly<Record<string, string>>;

interface ContributedField {
  /** The entity of another subgraph: `Ticket`. */
  readonly type: string;
  /** What tells one from another. Bare names are `ID!` where they are `id`, else `String!`. */
  readonly key: EntityFields;
  /** The field that is added: `summary`. */
  readonly field: string;
  /** What the schema says about it. */
  readonly description?: string;
}

/** A field that a model answers, out of other fields of the same entity. */
export interface ContributedCompletion extends ContributedField {
  /** The fields that the model is shown; the router brings them. Bare names are `String!`. */
  readonly requires: EntityFields;
  /** What the model is told to do with them. It is yours; what the fields hold is data, and comes as the user's message. */
  readonly prompt: string;
  /** A model, endpoint, alias or `auto`. Default `auto`. */
  readonly model?: string;
  /** Default: what a trusted router says the operation is for, else type and field: `Ticket.summary`. */
  readonly workload?: string;
  /** Beside `field`, which says the same as the default workload. At most 15. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Default 256. */
  readonly maxOutputTokens?: number;
}

/** A field that tells what a user has used; the key is the user's name, as in tokens and in `usage`. */
export interface ContributedUsage extends ContributedField {
  readonly prompt?: undefined;
}

/** A field that Tollgate adds to an entity of another subgraph. */
export type Contribution = ContributedCompletion | ContributedUsage;

export interface ContributedType {
  readonly name: string;
  /** The types of the fields that may be sent, by name. */
  readonly fields: Readonly<Record<string, string>>;
  readonly contributions: readonly Contribution[];
}

const name = /^(?!__)[A-Za-z_][A-Za-z0-9_]{0,127}$/;
const scalarType = /^(?:ID|String|Int|Float|Boolean)!?$/;
/** One name is taken by the field's own. */
const mostLabels = 15;
const longestPrompt = 20_000;

/**
 * Checks what is contributed, and puts together what belongs to one type.
 *
 * @throws {TypeError} That names what is wrong: `contribute[0].key`.
 */
export function readContributions(contribute: readonly Contribution[]): readonly ContributedType[] {
  const types = new Map<string, ContributedType>();
  for (const [index, contribution] of contribute.entries()) {
    const at = `contribute[${index}]`;
    checkContribution(at, contribution);
    const { type, key, field } = contribution;
    const before = types.get(type);
    const known = before?.contributions ?? [];
    if (known.some(other => keyText(other.key) !== keyText(key))) {
      throw new TypeError(`${at}.key: all fields of ${type} have one key`);
    }
    const fields = { ...before?.fields };
    for (const [sent, sentType] of Object.entries(sentFields(contribution))) {
      if (fields[sent] !== undefined && fields[sent] !== sentType) {
        throw new TypeError(`${at}: ${type}.${sent} has two types; give one: { ${sent}: '${sentType}' }`);
      }
      fields[sent] = sentType;
    }
    const added = [...known, contribution].map(other => other.field);
    if (new Set(added).size < added.length) throw new TypeError(`${at}.field: ${type}.${field} is there twice`);
    const clash = added.find(each => Object.hasOwn(fields, each));
    if (clash !== undefined) throw new TypeError(`${at}.field: ${type}.${clash} is a key, or required`);
    types.set(type, { name: type, fields, contributions: [...known, contribution] });
  }
  return [...types.values()];
}

/** What the router has to bring for a field, by name, in the order that was given. */
export function requiredFields({ requires }: ContributedCompletion): readonly string[] {
  return Object.keys(fieldsOf(requires));
}

/** The field that a user is named by. */
export function userField({ key }: ContributedUsage): string {
  return Object.keys(fieldsOf(key))[0] ?? '';
}

export function isCompletion(contribution: Contribution): contribution is ContributedCompletion {
  return contribution.prompt !== undefined;
}

function sentFields(contribution: Contribution): Readonly<Record<string, string>> {
  const key = fieldsOf(contribution.key);
  return isCompletion(contribution) ? { ...key, ...fieldsOf(contribution.requires) } : key;
}

/** Their types, by name. */
export function fieldsOf(given: EntityFields): Readonly<Record<string, string>> {
  if (typeof given !== 'string') return given;
  return Object.fromEntries(
    given
      .trim()
      .split(/\s+/)
      .map(each => [each, each === 'id' ? 'ID!' : 'String!']),
  );
}

function keyText(key: EntityFields): string {
  return JSON.stringify(Object.entries(fieldsOf(key)).sort());
}

function checkContribution(at: string, contribution: Contribution): void {
  const { type, key, field } = contribution;
  if (!name.test(type)) throw new TypeError(`${at}.type: the name of a type is needed`);
  if (!name.test(field)) throw new TypeError(`${at}.field: the name of a field is needed`);
  checkFields(`${at}.key`, key);
  if (!isCompletion(contribution)) {
    if ('requires' in contribution) throw new TypeError(`${at}.prompt: what is required needs a prompt`);
    if (Object.keys(fieldsOf(key)).length === 1) return;
    throw new TypeError(`${at}.key: a user is named by one field; give a prompt for a completion`);
  }
  const { requires, prompt, workload, labels = {}, maxOutputTokens } = contribution;
  if (requires === undefined) throw new TypeError(`${at}.requires: the fields that the model is shown are needed`);
  checkFields(`${at}.requires`, requires);
  const shared = requiredFields(contribution).filter(each => Object.hasOwn(fieldsOf(key), each));
  if (shared.length > 0) throw new TypeError(`${at}.requires: ${shared[0]} is in the key already`);
  if (prompt.trim() === '' || prompt.length > longestPrompt) {
    throw new TypeError(`${at}.prompt: 1 to ${longestPrompt} characters are needed`);
  }
  if (workload !== undefined && !workloadPattern.test(workload)) {
    throw new TypeError(`${at}.workload: letters, digits, . _ - only, 1 to 64 of them`);
  }
  checkLabels(`${at}.labels`, labels);
  if (maxOutputTokens === undefined || (Number.isInteger(maxOutputTokens) && maxOutputTokens > 0)) return;
  throw new TypeError(`${at}.maxOutputTokens: a whole number from 1 is needed`);
}

function checkFields(at: string, given: EntityFields): void {
  const fields = Object.entries(fieldsOf(given));
  if (fields.length === 0 || fields.length > 16) throw new TypeError(`${at}: 1 to 16 fields are needed`);
  for (const [field, type] of fields) {
    if (!name.test(field)) throw new TypeError(`${at}: the names of fields are needed`);
    if (!scalarType.test(type))
      throw new TypeError(`${at}.${field}: ID, String, Int, Float or Boolean, with or without !`);
  }
}

function checkLabels(at: string, labels: Readonly<Record<string, string>>): void {
  const entries = Object.entries(labels);
  const isWrong = entries.some(
    ([label, value]) => label === '' || label === 'field' || label.length > 64 || value.length > 64,
  );
  if (entries.length <= mostLabels && !isWrong) return;
  throw new TypeError(`${at}: at most ${mostLabels}, of 64 characters each, none called "field"`);
}
