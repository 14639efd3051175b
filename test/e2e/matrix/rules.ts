import type { PolicyRules, RuleKind } from '../../../src/model/policy.ts';
import type { Rule } from '../../../src/policy/rule.ts';
import { budgets } from '../../../src/policy/rules/budgets.ts';
import { content } from '../../../src/policy/rules/content.ts';
import { limits } from '../../../src/policy/rules/limits.ts';
import { modelAccess } from '../../../src/policy/rules/models.ts';
import { rateLimits } from '../../../src/policy/rules/rate-limits.ts';
import { region } from '../../../src/policy/rules/region.ts';
import { retention } from '../../../src/policy/rules/retention.ts';
import type { Question } from './paths.ts';
import { answerText, cardNumber, type World } from './world.ts';

/** Every enforcer, as a server installs them. */
export const allRules = (): readonly Rule[] => [
  region(),
  retention(),
  modelAccess(),
  content(),
  budgets(),
  rateLimits(),
  limits(),
];

/** One demand, and how it shows that it does not hold. */
export interface MatrixRule {
  readonly name: string;
  readonly kind: RuleKind;
  /** As an administrator writes it. */
  readonly input: Readonly<Record<string, unknown>>;
  /** The same in code, as a plugin carries it. */
  readonly rules: PolicyRules;
  readonly asks?: Partial<Question>;
  /** Whether what the rule forbids has happened. */
  isBroken(world: World, shown: string): boolean;
}

const text = `I paid with ${cardNumber} yesterday.`;
const reachesForbidden = ({ forbidden }: World) => forbidden.length > 0;
const reachesAnybody = ({ all }: World) => all.some(({ body }) => body.includes('yesterday'));
const showsNumber = ({ all }: World) => all.some(({ body }) => body.includes(cardNumber));
const card = { detect: ['PAYMENT_CARD'], onUninspectable: 'BLOCK' } as const;

export const matrixRules: readonly MatrixRule[] = [
  {
    name: 'region: allow',
    kind: 'REGION',
    input: { region: { allow: ['eu'] } },
    rules: { region: { allow: ['eu'] } },
    isBroken: reachesForbidden,
  },
  {
    name: 'region: deny',
    kind: 'REGION',
    input: { region: { deny: ['us'] } },
    rules: { region: { deny: ['us'] } },
    isBroken: reachesForbidden,
  },
  {
    name: 'retention: none at the provider',
    kind: 'RETENTION',
    input: { retention: { provider: 'NONE' } },
    rules: { retention: { provider: 'NONE' } },
    isBroken: reachesForbidden,
  },
  {
    name: 'retention: days',
    kind: 'RETENTION',
    input: { retention: { provider: 'LIMITED', maxRetentionDays: 7 } },
    rules: { retention: { provider: 'LIMITED', maxRetentionDays: 7 } },
    isBroken: reachesForbidden,
  },
  {
    name: 'retention: training',
    kind: 'RETENTION',
    input: { retention: { allowTraining: false } },
    rules: { retention: { allowTraining: false } },
    isBroken: reachesForbidden,
  },
  {
    name: 'models: allow',
    kind: 'MODELS',
    input: { models: { allow: ['*@allowed', '*@failing'] } },
    rules: { models: { allow: ['*@allowed', '*@failing'] } },
    isBroken: reachesForbidden,
  },
  {
    name: 'models: denied provider',
    kind: 'MODELS',
    input: { models: { denyProviders: ['forbid*'] } },
    rules: { models: { denyProviders: ['forbid*'] } },
    isBroken: reachesForbidden,
  },
  {
    name: 'limits: input tokens',
    kind: 'LIMITS',
    input: { limits: { maxInputTokens: 3 } },
    rules: { limits: { maxInputTokens: 3 } },
    isBroken: reachesAnybody,
  },
  {
    name: 'limits: output tokens',
    kind: 'LIMITS',
    input: { limits: { maxOutputTokens: 7 } },
    rules: { limits: { maxOutputTokens: 7 } },
    isBroken: ({ all }) => all.some(({ body }) => /"max(_completion)?_tokens":(?!7\b)\d+/.test(body)),
  },
  {
    name: 'limits: cost',
    kind: 'LIMITS',
    input: { limits: { maxCost: '0.000000001' } },
    rules: { limits: { maxCost: 1n } },
    isBroken: reachesAnybody,
  },
  {
    name: 'budgets: what is left is too little',
    kind: 'BUDGETS',
    input: { budgets: [{ name: 'tiny', limit: '0.000000001', window: 'TOTAL' }] },
    rules: { budgets: [{ name: 'tiny', limit: 1n, window: 'TOTAL', per: 'POLICY' }] },
    isBroken: reachesAnybody,
  },
  {
    name: 'budgets: an output limit for who sets none',
    kind: 'BUDGETS',
    input: { budgets: [{ name: 'wide', limit: '1000', window: 'TOTAL', defaultMaxOutputTokens: 7 }] },
    rules: {
      budgets: [{ name: 'wide', limit: 1_000_000_000_000n, window: 'TOTAL', per: 'POLICY', defaultMaxOutputTokens: 7 }],
    },
    asks: { maxOutputTokens: undefined },
    isBroken: ({ all }) => all.some(({ body }) => /"max(_completion)?_tokens":(?!7\b)\d+/.test(body)),
  },
  {
    name: 'rate limits: more tokens than a window grants',
    kind: 'RATE_LIMITS',
    input: { rateLimits: [{ tokens: 1, window: 'PT1H' }] },
    rules: { rateLimits: [{ tokens: 1, windowMs: 3_600_000, per: 'API_KEY' }] },
    isBroken: reachesAnybody,
  },
  {
    name: 'content: block in the prompt',
    kind: 'CONTENT',
    input: { content: [{ ...card, action: 'BLOCK', directions: ['INPUT'] }] },
    rules: { content: [{ ...card, action: 'BLOCK', directions: ['INPUT'] }] },
    isBroken: reachesAnybody,
  },
  {
    name: 'content: redact in the prompt',
    kind: 'CONTENT',
    input: { content: [{ ...card, action: 'REDACT', directions: ['INPUT'] }] },
    rules: { content: [{ ...card, action: 'REDACT', directions: ['INPUT'] }] },
    isBroken: showsNumber,
  },
  {
    name: 'content: escalate the route',
    kind: 'CONTENT',
    input: {
      content: [{ ...card, action: 'FLAG', directions: ['INPUT'], escalate: { regions: ['eu'] } }],
    },
    rules: {
      content: [
        {
          ...card,
          action: 'FLAG',
          directions: ['INPUT'],
          escalate: { regions: ['eu'], zeroDataRetention: false, denyTraining: false },
        },
      ],
    },
    isBroken: reachesForbidden,
  },
  {
    name: 'content: block in the answer',
    kind: 'CONTENT',
    input: { content: [{ ...card, action: 'BLOCK', directions: ['OUTPUT'] }] },
    rules: { content: [{ ...card, action: 'BLOCK', directions: ['OUTPUT'] }] },
    isBroken: (_, shown) => shown.includes(cardNumber),
  },
  {
    name: 'content: redact in the answer',
    kind: 'CONTENT',
    input: { content: [{ ...card, action: 'REDACT', directions: ['OUTPUT'] }] },
    rules: { content: [{ ...card, action: 'REDACT', directions: ['OUTPUT'] }] },
    isBroken: (_, shown) => shown.includes(cardNumber),
  },
  {
    name: 'content: what no detector can read',
    kind: 'CONTENT',
    input: { content: [{ ...card, action: 'FLAG', directions: ['INPUT'] }] },
    rules: { content: [{ ...card, action: 'FLAG', directions: ['INPUT'] }] },
    asks: { imageUrl: 'https://images.invalid/yesterday.png' },
    isBroken: ({ all }) => all.some(({ body }) => body.includes('yesterday.png')),
  },
];

/** What is asked unless rule or path say otherwise; its answer holds the number too. */
export const question: Question = { model: 'acme/one', text, maxOutputTokens: 64 };
export { answerText };
