import { asNumber, asObject, asObjects, asText, type JsonObject, parseJson } from '../json-value.ts';
import type { FailureKind, ProviderFailure } from '../provider.ts';
import { clampRetryAfterMs, readRetryAfterMs } from '../retry-after.ts';
import { kindOfStatus } from '../status-kind.ts';
import type { WireResponseHead } from '../wire-protocol.ts';

/** https://ai.google.dev/gemini-api/docs/troubleshooting and google/rpc/code.proto */
const kinds: Readonly<Record<string, FailureKind>> = {
  INVALID_ARGUMENT: 'bad-request',
  OUT_OF_RANGE: 'bad-request',
  FAILED_PRECONDITION: 'bad-request',
  UNAUTHENTICATED: 'credentials',
  PERMISSION_DENIED: 'credentials',
  NOT_FOUND: 'model-not-found',
  RESOURCE_EXHAUSTED: 'rate-limited',
  UNAVAILABLE: 'overloaded',
  ABORTED: 'server',
  CANCELLED: 'server',
  DEADLINE_EXCEEDED: 'server',
  INTERNAL: 'server',
  UNKNOWN: 'server',
};

const machineCode = /^[A-Z_]{1,64}$/;
const contextText = /(token count|number of tokens|tokens?) .{0,80}exceed|exceeds? .{0,80}(token|context)/i;
const credentialReasons: ReadonlySet<string> = new Set([
  'API_KEY_INVALID',
  'API_KEY_SERVICE_BLOCKED',
  'BILLING_DISABLED',
  'CONSUMER_INVALID',
  'SERVICE_DISABLED',
]);
const credentialText = /api key (not valid|expired|not found)|enable billing|user location is not supported/i;

/** Classifies an answer that is not 2xx. */
export function decodeFailure(head: WireResponseHead, body: string): ProviderFailure {
  return readError(parseJson(body), head.status, readRetryAfterMs(head.headers));
}

/**
 * Classifies `{"error":{"code":…,"message":…,"status":…,"details":[…]}}`, alone, as the one element of an array
 * (Vertex AI) or once more as JSON in its own message (some proxies).
 *
 * @param httpStatus Absent inside a 200: the error's own code is reported then.
 * @param retryAfterMs From the headers; else from `google.rpc.RetryInfo`.
 */
export function readError(body: unknown, httpStatus?: number, retryAfterMs?: number): ProviderFailure {
  const outer = errorIn(body);
  const inner = errorIn(parseJson(asText(outer?.message) ?? ''));
  const layers = [inner, outer].filter(layer => layer !== undefined);
  const code = layers.map(layer => asNumber(layer.code)).find(value => value !== undefined);
  const status = httpStatus ?? (code !== undefined && code >= 400 && code <= 599 ? code : undefined);
  const name = layers.map(layer => asText(layer.status) ?? '').find(value => machineCode.test(value));
  const details = layers.flatMap(layer => asObjects(layer.details));
  const reason = details.map(detail => asText(detail.reason) ?? '').find(value => machineCode.test(value));
  const known = name !== undefined && Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  const byName = known ?? (status === undefined ? 'server' : kindOfStatus(status));
  const message = layers.map(layer => asText(layer.message) ?? '').join('\n');
  const kind = byName === 'bad-request' ? kindOfBadRequest(reason, message.slice(0, 4_096)) : byName;
  const providerCode = reason ?? name;
  const wait = retryAfterMs ?? readRetryInfo(details);
  return {
    kind,
    ...(status === undefined ? {} : { status }),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
    ...(providerCode === undefined ? {} : { providerCode }),
    detail: [httpStatus === undefined ? 'error in the answer' : `status ${httpStatus}`, providerCode ?? '']
      .join(' ')
      .trim(),
  };
}

function errorIn(body: unknown): JsonObject | undefined {
  return asObject(asObject(Array.isArray(body) ? body[0] : body)?.error);
}

function kindOfBadRequest(reason: string | undefined, message: string): FailureKind {
  // A wrong key comes as 400 INVALID_ARGUMENT.
  if ((reason !== undefined && credentialReasons.has(reason)) || credentialText.test(message)) return 'credentials';
  return contextText.test(message) ? 'context-length' : 'bad-request';
}

/** `{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.4s"}` */
function readRetryInfo(details: readonly JsonObject[]): number | undefined {
  for (const detail of details) {
    const delay = /^(\d{1,9}(?:\.\d{1,9})?)s$/.exec(asText(detail.retryDelay) ?? '');
    if (delay !== null) return clampRetryAfterMs(Number(delay[1]) * 1_000);
  }
  return undefined;
}
