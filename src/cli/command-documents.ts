import type { SchemaNames } from '../graphql/rename-schema.ts';
import { auditDocument } from './audit-log.ts';
import { streamDocument, wholeDocument } from './complete.ts';
import { contentDocuments } from './content.ts';
import { modelsDocument } from './models.ts';

/** Every document that a command sends to a running server. */
export function commandDocuments(names: SchemaNames): readonly string[] {
  const all = [auditDocument, streamDocument, wholeDocument, modelsDocument, ...Object.values(contentDocuments)];
  return all.map(document => document(names));
}
