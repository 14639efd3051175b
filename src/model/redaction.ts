/** What the content rules found and did; never the values. */
export interface Redaction {
  readonly kind: string;
  readonly action: 'BLOCK' | 'REDACT' | 'PSEUDONYMIZE' | 'FLAG';
  readonly direction: 'INPUT' | 'OUTPUT';
  readonly count: number;
}
