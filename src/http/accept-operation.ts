import { GatewayError } from '../errors.ts';
import { documentOf } from './document-of.ts';
import type { TrustedDocuments } from './trusted-documents.ts';

/** How an operation arrived. */
export type Carrier = 'GET' | 'POST' | 'WEBSOCKET';

/** The media types that an operation is answered with. */
export type AnswerType = 'application/json' | 'application/graphql-response+json' | 'text/event-stream';

export interface OperationHeaders {
  readonly method: Carrier;
  readonly contentType?: string | undefined;
  readonly accept?: string | undefined;
}

/** The members of a GraphQL request; those that were null or empty are absent. */
export interface OperationParams {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly operationName?: string;
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** A GraphQL request that may go on. */
export interface AcceptedOperation {
  readonly params: OperationParams;
  /** What a query or a mutation is answered with. */
  readonly answerType: AnswerType;
  /** Whether the caller takes an event stream, which subscriptions are answered with. */
  readonly takesEventStream: boolean;
}

/** Why one may not, and the HTTP status that says so. */
export interface RefusedOperation {
  readonly status: number;
  readonly error: GatewayError;
}

/** What is known of an operation once its document was read. */
export interface OperationTraits {
  readonly type: 'query' | 'mutation' | 'subscription';
  /** Whether an argument of it holds a prompt. */
  readonly carriesPrompt: boolean;
}

/** Longer documents are refused before they are parsed, in UTF-16 units. */
export const maxDocumentLength = 100_000;

/** What a name, or its absence, is answered with that chooses none of the operations in the document. */
export const unknownOperation: RefusedOperation = refuse(
  400,
  'operationName: names none of the operations in the document',
);

const knownMembers: ReadonlySet<string> = new Set(['query', 'variables', 'operationName', 'extensions']);

/**
 * Decides whether a message is a GraphQL request that may go on, whatever carried it. Pure; nothing is parsed but JSON.
 *
 * Only JSON is taken by POST: browsers send it across origins only after a preflight, which is never granted, so a
 * foreign page cannot post anything here. Batches, forms, multipart and plain text are refused.
 *
 * @param body By POST the text of the body, or what a host has made of it; by GET the members of the query string; by
 *   WebSocket the payload.
 * @param documents What the server knows by id. Default: nothing, and ids are refused.
 */
export function acceptOperation(
  headers: OperationHeaders,
  body: unknown,
  documents?: TrustedDocuments,
): AcceptedOperation | RefusedOperation {
  const fault = acceptContentType(headers);
  if (fault !== undefined) return fault;
  const answer = negotiate(headers);
  if (answer === undefined) {
    return refuse(406, 'accept: use application/json, application/graphql-response+json or text/event-stream');
  }
  const message = typeof body === 'string' ? parseJson(body) : body;
  if (message === undefined) return refuse(400, 'the body is not JSON');
  const params = readParams(message, headers.method, documents);
  return 'error' in params ? params : { params, ...answer };
}

/**
 * Decides whether this operation may come this way: by GET only queries, and none that carries a prompt, since URLs end
 * in the logs of every proxy.
 */
export function acceptTraits(method: Carrier, traits: OperationTraits): RefusedOperation | undefined {
  if (method !== 'GET') return undefined;
  if (traits.type !== 'query') return refuse(405, `a ${traits.type} is not accepted by GET; use POST`);
  return traits.carriesPrompt ? refuse(405, 'an operation with a prompt is not accepted by GET; use POST') : undefined;
}

/** The part of the decision that can be made before the body is read. */
export function acceptContentType({ method, contentType }: OperationHeaders): RefusedOperation | undefined {
  if (method !== 'POST') return undefined;
  const [mediaType, ...parameters] = (contentType ?? '').toLowerCase().split(';');
  if (mediaType?.trim() !== 'application/json') return refuse(415, 'content-type: only application/json is accepted');
  for (const parameter of parameters) {
    const [name, value] = parameter.split('=');
    if (name?.trim() === 'charset' && !/^"?utf-?8"?$/.test(value?.trim() ?? '')) {
      return refuse(415, 'content-type: only the charset utf-8 is accepted');
    }
  }
  return undefined;
}

function negotiate(headers: OperationHeaders): Pick<AcceptedOperation, 'answerType' | 'takesEventStream'> | undefined {
  const { accept, method } = headers;
  if (method === 'WEBSOCKET') return { answerType: 'application/json', takesEventStream: true };
  if (accept === undefined || accept.trim() === '') return { answerType: 'application/json', takesEventStream: true };
  let answerType: AnswerType | undefined;
  let takesEventStream = false;
  for (const entry of accept.toLowerCase().split(',')) {
    const [mediaType = '', ...parameters] = entry.split(';');
    if (parameters.some(parameter => /^\s*q=0(\.0*)?\s*$/.test(parameter))) continue;
    const type = mediaType.trim();
    if (type === '*/*' || type === 'text/event-stream' || type === 'text/*') takesEventStream = true;
    if (type === '*/*' || type === 'application/*' || type === 'application/json') answerType ??= 'application/json';
    if (type === 'application/graphql-response+json') answerType ??= type;
  }
  if (answerType !== undefined) return { answerType, takesEventStream };
  return takesEventStream ? { answerType: 'text/event-stream', takesEventStream } : undefined;
}

function parseJson(body: unknown): unknown {
  if (typeof body !== 'string') return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function readParams(
  message: unknown,
  method: Carrier,
  documents: TrustedDocuments | undefined,
): OperationParams | RefusedOperation {
  if (Array.isArray(message)) return refuse(400, 'batches are not accepted; send one operation per request');
  if (!isRecord(message)) return refuse(400, 'the body must be a JSON object with a "query"');
  for (const name of Object.keys(message)) {
    const isKnown = knownMembers.has(name) || (name === 'documentId' && documents !== undefined);
    if (!isKnown) return refuse(400, `${printable(name)}: not a member of a GraphQL request`);
  }
  const { operationName } = message;
  const extensions = readMap(message.extensions, method);
  if (extensions === 'invalid') return refuse(400, 'extensions: must be an object');
  const { query: given, documentId } = message;
  const document = documentOf({ query: given, documentId, extensions }, documents);
  if ('error' in document) return document;
  const { text: query } = document;
  if (query.length > maxDocumentLength) return refuse(413, `query: longer than ${maxDocumentLength} characters`);
  if (operationName != null && typeof operationName !== 'string') return refuse(400, 'operationName: must be a string');
  const variables = readMap(message.variables, method);
  if (variables === 'invalid') return refuse(400, 'variables: must be an object');
  return {
    query,
    ...(variables === undefined ? {} : { variables }),
    ...(typeof operationName === 'string' && operationName !== '' ? { operationName } : {}),
    ...(extensions === undefined ? {} : { extensions }),
  };
}

function readMap(value: unknown, method: Carrier): Readonly<Record<string, unknown>> | undefined | 'invalid' {
  if (value === undefined || value === null || (method === 'GET' && value === '')) return undefined;
  // Some hosts have read the query string's JSON already.
  const map = method === 'GET' && typeof value === 'string' ? parseJson(value) : value;
  if (method === 'GET' && map === null) return undefined;
  return isRecord(map) ? map : 'invalid';
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A name from the request as it may stand in a message: short, and without anything that is not a name. */
function printable(name: string): string {
  return /^\w{1,64}$/.test(name) ? name : 'an unknown member';
}

function refuse(status: number, message: string): RefusedOperation {
  return { status, error: new GatewayError('BAD_USER_INPUT', message) };
}
