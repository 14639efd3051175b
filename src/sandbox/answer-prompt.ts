import { hash } from 'node:crypto';
import { countPieces, tokensOf } from './count-cached.ts';
import { jsonFromSchema } from './json-from-schema.ts';
import type { SandboxContent } from './models.ts';
import { type Prose, proseFor, toPieces } from './prose.ts';
import type { SandboxPrompt, SandboxTool } from './sandbox-wire.ts';

/** A run of an answer in one channel. */
export type Segment = Prose &
  (
    | { readonly channel: 'reasoning'; readonly signature: string }
    | { readonly channel: 'text' | 'refusal' }
    | { readonly channel: 'tool-call'; readonly callIndex: number; readonly callId: string; readonly toolName: string }
  );

export type SandboxFinish =
  | 'stop'
  | 'stop-sequence'
  | 'length'
  | 'tool-calls'
  | 'refusal'
  | 'content-filter'
  | 'prompt-blocked';

/** What the sandbox says to a prompt, whatever the protocol. */
export interface SandboxAnswer {
  readonly segments: readonly Segment[];
  readonly finish: SandboxFinish;
  /** With `stop-sequence`. */
  readonly stopSequence?: string;
  readonly inputTokens: number;
  /** All output, reasoning included. */
  readonly outputTokens: number;
  readonly reasoningTokens: number;
}

type Draft = Pick<SandboxAnswer, 'segments' | 'finish' | 'stopSequence'>;

const sentences = 4;
const longSentences = 85;
const callLimit = 8;

/**
 * Answers a prompt: the same prompt always the same way.
 *
 * Stop sequences end a text, `maxOutputTokens` ends everything; both are counted on what is then left.
 */
export function answerPrompt(content: SandboxContent, prompt: SandboxPrompt): SandboxAnswer {
  const drafted = draft(content, prompt);
  const { segments, finish, stopSequence } = limit(stopAt(drafted, prompt.stop), prompt.maxOutputTokens);
  let outputTokens = 0;
  let reasoningTokens = 0;
  for (const segment of segments) {
    const tokens = tokensOf(segment.text);
    outputTokens += tokens;
    if (segment.channel === 'reasoning') reasoningTokens += tokens;
  }
  return {
    segments,
    finish,
    ...(stopSequence === undefined ? {} : { stopSequence }),
    inputTokens: tokensOf(prompt.inputText),
    outputTokens,
    reasoningTokens,
  };
}

/** The answer to a prompt that a filter refused, for a protocol that says so under status 200. */
export function blockPrompt(prompt: SandboxPrompt): SandboxAnswer {
  const inputTokens = tokensOf(prompt.inputText);
  return { segments: [], finish: 'prompt-blocked', inputTokens, outputTokens: 0, reasoningTokens: 0 };
}

/** A number from 0 that depends on nothing but the text. */
export function seedOf(text: string): number {
  return Number.parseInt(hash('sha1', text).slice(0, 8), 16);
}

/** Whether a signature was made by a sandbox, and not altered since. */
export function isOwnSignature(signature: string): boolean {
  const [seed = '', check] = Buffer.from(signature, 'base64').toString('latin1').split('.');
  return check === checkOf(seed) && signatureOf(seed) === signature;
}

function signatureOf(seed: string): string {
  return Buffer.from(`${seed}.${checkOf(seed)}`, 'latin1').toString('base64');
}

function checkOf(seed: string): string {
  return hash('sha1', `sandbox.${seed}`);
}

function draft(content: SandboxContent, prompt: SandboxPrompt): Draft {
  const seed = seedOf(prompt.inputText);
  const called = toolsToCall(content, prompt);
  if (called.length > 0) {
    return { segments: called.map((tool, index) => callOf(tool, index, seed)), finish: 'tool-calls' };
  }
  switch (content) {
    case 'echo':
      return saying(prose(prompt.lastUserText));
    case 'refusal':
      return { segments: [{ channel: 'refusal', ...prose("I can't help with that.") }], finish: 'refusal' };
    case 'filtered': {
      const { pieces } = proseFor(seed, sentences);
      return { ...saying(piecesToProse(pieces.slice(0, pieces.length / 2))), finish: 'content-filter' };
    }
    case 'long':
      return saying(proseFor(seed, longSentences));
    case 'json':
      return saying(jsonFor(prompt, seed));
    case 'tool':
    case 'tools':
      return saying(prompt.toolResult === undefined ? proseFor(seed, sentences) : resultOf(prompt.toolResult));
    case 'reason':
      return reasoning(proseFor(seed, sentences), seed);
    case 'prose': {
      const said = prompt.wantsJson ? jsonFor(prompt, seed) : proseFor(seed, sentences);
      return prompt.wantsReasoning ? reasoning(said, seed) : saying(said);
    }
  }
}

function saying(text: Prose): Draft {
  return { segments: [{ channel: 'text', ...text }], finish: 'stop' };
}

function reasoning(said: Prose, seed: number): Draft {
  const thought = prose('The prompt asks for an answer. The sandbox has prepared ones; its hash chooses among them.');
  return {
    segments: [
      { channel: 'reasoning', signature: signatureOf(seed.toString(36)), ...thought },
      { channel: 'text', ...said },
    ],
    finish: 'stop',
  };
}

function toolsToCall(
  content: SandboxContent,
  { tools, toolChoice, toolResult }: SandboxPrompt,
): readonly SandboxTool[] {
  if (toolChoice === 'none') return [];
  if (typeof toolChoice === 'object') return tools.filter(tool => tool.name === toolChoice.name).slice(0, 1);
  const wants = toolChoice === 'required' || ((content === 'tool' || content === 'tools') && toolResult === undefined);
  if (!wants) return [];
  return tools.slice(0, content === 'tools' ? callLimit : 1);
}

function callOf(tool: SandboxTool, callIndex: number, seed: number): Segment {
  const made = tool.parameters === undefined ? {} : jsonFromSchema(tool.parameters);
  return {
    channel: 'tool-call',
    callIndex,
    callId: `call_${seed.toString(36)}_${callIndex}`,
    toolName: tool.name,
    ...prose(JSON.stringify(made ?? {})),
  };
}

function jsonFor(prompt: SandboxPrompt, seed: number): Prose {
  const made =
    prompt.responseSchema === undefined ? { answer: proseFor(seed, 1).text } : jsonFromSchema(prompt.responseSchema);
  return prose(JSON.stringify(made));
}

function resultOf(toolResult: string): Prose {
  return prose(`The tool answered: ${toolResult}`);
}

function prose(text: string): Prose {
  return { text, pieces: toPieces(text) };
}

function piecesToProse(pieces: readonly string[]): Prose {
  return { text: pieces.join(''), pieces };
}

function stopAt(answer: Draft, stop: readonly string[]): Draft {
  const segment = answer.segments.at(-1);
  if (segment?.channel !== 'text') return answer;
  let at = -1;
  let stopSequence: string | undefined;
  for (const sequence of stop) {
    const found = segment.text.indexOf(sequence);
    if (found === -1 || (at !== -1 && found >= at)) continue;
    at = found;
    stopSequence = sequence;
  }
  if (stopSequence === undefined) return answer;
  const kept: Segment = { channel: 'text', ...prose(segment.text.slice(0, at)) };
  return { segments: [...answer.segments.slice(0, -1), kept], finish: 'stop-sequence', stopSequence };
}

function limit(answer: Draft, maxOutputTokens: number | undefined): Draft {
  if (maxOutputTokens === undefined) return answer;
  const kept: Segment[] = [];
  let left = maxOutputTokens;
  for (const segment of answer.segments) {
    const tokens = tokensOf(segment.text);
    if (tokens > left) {
      const pieces = segment.pieces.slice(0, countPieces(segment.pieces, left));
      if (pieces.length > 0) kept.push({ ...segment, ...piecesToProse(pieces) });
      return { segments: kept, finish: 'length' };
    }
    kept.push(segment);
    left -= tokens;
  }
  return answer;
}
