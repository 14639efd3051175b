import type { Protocol } from '../model/catalog.ts';

/** A provider that a key in the environment alone turns on. */
export interface KnownProvider {
  readonly id: string;
  readonly keyVariable: string;
  readonly protocol: Protocol;
  readonly baseUrl: string;
}

/** Ids, and the public addresses that each vendor documents for its API. */
export const knownProviders: readonly KnownProvider[] = [
  { id: 'openai', keyVariable: 'OPENAI_API_KEY', protocol: 'openai', baseUrl: 'https://api.openai.com/v1' },
  { id: 'anthropic', keyVariable: 'ANTHROPIC_API_KEY', protocol: 'anthropic', baseUrl: 'https://api.anthropic.com' },
  {
    id: 'google',
    keyVariable: 'GEMINI_API_KEY',
    protocol: 'gemini',
    baseUrl: 'https://generativelanguage.googleapis.com',
  },
  { id: 'groq', keyVariable: 'GROQ_API_KEY', protocol: 'openai', baseUrl: 'https://api.groq.com/openai/v1' },
  { id: 'mistral', keyVariable: 'MISTRAL_API_KEY', protocol: 'openai', baseUrl: 'https://api.mistral.ai/v1' },
  { id: 'deepseek', keyVariable: 'DEEPSEEK_API_KEY', protocol: 'openai', baseUrl: 'https://api.deepseek.com/v1' },
  { id: 'openrouter', keyVariable: 'OPENROUTER_API_KEY', protocol: 'openai', baseUrl: 'https://openrouter.ai/api/v1' },
  { id: 'xai', keyVariable: 'XAI_API_KEY', protocol: 'openai', baseUrl: 'https://api.x.ai/v1' },
  { id: 'together', keyVariable: 'TOGETHER_API_KEY', protocol: 'openai', baseUrl: 'https://api.together.xyz/v1' },
];
