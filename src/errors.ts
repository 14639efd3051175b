/** The one closed set of codes, the same over GraphQL, SSE, WebSocket and, mapped, the OpenAI API. */
export const errorCodes = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'BAD_USER_INPUT',
  'NOT_FOUND',
  'CONFLICT',
  'NO_ELIGIBLE_ENDPOINT',
  'CONTENT_BLOCKED',
  'BUDGET_EXCEEDED',
  'RATE_LIMITED',
  'POLICY_NOT_ENFORCEABLE',
  'IDEMPOTENCY_MISMATCH',
  'CONTEXT_LENGTH_EXCEEDED',
  'CONTENT_FILTERED',
  'PROVIDER_FAILED',
  'PROVIDER_TIMEOUT',
  'PROVIDER_RATE_LIMITED',
  'PROVIDER_CREDENTIALS_REJECTED',
  'DEADLINE_EXCEEDED',
  'STREAM_CUT',
  'CANCELLED',
  'OVERLOADED',
  'STORE_UNAVAILABLE',
  'SHUTTING_DOWN',
  'INTERNAL',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

const retryableCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'RATE_LIMITED',
  'PROVIDER_FAILED',
  'PROVIDER_TIMEOUT',
  'PROVIDER_RATE_LIMITED',
  'DEADLINE_EXCEEDED',
  'STREAM_CUT',
  'OVERLOADED',
  'STORE_UNAVAILABLE',
  'SHUTTING_DOWN',
]);

export interface GatewayErrorOptions {
  /** For the log only; never serialised to a caller. */
  readonly cause?: unknown;
  /** When the same request may be tried again, in milliseconds from now. */
  readonly retryAfterMs?: number;
  /** Default: by the code. */
  readonly retryable?: boolean;
  /** The place in the input that is wrong: `input.messages.0.text`. */
  readonly path?: string;
}

/**
 * A fault that a caller may see.
 *
 * The message never holds prompt text, a key, a stack or an upstream body.
 */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly path: string | undefined;

  constructor(code: ErrorCode, message: string, options: GatewayErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? retryableCodes.has(code);
    this.retryAfterMs = options.retryAfterMs;
    this.path = options.path;
  }
}

/** Why something failed, for whoever operates the gateway: its message holds no values, content or secrets, and may be logged. */
export class OperatorReason extends Error {
  override readonly name = 'OperatorReason';
}

/** STORE_UNAVAILABLE, because the counters of a tenant are being rebuilt: soon it may be tried again. */
export class ColdBudgetSlotError extends GatewayError {
  constructor() {
    super('STORE_UNAVAILABLE', 'The counters of the budgets are being rebuilt.', { retryAfterMs: 1000 });
  }
}

/** Says whether a retry of the same request may succeed, for a code without an error object. */
export function isRetryableCode(code: ErrorCode): boolean {
  return retryableCodes.has(code);
}

/** BAD_USER_INPUT with the place that is wrong. */
export function badInput(path: string, message: string): GatewayError {
  return new GatewayError('BAD_USER_INPUT', `${path}: ${message}`, { path });
}

export interface ConfigErrorOptions {
  /** Where it stands: `PORT`, `tollgate.yaml: providers[0].baseUrl`. */
  readonly setting: string;
  /** What is wrong, without the value: it may be a secret. */
  readonly problem: string;
  /** What would be right. */
  readonly allowed: string;
  readonly cause?: unknown;
}

/** A setting that stops the start. Its message is one line for the person at the terminal; callers never see it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly setting: string;
  readonly problem: string;
  readonly allowed: string;

  constructor({ setting, problem, allowed, cause }: ConfigErrorOptions) {
    super(`${setting}: ${problem}; allowed: ${allowed}`.replace(/\s+/g, ' '), { cause });
    this.setting = setting;
    this.problem = problem;
    this.allowed = allowed;
  }
}
