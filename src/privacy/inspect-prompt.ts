import type { MediaSource, Prompt, PromptMessage, PromptPart } from '../model/completion-request.ts';
import type { EscalationRule } from '../model/policy.ts';
import { addRedactions, type Redaction } from '../model/redaction.ts';
import type { PolicyRef } from '../model/route.ts';
import type { BoundContentDemand } from './content-demand.ts';
import {
  blockingFind,
  countFindings,
  demandsOn,
  type Finding,
  findInText,
  firstKind,
  refusesUninspectable,
  replaceIn,
  replacementsOf,
  uninspectable,
} from './find-in-text.ts';
import { changeJson, changeValue } from './inspect-json.ts';

/** Why content is refused. */
export interface Blocked {
  /** The kind that was found; UNINSPECTABLE where nothing could look. */
  readonly kind: string;
  readonly policy?: PolicyRef;
}

export interface PromptInspection {
  /** As the rules left it; the same object where they left all of it. */
  readonly prompt: Prompt;
  readonly findings: readonly Redaction[];
  readonly blocked?: Blocked;
  /** What was found demands this of the route. */
  readonly escalations: readonly {
    readonly escalate: EscalationRule;
    readonly policy?: PolicyRef;
    readonly enforced: boolean;
  }[];
}

/**
 * Looks at everything in a prompt that leaves the gateway, and does what the rules say.
 *
 * Texts of a message that stand beside each other are read as one, JSON by its strings and numbers. What no detector can
 * read, and a detector that fails, refuses.
 */
export function inspectPrompt(prompt: Prompt, all: readonly BoundContentDemand[]): PromptInspection {
  const demands = demandsOn(all, 'INPUT');
  if (demands.length === 0) return { prompt, findings: [], escalations: [] };
  const found: Finding[] = [];
  let blocked: Blocked | undefined;

  function find(text: string): readonly Finding[] {
    const findings = findInText(text, demands);
    for (const finding of findings) found.push(finding);
    blocked ??= blockingFind(findings);
    return findings;
  }
  const change = (text: string) => replaceIn(text, replacementsOf(find(text)));

  function blockUninspectable(): void {
    const by = refusesUninspectable(demands);
    if (by !== undefined)
      blocked ??= { kind: uninspectable, ...(by.policy === undefined ? {} : { policy: by.policy }) };
  }

  function media(source: MediaSource): MediaSource {
    blockUninspectable();
    const name = source.name === undefined ? {} : { name: change(source.name) };
    return 'url' in source ? { ...source, url: change(source.url), ...name } : { ...source, ...name };
  }

  function message({ parts, toolCalls, continuation, ...rest }: PromptMessage): PromptMessage {
    const kept = continuation === undefined || isClean(continuation) ? continuation : undefined;
    return {
      ...rest,
      parts: inspectParts(parts, find, media),
      toolCalls: toolCalls.map(call => ({ ...call, name: change(call.name), arguments: json(call.arguments) })),
      ...(kept === undefined ? {} : { continuation: kept }),
    };
  }

  function json(document: string): string {
    return changeJson(document, change) ?? change(document);
  }

  /** State of a provider that the caller gives back: it is sent as it is, or not at all. */
  function isClean(continuation: string): boolean {
    const before = found.length;
    const readable = decoded(continuation);
    if (readable === undefined) blockUninspectable();
    else json(readable);
    return found.slice(before).every(({ action, enforced }) => !enforced || action === 'FLAG');
  }

  try {
    const inspected = inspectAll();
    const findings = countFindings(found, 'INPUT').reduce<readonly Redaction[]>(
      (sum, one) => addRedactions(sum, [one]),
      [],
    );
    const isTouched = found.some(({ action, enforced }) => enforced && action === 'REDACT');
    return {
      prompt: isTouched ? inspected : prompt,
      findings,
      escalations: escalationsOf(found, demands),
      ...(blocked === undefined ? {} : { blocked }),
    };
  } catch {
    const [first] = demands;
    return {
      prompt,
      findings: [],
      escalations: [],
      blocked: { kind: first === undefined ? uninspectable : firstKind(first.demand) },
    };
  }

  function inspectAll(): Prompt {
    const { messages, tools, responseFormat, stop, providerOptions } = prompt;
    return {
      ...prompt,
      messages: messages.map(message),
      tools: tools.map(tool => changeValue(tool, change)),
      responseFormat: changeValue(responseFormat, change),
      stop: stop.map(change),
      providerOptions: changeValue(providerOptions, change),
    };
  }
}

/** Texts that follow each other are one text: a find that spans two stands in the first, and is gone from the second. */
function inspectParts(
  parts: readonly PromptPart[],
  find: (text: string) => readonly Finding[],
  media: (source: MediaSource) => MediaSource,
): readonly PromptPart[] {
  const inspected: PromptPart[] = [];
  for (let index = 0; index < parts.length; ) {
    const run: Extract<PromptPart, { type: 'text' }>[] = [];
    for (let part = parts[index]; part?.type === 'text'; part = parts[index + run.length]) run.push(part);
    if (run.length === 0) {
      const part = parts[index];
      if (part !== undefined && part.type !== 'text') inspected.push({ ...part, media: media(part.media) });
      index += 1;
      continue;
    }
    const replacements = replacementsOf(find(run.map(({ text }) => text).join('')));
    let from = 0;
    for (const part of run) {
      const to = from + part.text.length;
      const own = replacements
        .filter(({ start, end }) => start < to && end > from)
        .map(({ start, end, label }) => ({
          start: Math.max(start, from) - from,
          end: Math.min(end, to) - from,
          label: start >= from ? label : '',
        }));
      inspected.push(own.length === 0 ? part : { ...part, text: replaceIn(part.text, own) });
      from = to;
    }
    index += run.length;
  }
  return inspected;
}

function escalationsOf(
  found: readonly Finding[],
  demands: readonly BoundContentDemand[],
): PromptInspection['escalations'] {
  const kinds = new Set(found.map(({ kind }) => kind));
  return demands.flatMap(({ demand, policy, enforced }) => {
    const { escalate, detectors } = demand;
    if (escalate === undefined || !detectors.some(({ kind }) => kinds.has(kind))) return [];
    return [{ escalate, enforced, ...(policy === undefined ? {} : { policy }) }];
  });
}

/** A continuation is base64url of JSON. */
function decoded(continuation: string): string | undefined {
  if (!/^[A-Za-z0-9_-]+={0,2}$/.test(continuation)) return undefined;
  try {
    const bytes = Uint8Array.from(atob(continuation.replaceAll('-', '+').replaceAll('_', '/')), unit =>
      unit.charCodeAt(0),
    );
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
