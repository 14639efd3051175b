import type { Configured } from './core.ts';

/** One credential of a provider, as an operator sees it. */
export interface CredentialState {
  readonly providerId: string;
  /** The label that an administrator gave it, or its place in the configuration from 1 on. */
  readonly credential: string;
  /** The provider has rejected it lately, for all of its models or for one: others are used where there are any. */
  readonly isRejected: boolean;
}

/** Every credential that there is. @param nowMs On the monotonic clock. */
export function credentialStates({ providers }: Configured, nowMs: number): readonly CredentialState[] {
  return [...providers].flatMap(([providerId, { credentials }]) =>
    credentials.credentials
      .filter(({ use }) => use.hasCredential)
      .map(({ name }) => ({ providerId, credential: name, isRejected: credentials.isRestingSomewhere(name, nowMs) })),
  );
}
