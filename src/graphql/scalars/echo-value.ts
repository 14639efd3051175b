const longestEcho = 40;

/** The value for a message, where it is short enough to be no prompt: ` "3,5"`; else nothing. */
export function echoValue(value: unknown): string {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return '';
  const text = JSON.stringify(value);
  return text.length > longestEcho ? '' : ` ${text}`;
}
