import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'graphql';
import { ConfigError } from '../errors.ts';
import { maxDocumentLength } from '../http/accept-operation.ts';
import { FileFault, type ReadFile } from './read-small-file.ts';

/** The names of the files in a folder; undefined where there is no such folder. */
export type ReadFolder = (path: string) => readonly string[] | undefined;

export const readFolder: ReadFolder = path => {
  try {
    return readdirSync(path).sort();
  } catch {
    return undefined;
  }
};

const maxManifestBytes = 16_777_216;
const maxDocuments = 10_000;
const allowed = 'a folder of .graphql files, or a manifest as Apollo, Relay and GraphQL Code Generator write it';

export interface DocumentSource {
  /** Absolute. */
  readonly path: string;
  /** How it is named in messages. */
  readonly setting: string;
  readonly readFile: ReadFile;
  readonly readFolder: ReadFolder;
}

/**
 * Reads documents by their ids: from a folder, where the id is the SHA-256 of a file's text or the file's name without
 * `.graphql`; or from a manifest, either `{"format":"apollo-persisted-query-manifest","operations":[{"id","body"}]}` or
 * one object of ids and documents.
 *
 * @throws {ConfigError} Where there are none, or one that can not be parsed; without anything of their text.
 */
export function readTrustedDocuments(source: DocumentSource): ReadonlyMap<string, string> {
  const { setting } = source;
  const files = source.readFolder(source.path);
  const byId = files === undefined ? readManifest(source) : readFiles(source, files);
  if (byId.size === 0) throw new ConfigError({ setting, problem: 'names no documents', allowed });
  if (byId.size > maxDocuments) {
    throw new ConfigError({ setting, problem: 'names too many documents', allowed: `at most ${maxDocuments}` });
  }
  for (const [id, text] of byId) {
    if (isDocument(text)) continue;
    throw new ConfigError({
      setting,
      problem: `names a document that is not GraphQL (${printable(id)})`,
      allowed: `operations of at most ${maxDocumentLength} characters`,
    });
  }
  return byId;
}

function readFiles({ path, setting, readFile }: DocumentSource, files: readonly string[]): ReadonlyMap<string, string> {
  const byId = new Map<string, string>();
  for (const file of files) {
    if (!/\.(graphql|gql)$/.test(file)) continue;
    const text = readText(join(path, file), setting, readFile, maxDocumentLength * 4) ?? '';
    // Clients hash what they send, which rarely ends with the line end that editors put at the end of a file.
    const trimmed = text.trimEnd();
    for (const id of [sha256(text), sha256(trimmed), file.replace(/\.\w+$/, '')]) byId.set(id, trimmed);
  }
  return byId;
}

function readManifest({ path, setting, readFile }: DocumentSource): ReadonlyMap<string, string> {
  const text = readText(path, setting, readFile, maxManifestBytes);
  if (text === undefined) {
    throw new ConfigError({ setting, problem: 'names a file or folder that does not exist', allowed });
  }
  const byId = new Map<string, string>();
  for (const [id, document] of entriesOf(parseJson(text))) {
    if (typeof id !== 'string' || id === '' || typeof document !== 'string') {
      throw new ConfigError({ setting, problem: 'names a file that is no such manifest', allowed });
    }
    if (byId.has(id) && byId.get(id) !== document) {
      throw new ConfigError({ setting, problem: `has two documents of one id (${printable(id)})`, allowed });
    }
    byId.set(id, document);
  }
  return byId;
}

function entriesOf(manifest: unknown): readonly (readonly [id: unknown, document: unknown])[] {
  if (typeof manifest !== 'object' || manifest === null || Array.isArray(manifest)) return [[undefined, undefined]];
  if (!('format' in manifest)) return Object.entries(manifest);
  const { format, operations } = manifest as { readonly format?: unknown; readonly operations?: unknown };
  if (format !== 'apollo-persisted-query-manifest' || !Array.isArray(operations)) return [[undefined, undefined]];
  return operations.map((operation: unknown) => {
    const { id, body } = (operation ?? {}) as { readonly id?: unknown; readonly body?: unknown };
    return [id, body];
  });
}

function readText(path: string, setting: string, readFile: ReadFile, maxBytes: number): string | undefined {
  try {
    return readFile(path, maxBytes);
  } catch (cause) {
    if (!(cause instanceof FileFault)) throw cause;
    throw new ConfigError({ setting, problem: cause.message, allowed });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isDocument(text: string): boolean {
  if (text.length > maxDocumentLength) return false;
  try {
    return parse(text, { noLocation: true }).definitions.some(({ kind }) => kind === 'OperationDefinition');
  } catch {
    return false;
  }
}

/** Ids are the administrator's own; a manifest that is none may hold anything in their place. */
function printable(id: string): string {
  return /^[\w.:-]{1,100}$/.test(id) ? id : 'an id that is no name';
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
