import { createHash, randomBytes } from 'node:crypto';
import { CompactSign, compactVerify, createLocalJWKSet, errors, type JSONWebKeySet } from 'jose';
import { GatewayError } from '../errors.ts';
import type { AuditHead } from '../stores/audit-store.ts';
import type { PublicKey, SigningKeys } from './signing-keys.ts';

/** What a receipt says of one completion, but for its digests. Facts only: no text, no names. */
export type ReceiptClaims = Readonly<Record<string, unknown>> & { readonly id: string };

export interface ReceiptFacts {
  readonly claims: ReceiptClaims;
  /** Absent where nothing of them may be kept, not even digests. */
  readonly texts?: { readonly prompt: string; readonly answer: string };
}

export interface SignedReceipt {
  /** A JWS in compact form (RFC 7515), signed with Ed25519 (RFC 8037). */
  readonly receipt: string;
  /** Opens the digests. For the caller alone: it is never kept. */
  readonly nonce?: string;
}

/** Signs what was decided. */
export interface Receipts {
  sign(facts: ReceiptFacts): Promise<SignedReceipt>;
}

/** What a statement is; the `typ` of its header keeps one kind from passing for another. */
export type StatementType = 'tollgate-receipt' | 'tollgate-audit-head';

/** Makes what signs receipts. */
export function createReceipts(keys: SigningKeys): Receipts {
  return {
    async sign({ claims, texts }) {
      if (texts === undefined) return { receipt: await signStatement(keys, 'tollgate-receipt', claims) };
      const nonce = randomBytes(32).toString('base64url');
      const digests = { promptDigest: textDigest(nonce, texts.prompt), answerDigest: textDigest(nonce, texts.answer) };
      return { receipt: await signStatement(keys, 'tollgate-receipt', { ...claims, ...digests }), nonce };
    },
  };
}

/** SHA-256, in hex, over the UTF-8 text of the nonce followed by the text itself. */
export function textDigest(nonce: string, text: string): string {
  return createHash('sha256').update(nonce).update(text).digest('hex');
}

/** The end of the audit log at one time, signed: nobody can later cut off or change what stands before it unseen. */
export function signAuditHead(keys: SigningKeys, head: AuditHead, at: number): Promise<string> {
  return signStatement(keys, 'tollgate-audit-head', { ...head, at: new Date(at).toISOString() });
}

async function signStatement(keys: SigningKeys, typ: StatementType, payload: object): Promise<string> {
  const { publicKey, privateKey } = await keys.current();
  const bytes = new TextEncoder().encode(JSON.stringify(payload));
  return await new CompactSign(bytes).setProtectedHeader({ alg: 'EdDSA', kid: publicKey.kid, typ }).sign(privateKey);
}

/**
 * Reads a signed statement, with the public keys alone.
 *
 * @returns Its payload.
 * @throws {GatewayError} BAD_USER_INPUT that says what is wrong: another kind, an unknown key, a changed byte.
 */
export async function verifyStatement(
  typ: StatementType,
  statement: string,
  keys: readonly PublicKey[],
): Promise<Readonly<Record<string, unknown>>> {
  try {
    const parts = statement.trim().split('.');
    // Base64url has several texts for the same bytes: one of them is right.
    if (parts.length !== 3 || parts.some(part => Buffer.from(part, 'base64url').toString('base64url') !== part)) {
      throw invalid('it is not a signed statement');
    }
    const keySet = createLocalJWKSet({ keys: [...keys] } as unknown as JSONWebKeySet);
    const { payload, protectedHeader } = await compactVerify(statement.trim(), keySet, { algorithms: ['EdDSA'] });
    if (protectedHeader.typ !== typ) throw invalid(`it is no ${typ}, but ${protectedHeader.typ ?? 'of no kind'}`);
    return JSON.parse(new TextDecoder().decode(payload)) as Readonly<Record<string, unknown>>;
  } catch (fault) {
    if (fault instanceof GatewayError) throw fault;
    if (fault instanceof errors.JWKSNoMatchingKey)
      throw invalid('it was signed with a key that is not among those given');
    if (fault instanceof errors.JWSSignatureVerificationFailed)
      throw invalid('its signature does not fit: it was changed');
    throw invalid('it is not a signed statement');
  }
}

function invalid(why: string): GatewayError {
  return new GatewayError('BAD_USER_INPUT', `The statement is not valid: ${why}.`);
}
