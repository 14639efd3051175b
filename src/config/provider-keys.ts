import type { z } from 'zod';
import { ConfigError } from '../errors.ts';
import type { ApiKeyConfig } from './config-shape.ts';
import type { providerSchema } from './provider-schema.ts';
import { createSecret } from './secret.ts';

type Keys = Pick<z.output<typeof providerSchema>, 'apiKey' | 'apiKeys'>;

/** A label of fewer characters may stand in a key by chance. */
const shortestPartOfKey = 8;

/**
 * The keys that an entry of the file gives, each under its label or its place from 1 on; empty where it gives none.
 *
 * @param at How the entry is named in messages.
 * @throws {ConfigError} Where both ways are used, or two keys or labels are the same.
 */
export function readOwnKeys({ apiKey, apiKeys }: Keys, at: string): readonly ApiKeyConfig[] {
  if (apiKey === undefined && apiKeys === undefined) return [];
  if (apiKey !== undefined && apiKeys !== undefined) {
    throw new ConfigError({ setting: `${at}.apiKey`, problem: 'is given beside apiKeys', allowed: 'one of the two' });
  }
  if (apiKey !== undefined) return [{ name: '1', key: createSecret(apiKey) }];
  const labels = new Set<string>();
  const values = new Set<string>();
  return (apiKeys ?? []).map((entry, index) => {
    const { key, label = String(index + 1) } = typeof entry === 'string' ? { key: entry } : entry;
    const setting = `${at}.apiKeys[${index}]`;
    if (values.has(key)) throw new ConfigError({ setting, problem: 'is an earlier key again', allowed: 'another key' });
    if (labels.has(label)) {
      throw new ConfigError({
        setting: `${setting}.label`,
        problem: 'is that of an earlier key',
        allowed: 'another label',
      });
    }
    if (label.length >= shortestPartOfKey && key.includes(label)) {
      throw new ConfigError({
        setting: `${setting}.label`,
        problem: 'is part of the key',
        allowed: 'a label to be shown',
      });
    }
    values.add(key);
    labels.add(label);
    return { name: label, key: createSecret(key) };
  });
}
