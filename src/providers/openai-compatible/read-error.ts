import { asArray, asNumber, asObject, asText, type JsonObject, parseJson } from '../json-value.ts';
import type { FailureKind, ProviderFailure } from '../provider.ts';
import { clampRetryAfterMs } from '../retry-after.ts';
import { kindOfStatus } from '../status-kind.ts';

/** What is known besides the body. */
export interface ErrorContext {
  /** Absent inside a stream. */
  readonly status?: number;
  /** From the headers. */
  readonly retryAfterMs?: number;
}

interface ErrorFacts {
  readonly status: number | undefined;
  /** Codes and types of all layers, the outer first. */
  readonly codes: readonly string[];
  /** To classify by, never to be shown. */
  readonly text: string;
  readonly isModerated: boolean;
}

const machineCode = /^(?=.*[A-Za-z])[\w.-]{1,64}$/;
const filterCodes =
  /^(content_filter|content_policy_violation|responsibleaipolicyviolation|data_inspection_failed|datainspectionfailed|moderation_blocked|image_content_policy_violation|1301)$/;
const contextCodes = /^(context_length_exceeded|context_window_exceeded|3051|1261)$/;
const contextText =
  /context[ _-]?(length|window|size)|maximum (input|prompt|sequence) length|prompt is too long|input is too long|too many (input |prompt )?tokens/;
const rateCodes = /^(rate_limit_exceeded|rate_limit_error|rate_limited|too_many_requests|throttling.*)$/;
const overloadCodes = /^(overloaded|overloaded_error|engine_overloaded(_error)?|slow_down|capacity_exceeded)$/;
const modelCodes =
  /^(model_not_found|modelnotfound|invalid_model|deploymentnotfound|model_not_available|unknown_model)$/;
const credentialCodes =
  /^(invalid_api_key|invalid_authentication(_error)?|authentication_error|permission_denied|billing_hard_limit_reached)$/;
const waitText = /(?:try again|retry) in (?:(\d{1,3})m(?!s))?(?:(\d{1,6}(?:\.\d{1,6})?)(ms|s))?/;

/**
 * Classifies an error in any of the shapes that vendors of this protocol use: `{error: {…}}`, flat (vLLM, Mistral),
 * `{detail}`, a bare string, and errors of an upstream wrapped as a JSON string (OpenRouter).
 *
 * Codes go before messages, messages before the status. Nothing of a message leaves this function.
 */
export function readError(body: unknown, context: ErrorContext = {}): ProviderFailure {
  const facts = gather(body, context.status);
  const kind = classify(facts);
  const providerCode = facts.codes.find(code => machineCode.test(code));
  const retryAfterMs = context.retryAfterMs ?? (mayComeAgain(kind) ? readWait(facts.text) : undefined);
  return {
    kind,
    ...(facts.status === undefined ? {} : { status: facts.status }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(providerCode === undefined ? {} : { providerCode }),
    detail: `${facts.status === undefined ? 'error in the answer' : `status ${facts.status}`}${providerCode === undefined ? '' : ` ${providerCode}`}`,
  };
}

function gather(body: unknown, httpStatus: number | undefined): ErrorFacts {
  const layers = layersOf(body);
  const metadata = layers.map(layer => asObject(layer.metadata));
  const named = layers.flatMap(layer => [layer.code, layer.type, asObject(layer.innererror)?.code]);
  return {
    status: httpStatus ?? layers.map(statusOf).find(status => status !== undefined),
    codes: named.flatMap(value => asText(value) ?? []),
    text: layers.map(layer => messageOf(layer).slice(0, 4_096).toLowerCase()).join('\n'),
    isModerated: metadata.some(
      entry => entry !== undefined && ('flagged_input' in entry || 'patterns' in entry || 'reasons' in entry),
    ),
  };
}

/** The error itself first, then what is wrapped in it. */
function layersOf(body: unknown): readonly JsonObject[] {
  const layers: JsonObject[] = [];
  let next: unknown = Array.isArray(body) ? body[0] : body;
  for (let depth = 0; depth < 4 && next !== undefined; depth += 1) {
    const outer = asObject(next);
    const layer: JsonObject | undefined =
      asObject(outer?.error) ?? (typeof outer?.error === 'string' ? { ...outer, message: outer.error } : outer);
    if (layer === undefined) break;
    layers.push(layer);
    next = wrappedIn(layer.message) ?? wrappedIn(asObject(layer.metadata)?.raw);
  }
  return layers;
}

function wrappedIn(value: unknown): unknown {
  const document = typeof value === 'string' && /^\s*[[{]/.test(value) ? parseJson(value) : undefined;
  return Array.isArray(document) ? document[0] : document;
}

function statusOf(layer: JsonObject): number | undefined {
  for (const name of ['status_code', 'statusCode', 'status', 'code']) {
    const value = layer[name];
    const status = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : asNumber(value);
    if (status !== undefined && status >= 400 && status <= 599) return status;
  }
  return undefined;
}

function messageOf(layer: JsonObject): string {
  const { message, detail } = layer;
  if (typeof message === 'string') return message;
  if (typeof detail === 'string') return detail;
  const faults = [...asArray(message), ...asArray(detail), ...asArray(asObject(message)?.detail)];
  return faults.map(fault => asText(asObject(fault)?.msg) ?? '').join('\n');
}

function classify({ status, codes, text, isModerated }: ErrorFacts): FailureKind {
  const names = codes.map(code => code.toLowerCase());
  const has = (pattern: RegExp): boolean => names.some(name => pattern.test(name));
  if (has(filterCodes) || isModerated) return 'content-filter';
  if (has(contextCodes)) return 'context-length';
  // A message is believed only where the status blames the request: Together says 403 for a context that is too long.
  const blamesRequest = status === undefined || [400, 403, 413, 422].includes(status);
  if (has(rateCodes)) return 'rate-limited';
  if (blamesRequest && contextText.test(text)) return 'context-length';
  if (has(modelCodes)) return 'model-not-found';
  if (has(credentialCodes) && (status === undefined || status < 500)) return 'credentials';
  if (has(overloadCodes)) return 'overloaded';
  if (status === undefined) return classifyByType(names);
  const kind = kindOfStatus(status);
  return kind === 'server' && status >= 500 && text.includes('overloaded') ? 'overloaded' : kind;
}

function classifyByType(names: readonly string[]): FailureKind {
  return names.some(name => /^(invalid_request_error|badrequesterror|tool_use_failed)$/.test(name))
    ? 'bad-request'
    : 'server';
}

function mayComeAgain(kind: FailureKind): boolean {
  return kind === 'rate-limited' || kind === 'overloaded' || kind === 'server';
}

/** "Please try again in 4.77s", "in 120ms", "in 6m0s". */
function readWait(text: string): number | undefined {
  const [, minutes, amount, unit] = waitText.exec(text) ?? [];
  if (minutes === undefined && amount === undefined) return undefined;
  return clampRetryAfterMs(Number(minutes ?? 0) * 60_000 + Number(amount ?? 0) * (unit === 'ms' ? 1 : 1_000));
}
