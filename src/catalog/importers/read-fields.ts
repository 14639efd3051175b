import type { Modality } from '../../model/catalog.ts';
import type { ExactJson } from './exact-json.ts';

/** Printable, and nothing that JSON, shells, logs or headers would trip over. */
const wireName = /^[A-Za-z0-9@~._:/+-][A-Za-z0-9@~._:/+-]{0,199}$/;
const providerId = /^[a-z0-9][a-z0-9-]{0,62}$/;
const shortDate = /^\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?$/;
const highestTokens = 1_000_000_000;

/** A model's name at a provider; undefined where it holds anything but letters, digits, and `@ ~ . _ : / + -`. */
export function readWireModel(value: ExactJson | undefined): string | undefined {
  if (typeof value !== 'string' || !wireName.test(value)) return undefined;
  // Harmless in a Map; whoever keys an object by model names further on is spared the surprise.
  return value.includes('__proto__') ? undefined : value;
}

/** A provider's id as it is here: lower case, everything but letters and digits a dash. */
export function readProviderId(value: ExactJson | undefined): string | undefined {
  if (typeof value !== 'string' || value.length > 100) return undefined;
  const id = value
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return providerId.test(id) ? id : undefined;
}

/** Text for people: one line without control characters, at most 120 characters. */
export function readLabel(value: ExactJson | undefined): string | undefined {
  if (typeof value !== 'string') return undefined;
  const label = value
    .replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, 120);
  return label === '' ? undefined : label;
}

/** A number of tokens from 1 to a milliard; zero is what sources write for unknown. */
export function readTokens(value: ExactJson | undefined): number | undefined {
  if (typeof value !== 'string' || !/^\d{1,10}(?:\.0+)?$|^\d(?:\.\d+)?[eE]\+?\d$/.test(value)) return undefined;
  const tokens = Number(value);
  return Number.isInteger(tokens) && tokens >= 1 && tokens <= highestTokens ? tokens : undefined;
}

/** `2025`, `2025-03` or `2025-03-31`. */
export function readDate(value: ExactJson | undefined): string | undefined {
  return typeof value === 'string' && shortDate.test(value) ? value : undefined;
}

const modalityNames: ReadonlyMap<string, Modality> = new Map([
  ['text', 'TEXT'],
  ['image', 'IMAGE'],
  ['audio', 'AUDIO'],
  ['video', 'VIDEO'],
  ['pdf', 'FILE'],
  ['file', 'FILE'],
]);
const modalityOrder: readonly Modality[] = ['TEXT', 'IMAGE', 'AUDIO', 'VIDEO', 'FILE'];

/** The known modalities of a list, each once, in the order of the vocabulary. */
export function readModalities(values: readonly ExactJson[]): readonly Modality[] {
  const found = new Set(values.map(value => (typeof value === 'string' ? modalityNames.get(value) : undefined)));
  return modalityOrder.filter(modality => found.has(modality));
}
