import type { DataPolicy } from '../model/catalog.ts';

/**
 * How providers handle prompts for a plain account, by provider id: what their public pages, or reviews of them, say.
 *
 * Only what holds without a contract stands here. No entry says NONE: zero retention is granted by approval, contract or
 * account setting, and only the configuration of that account can assert it. What no source says is absent, and counts as
 * kept and trained on. Where sources differ in age, `checkedAt` is the oldest, and `validUntil` is half a year later.
 */
export const builtInDataPolicies: ReadonlyMap<string, DataPolicy> = new Map<string, DataPolicy>([
  [
    'openai',
    {
      retention: 'LIMITED',
      retentionDays: 30,
      training: false,
      evidence: 'https://developers.openai.com/api/docs/guides/your-data (abuse monitoring logs)',
      checkedAt: '2026-08-31',
      validUntil: '2027-02-28',
    },
  ],
  [
    'anthropic',
    {
      retention: 'LIMITED',
      retentionDays: 30,
      training: false,
      evidence: 'https://github.com/abubakarsiddik31/zdr (content flagged as misuse may be kept longer)',
      checkedAt: '2026-08-31',
      validUntil: '2027-02-28',
    },
  ],
  [
    'google',
    {
      retention: 'LIMITED',
      retentionDays: 55,
      // Training is left unknown: paid accounts are not trained on, unpaid ones are, and a key does not tell which it is.
      evidence: 'https://ai.google.dev/gemini-api/docs/usage-policies (abuse monitoring)',
      checkedAt: '2026-11-22',
      validUntil: '2027-05-22',
    },
  ],
  [
    'azure',
    {
      retention: 'UNKNOWN',
      training: false,
      evidence: 'https://github.com/cuihuan/awesome-ai-gateway data/data_retention.json (flagged content is stored)',
      checkedAt: '2026-08-31',
      validUntil: '2027-02-28',
    },
  ],
  [
    'amazon-bedrock',
    {
      retention: 'UNKNOWN',
      training: false,
      evidence: 'https://docs.aws.amazon.com/bedrock/latest/userguide/data-retention.html (set per account)',
      checkedAt: '2026-08-31',
      validUntil: '2027-02-28',
    },
  ],
  [
    'google-vertex',
    {
      retention: 'UNKNOWN',
      training: false,
      evidence:
        'https://docs.cloud.google.com/gemini-enterprise-agent-platform/resources/zero-data-retention (by contract)',
      checkedAt: '2026-08-31',
      validUntil: '2027-02-28',
    },
  ],
]);
