import { type DocumentNode, parse } from 'graphql';
import { prefixedType, type SchemaNames } from '../rename-schema.ts';
import { type ContributedType, type Contribution, fieldsOf, isCompletion, requiredFields } from './contribution.ts';

/** The types that are contributed to, as a subgraph writes them. */
export function contributedDocument(types: readonly ContributedType[], names: SchemaNames): DocumentNode | undefined {
  if (types.length === 0) return undefined;
  const texts = types.map(({ name: type, fields, contributions }) => {
    const key = fieldsOf(contributions[0]?.key ?? '');
    const sent = Object.entries(fields).map(([each, kind]) =>
      Object.hasOwn(key, each) ? `${each}: ${kind}` : `${each}: ${kind} @external`,
    );
    const added = contributions.map(contribution => addedField(contribution, names));
    return `type ${type} @key(fields: "${Object.keys(key).join(' ')}") {\n${[...sent, ...added].join('\n')}\n}`;
  });
  return parse(texts.join('\n'), { noLocation: true });
}

function addedField(contribution: Contribution, names: SchemaNames): string {
  const { field, description } = contribution;
  const described = description === undefined ? '' : `${JSON.stringify(description)}\n`;
  if (!isCompletion(contribution)) {
    const type = (bare: string) => prefixedType(bare, names);
    return `${described}${field}(filter: ${type('UsageFilter')}): ${type('UsageTotals')}`;
  }
  return `${described}${field}: String @requires(fields: "${requiredFields(contribution).join(' ')}")`;
}
