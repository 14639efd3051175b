/** What nodes change for each other. */
export type ChangeKind = 'policies' | 'access';

/**
 * Carries short texts between nodes, if it can. Nothing that must be true depends on it: texts may be lost, doubled, late, or
 * anybody's.
 */
export interface ChangeHints {
  tell(text: string): Promise<void>;
  listen(listener: (text: string) => void): Promise<unknown>;
}

export interface ChangeHint {
  readonly kind: ChangeKind;
  readonly version: number;
}

export function writeHint({ kind, version }: ChangeHint): string {
  return `${kind} ${version}`;
}

/** @returns Undefined where it is no hint. */
export function readHint(text: string): ChangeHint | undefined {
  const [, kind, version] = /^(policies|access) (\d{1,15})$/.exec(text) ?? [];
  return kind === undefined ? undefined : { kind: kind as ChangeKind, version: Number(version) };
}
