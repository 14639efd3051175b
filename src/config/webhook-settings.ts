import type { z } from 'zod';
import { ConfigError } from '../errors.ts';
import type { WebhookConfig } from './config-shape.ts';
import { settingAt } from './interpolate.ts';
import { createSecret } from './secret.ts';
import type { webhookSchema } from './webhook-schema.ts';

/**
 * The receivers of alerts as the file names them.
 *
 * @param document How the file is named in messages.
 * @throws {ConfigError} Where two have the same URL.
 */
export function readWebhooks(
  entries: readonly z.output<typeof webhookSchema>[],
  document: string,
): readonly WebhookConfig[] {
  const seen = new Set<string>();
  return entries.map(({ url, secret, events, timeout }, index) => {
    const { href } = new URL(url);
    if (seen.has(href)) {
      throw new ConfigError({
        setting: settingAt(document, ['webhooks', index, 'url']),
        problem: 'is that of another webhook already',
        allowed: 'one entry for each URL; events takes a list',
      });
    }
    seen.add(href);
    return { url: createSecret(href), secret: createSecret(secret), events, timeoutMs: timeout };
  });
}
