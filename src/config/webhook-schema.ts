import { z } from 'zod';
import { minKeyBytes, readSigningKey } from '../http/webhooks/sign-webhook.ts';
import { alertTypes } from '../model/alert.ts';
import { parseDuration } from './duration.ts';

const maxTimeoutMs = 60_000;

/** One entry of `webhooks` in the configuration file. */
export const webhookSchema = z.strictObject({
  url: z
    .string()
    .max(2_000)
    .refine(isWebhookUrl, { error: 'must be an http or https URL without credentials and fragment' }),
  secret: z
    .string()
    .refine(text => readSigningKey(text) !== undefined, {
      error: `must be at least ${minKeyBytes} bytes, as they are or as whsec_ and their base64`,
    })
    .describe('What the webhooks are signed with: a random text, or whsec_ and random bytes in base64.'),
  events: z
    .array(z.enum(alertTypes))
    .min(1)
    .default(() => [...alertTypes])
    .describe('Which alerts are sent. Default: all.'),
  timeout: z
    .string()
    .transform((text, context) => {
      const milliseconds = parseDuration(text);
      if (milliseconds !== undefined && milliseconds > 0 && milliseconds <= maxTimeoutMs) return milliseconds;
      context.addIssue({ code: 'custom', message: 'must be an ISO 8601 duration of at most PT1M, such as PT15S' });
      return z.NEVER;
    })
    .prefault('PT15S')
    .describe('How long its answer may take. Default PT15S.'),
});

function isWebhookUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, hash } = new URL(text);
  return (protocol === 'http:' || protocol === 'https:') && username === '' && password === '' && hash === '';
}
