import { GatewayError } from '../errors.ts';
import type { TrustedDocuments } from './trusted-documents.ts';

/** What a message says about its document. */
export interface NamedDocument {
  readonly query?: unknown;
  readonly documentId?: unknown;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}

/** Why there is no document to go on with, and the HTTP status that says so. */
export interface RefusedDocument {
  readonly status: number;
  readonly error: GatewayError;
}

/** The longest id of a document, in UTF-16 units. */
const maxIdLength = 256;

/**
 * Finds the text of the document that a message means: the one it holds, or the one it names by `documentId` or by
 * `extensions.persistedQuery.sha256Hash`. Pure.
 *
 * In strict mode a text is accepted where it is that of a known document, to the letter.
 */
export function documentOf(
  message: NamedDocument,
  documents: TrustedDocuments | undefined,
): { readonly text: string } | RefusedDocument {
  const { query } = message;
  const text = query === '' || query === null ? undefined : query;
  if (text !== undefined && typeof text !== 'string') return refuse(400, 'query: a GraphQL document is required');
  const id = documents === undefined ? undefined : idOf(message);
  if (documents === undefined || id === undefined) return givenText(text, documents);
  if (typeof id !== 'string' || id.length > maxIdLength) {
    return refuse(400, `documentId: must be a string of at most ${maxIdLength} characters, and the only one`);
  }
  const known = documents.find(id);
  if (known === undefined) {
    return text === undefined || documents.isStrict
      ? refuse(404, 'documentId: names no document that this server knows', 'NOT_FOUND')
      : { text };
  }
  if (text !== undefined && text !== known) return refuse(400, 'documentId: names another document than the query');
  return { text: known };
}

function givenText(
  text: string | undefined,
  documents: TrustedDocuments | undefined,
): { readonly text: string } | RefusedDocument {
  if (text === undefined) return refuse(400, 'query: a GraphQL document is required');
  if (documents === undefined || !documents.isStrict || documents.has(text)) return { text };
  return refuse(403, 'query: this server accepts only documents that it knows; send a documentId', 'FORBIDDEN');
}

/** @returns Undefined where none is given; null where two are given that differ. */
function idOf({ documentId, extensions }: NamedDocument): unknown {
  const persisted = extensions?.persistedQuery;
  const hash =
    typeof persisted === 'object' && persisted !== null && 'sha256Hash' in persisted ? persisted.sha256Hash : undefined;
  const given = [documentId, hash].filter(id => id !== undefined && id !== null && id !== '');
  return given.length === 2 && given[0] !== given[1] ? null : given[0];
}

function refuse(status: number, message: string, code: GatewayError['code'] = 'BAD_USER_INPUT'): RefusedDocument {
  return { status, error: new GatewayError(code, message) };
}
