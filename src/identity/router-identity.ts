import { createHmac, timingSafeEqual } from 'node:crypto';
import { GatewayError } from '../errors.ts';
import { workloadPattern } from '../model/completion-request.ts';

/** What a router says about one request that it sends. */
export interface RouterIdentity {
  /** Who asks, where the router has authenticated that. Absent: the key or token that it passes on says so. */
  readonly user?: string;
  /** The id of the user's project. */
  readonly project?: string;
  /** What the operation is for: its name, as the client wrote it. */
  readonly workload?: string;
}

export interface RouterIdentityOptions {
  /** What the router signs with, each 32 characters or more; two while it is changed. */
  readonly secrets: readonly string[];
  /** How far the time of a signature may be from this machine's, in milliseconds. Default 30,000. */
  readonly maxAgeMs?: number;
  /** Milliseconds since the epoch. Default: the machine's clock. */
  readonly now?: () => number;
}

export const shortestRouterSecret = 32;

const version = 'v1';
const longestSigned = 2_048;
const validNonce = /^[A-Za-z0-9_-]{16,64}$/;
const mostNonces = 1_000_000;

/**
 * Makes the reader of what a router has signed: `v1.<what>.<HMAC-SHA256 of "v1.<what>">`, in base64url. What is signed is
 * JSON: `at` (milliseconds since the epoch), a `nonce` that is used once, and the members of `RouterIdentity`.
 *
 * @returns A function that throws UNAUTHENTICATED where the signature is wrong, too old, or was used on this node before;
 *   OVERLOADED where more came than can be remembered.
 * @throws {TypeError} Where a secret is too short, or the age is no time.
 */
export function createRouterIdentityReader(options: RouterIdentityOptions): (signed: string) => RouterIdentity {
  const { secrets, maxAgeMs = 30_000, now = Date.now } = options;
  if (secrets.length === 0 || secrets.some(secret => secret.length < shortestRouterSecret)) {
    throw new TypeError(`secrets: at least one, each of ${shortestRouterSecret} characters or more`);
  }
  if (!Number.isInteger(maxAgeMs) || maxAgeMs < 1_000 || maxAgeMs > 300_000) {
    throw new TypeError('maxAgeMs: a whole number from 1,000 to 300,000 is needed');
  }
  const useOnce = rememberNonces(2 * maxAgeMs);

  return signed => {
    const [prefix, what = '', signature = '', ...more] = signed.length > longestSigned ? [] : signed.split('.');
    if (prefix !== version || more.length > 0) throw refused('has another form than v1.<what>.<signature>');
    const given = Buffer.from(signature, 'base64url');
    // All are compared, so that the time tells nothing.
    const matches = secrets.map(secret => isSame(given, sign(what, secret)));
    if (!matches.includes(true)) throw refused("has a signature that is not the router's");
    const { at, nonce, user, project, workload } = readJson(what);
    const time = now();
    if (typeof at !== 'number' || !(Math.abs(time - at) <= maxAgeMs)) {
      throw refused('is too old, or the clocks differ');
    }
    if (typeof nonce !== 'string' || !validNonce.test(nonce)) throw refused('has no nonce');
    useOnce(nonce, time);
    return {
      ...(typeof user === 'string' ? { user } : {}),
      ...(typeof project === 'string' ? { project } : {}),
      ...(typeof workload === 'string' && workloadPattern.test(workload) ? { workload } : {}),
    };
  };
}

/** What the router sends: the counterpart of the reader. */
export function signRouterIdentity(
  identity: RouterIdentity & { readonly at: number; readonly nonce: string },
  secret: string,
): string {
  const what = Buffer.from(JSON.stringify(identity)).toString('base64url');
  return `${version}.${what}.${sign(what, secret).toString('base64url')}`;
}

/** Each is remembered for one window at least; what is older than two is gone. */
function rememberNonces(windowMs: number): (nonce: string, time: number) => void {
  let current = new Set<string>();
  let previous = new Set<string>();
  let began = Number.NEGATIVE_INFINITY;
  return (nonce, time) => {
    if (time - began >= windowMs) {
      previous = time - began < 2 * windowMs ? current : new Set();
      current = new Set();
      began = time;
    }
    if (current.has(nonce) || previous.has(nonce)) throw refused('was used before');
    if (current.size >= mostNonces) throw new GatewayError('OVERLOADED', 'Too many signed requests at a time.');
    current.add(nonce);
  };
}

function sign(what: string, secret: string): Buffer {
  return createHmac('sha256', secret).update(`${version}.${what}`).digest();
}

function isSame(given: Buffer, right: Buffer): boolean {
  return given.length === right.length && timingSafeEqual(given, right);
}

function readJson(what: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(what, 'base64url').toString('utf8'));
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch {
    // It is no JSON: below.
  }
  throw refused('holds no JSON');
}

function refused(fault: string): GatewayError {
  return new GatewayError('UNAUTHENTICATED', `What the router signed ${fault}.`);
}
