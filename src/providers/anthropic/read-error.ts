import { asObject, asText, parseJson } from '../json-value.ts';
import type { FailureKind, ProviderFailure } from '../provider.ts';
import { readRetryAfterMs } from '../retry-after.ts';
import { kindOfStatus } from '../status-kind.ts';
import type { WireResponseHead } from '../wire-protocol.ts';

interface ErrorClass {
  readonly status: number;
  readonly kind: FailureKind;
}

/** https://platform.claude.com/docs/en/api/errors */
const classes: Readonly<Record<string, ErrorClass>> = {
  invalid_request_error: { status: 400, kind: 'bad-request' },
  authentication_error: { status: 401, kind: 'credentials' },
  billing_error: { status: 402, kind: 'credentials' },
  permission_error: { status: 403, kind: 'credentials' },
  not_found_error: { status: 404, kind: 'model-not-found' },
  request_too_large: { status: 413, kind: 'bad-request' },
  rate_limit_error: { status: 429, kind: 'rate-limited' },
  api_error: { status: 500, kind: 'server' },
  timeout_error: { status: 504, kind: 'server' },
  overloaded_error: { status: 529, kind: 'overloaded' },
};

const machineCode = /^[a-z_]{1,64}$/;
const contextText = /prompt is too long|input length and `?max_tokens`? exceed|exceeds? (the )?context (limit|window)/i;
const billingText = /credit balance is too low/i;
const filterText = /blocked by content filtering policy/i;

/** Classifies an answer that is not 2xx. */
export function decodeFailure(head: WireResponseHead, body: string): ProviderFailure {
  const retryAfterMs = readRetryAfterMs(head.headers);
  return { ...readError(parseJson(body), head.status), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/**
 * Classifies `{"type":"error","error":{"type":…,"message":…}}`; a body of another shape goes by its status.
 *
 * @param httpStatus Absent inside a 200: the type's own status is reported then.
 */
export function readError(body: unknown, httpStatus?: number): ProviderFailure {
  const error = asObject(asObject(body)?.error);
  const type = asText(error?.type);
  const providerCode = type !== undefined && machineCode.test(type) ? type : undefined;
  const known = type !== undefined && Object.hasOwn(classes, type) ? classes[type] : undefined;
  const status = httpStatus ?? known?.status;
  const byType = known?.kind ?? (status === undefined ? 'server' : kindOfStatus(status));
  const kind = byType === 'bad-request' ? (kindOfMessage(asText(error?.message) ?? '') ?? byType) : byType;
  return {
    kind,
    ...(status === undefined ? {} : { status }),
    ...(providerCode === undefined ? {} : { providerCode }),
    detail: [httpStatus === undefined ? 'error in the answer' : `status ${httpStatus}`, providerCode ?? '']
      .join(' ')
      .trim(),
  };
}

/** What only the message tells apart from other faults of the request. Nothing of it leaves this function. */
function kindOfMessage(message: string): FailureKind | undefined {
  if (contextText.test(message)) return 'context-length';
  if (billingText.test(message)) return 'credentials';
  return filterText.test(message) ? 'content-filter' : undefined;
}
