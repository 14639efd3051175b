import { z } from 'zod';
import { ConfigError } from '../errors.ts';
import { settingAt } from './interpolate.ts';
import { suggest } from './suggest.ts';

type Issue = z.core.$ZodIssue;

/**
 * The first fault of a document as one line, with how many more there are.
 *
 * @param schema What it was checked against, to name what is allowed and what was probably meant.
 * @param setting How the document is named in messages: `tollgate.yaml`.
 */
export function explainIssues(issues: readonly Issue[], schema: z.ZodType, setting: string): ConfigError {
  const [first] = issues;
  if (first === undefined) throw new TypeError('issues: at least one is needed');
  const issue = innermost(first, []);
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    const known = keysAt(schema, issue.path);
    const meant = suggest(key, known);
    return new ConfigError({
      setting: settingAt(setting, [...issue.path, key]),
      problem: `is not a known setting${meant === undefined ? '' : `, did you mean "${meant}"?`}${more}`,
      allowed: known.join(', '),
    });
  }
  const { problem, allowed } = describe(issue);
  return new ConfigError({ setting: settingAt(setting, issue.path), problem: problem + more, allowed });
}

/** Inside a union the branch that came furthest says what is wrong; where none did, the union itself does. */
function innermost(issue: Issue, outer: readonly PropertyKey[]): Issue {
  const path = [...outer, ...issue.path];
  if (issue.code === 'invalid_union') {
    const deeper = issue.errors.flatMap(branch => branch.filter(inner => inner.path.length > 0).slice(0, 1));
    const [found] = deeper;
    if (found !== undefined) return innermost(found, path);
  }
  return { ...issue, path };
}

function describe(issue: Issue): { readonly problem: string; readonly allowed: string } {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return { problem: 'is missing', allowed: `a value of type ${issue.expected}` };
      return { problem: 'has the wrong type', allowed: issue.expected };
    case 'invalid_value':
      return { problem: 'is not one of the allowed values', allowed: issue.values.map(String).join(', ') };
    case 'too_small':
      return { problem: 'is too small or too short', allowed: `${issue.minimum} or more` };
    case 'too_big':
      return { problem: 'is too large or too long', allowed: `${issue.maximum} or less` };
    case 'invalid_key': {
      const [inner] = issue.issues;
      return { problem: 'is not a valid name', allowed: allowedBy(inner?.message ?? 'another name') };
    }
    default:
      return { problem: 'is not valid', allowed: allowedBy(issue.message) };
  }
}

function allowedBy(message: string): string {
  return message.replace(/^must be /, '');
}

/** The names that the object at this path of the schema knows. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  let found: z.core.$ZodType | undefined = schema;
  for (const step of path) {
    const container: z.core.$ZodType | undefined = unwrap(found, typeof step === 'number');
    if (container instanceof z.ZodObject) found = container.shape[String(step)];
    else if (container instanceof z.ZodArray) found = container.element;
    else if (container instanceof z.ZodRecord) found = container.valueType;
    else return [];
  }
  const object = unwrap(found, false);
  return object instanceof z.ZodObject ? Object.keys(object.shape).filter(key => !key.startsWith('$')) : [];
}

function unwrap(schema: z.core.$ZodType | undefined, wantsArray: boolean): z.core.$ZodType | undefined {
  let inner = schema;
  for (;;) {
    if (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault) {
      inner = inner.unwrap();
    } else if (inner instanceof z.ZodPipe) {
      inner = inner.in;
    } else if (inner instanceof z.ZodUnion) {
      const options: readonly z.core.$ZodType[] = inner.options;
      inner = options.find(option => option instanceof (wantsArray ? z.ZodArray : z.ZodObject));
    } else {
      return inner;
    }
  }
}
