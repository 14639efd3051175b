import type { Detector, Match } from '../detector.ts';

/** How the keys of one kind look: a fixed beginning, then at least so many characters of an alphabet. */
interface KeyShape {
  readonly prefix: string;
  readonly alphabet: RegExp;
  readonly fewest: number;
}

const word = /[A-Za-z0-9]/;
const token = /[A-Za-z0-9_-]/;
const dotted = /[A-Za-z0-9_.=-]/;
const hex = /[A-Fa-f0-9]/;
const upper = /[A-Z0-9]/;

const shapesOf = (alphabet: RegExp, fewest: number, prefixes: string): readonly KeyShape[] =>
  prefixes.split(' ').map(prefix => ({ prefix, alphabet, fewest }));

/**
 * Beginnings and lengths as the vendors document or show them (November 2026): OpenAI, Anthropic, OpenRouter, Google, AWS,
 * GitHub, GitLab, Slack, Stripe, SendGrid, Hugging Face, npm, PyPI, Groq, xAI, Perplexity, Replicate, DigitalOcean, Shopify,
 * Databricks, Docker, Linear, Notion, Square, Twilio, Mailgun, Postman, Atlassian, Cloudflare, Vercel, Supabase, JSON Web
 * Tokens, and Tollgate's own.
 */
const shapes: readonly KeyShape[] = [
  ...shapesOf(
    token,
    20,
    'sk- glpat- gldt- glrt- xai- pplx- GOCSPX- sq0atp- sq0csp- ATATT3xFfGF0 PMAK- pypi-AgEIcHlwaS dckr_pat_',
  ),
  ...shapesOf(token, 35, 'AIza'),
  ...shapesOf(upper, 16, 'AKIA ASIA ABIA ACCA'),
  ...shapesOf(word, 30, 'ghp_ gho_ ghu_ ghs_ ghr_ hf_ npm_ gsk_ r8_ lin_api_ ntn_ sbp_'),
  ...shapesOf(token, 22, 'github_pat_ vercel_ tg_'),
  ...shapesOf(
    token,
    16,
    'sk_live_ sk_test_ rk_live_ rk_test_ pk_live_ whsec_ xoxb- xoxp- xoxa- xoxr- xoxs- xapp- xoxe.',
  ),
  ...shapesOf(dotted, 40, 'SG. ya29.'),
  ...shapesOf(hex, 32, 'dapi shpat_ shpca_ shppa_ shpss_ key- dop_v1_ doo_v1_ dor_v1_ SK AC'),
  ...shapesOf(/[A-Za-z0-9_./-]/, 40, 'https://hooks.slack.com/services/'),
];
const jsonWebToken = /^eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/;
const jsonWebTokenBegun = /^eyJ[A-Za-z0-9_.-]*$/;
const pemBegin = '-----BEGIN ';
const pemBody = /^-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|$)/;
const pemBegun =
  /^-----BEGIN (?:[A-Z0-9 ]{0,55}-{0,5}$|[A-Z0-9 ]{0,40}PRIVATE KEY-----(?![\s\S]*-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----))/;

const beginnings = [...shapes.map(({ prefix }) => prefix), 'eyJ', pemBegin];
const anyBeginning = new RegExp(
  `(?<![A-Za-z0-9])(?:${beginnings.map(beginning => beginning.replace(/[.*+?^$()|[\]\\/]/g, '\\$&')).join('|')})`,
  'g',
);
const longestBeginning = Math.max(...beginnings.map(({ length }) => length));

/** Keys and tokens of well-known services, JSON Web Tokens and private keys in PEM. */
export const apiKey: Detector = {
  kind: 'API_KEY',
  find(text) {
    const found: Match[] = [];
    const spent: SpentRuns = new Map();
    for (const { index, 0: beginning } of text.matchAll(anyBeginning)) {
      const before = found.at(-1);
      if (before !== undefined && index < before.end) continue;
      const end = endOfKey(text, index, beginning, spent);
      if (end !== undefined) found.push({ start: index, end });
    }
    return found;
  },
  pendingFrom(text) {
    for (const { index, 0: beginning } of text.matchAll(anyBeginning)) {
      if (isUnfinished(text, index, beginning)) return index;
    }
    const tailStart = Math.max(0, text.length - longestBeginning + 1);
    for (let from = tailStart; from < text.length; from += 1) {
      const tail = text.slice(from);
      const isBegun = beginnings.some(beginning => beginning.startsWith(tail));
      if (isBegun && !word.test(text[from - 1] ?? '')) return from;
    }
    return text.length;
  },
};

/** Up to where a run was read that held no key of a shape: no later part of it does, and it is not read again. */
type SpentRuns = Map<KeyShape, number>;

function endOfKey(text: string, start: number, beginning: string, spent: SpentRuns): number | undefined {
  if (beginning === pemBegin) return lengthOf(pemBody, text, start);
  if (beginning === 'eyJ') return lengthOf(jsonWebToken, text, start);
  for (const shape of shapes) {
    if (shape.prefix !== beginning || start < (spent.get(shape) ?? 0)) continue;
    const from = start + beginning.length;
    const end = endOfRun(text, from, shape.alphabet);
    if (end - from >= shape.fewest && isRandom(text.slice(from, end))) return end;
    spent.set(shape, end);
  }
  return undefined;
}

/** Names with dashes in them are no keys: what is drawn at random has digits, or goes on for long without a break. */
function isRandom(body: string): boolean {
  return /\d/.test(body) || /[A-Za-z0-9]{20}/.test(body);
}

function isUnfinished(text: string, start: number, beginning: string): boolean {
  if (beginning === pemBegin) return pemBegun.test(text.slice(start));
  if (beginning === 'eyJ') return jsonWebTokenBegun.test(text.slice(start));
  return shapes.some(
    ({ prefix, alphabet }) =>
      prefix === beginning && endOfRun(text, start + beginning.length, alphabet) === text.length,
  );
}

function lengthOf(shape: RegExp, text: string, start: number): number | undefined {
  const match = shape.exec(text.slice(start));
  return match === null ? undefined : start + match[0].length;
}

function endOfRun(text: string, from: number, alphabet: RegExp): number {
  let end = from;
  while (end < text.length && alphabet.test(text[end] ?? '')) end += 1;
  return end;
}
