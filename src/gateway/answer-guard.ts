import type { Citation } from '../model/completion.ts';
import type { Redaction } from '../model/redaction.ts';
import type { BoundContentDemand } from '../privacy/content-demand.ts';
import { createTextInspector } from '../privacy/inspect-answer.ts';
import type { ProviderEvent } from '../providers/provider.ts';
import { createStreamRedactor, type StreamRedactor } from '../stream/redact-stream.ts';

/** Stands between a provider's events and everybody else: nothing of an answer passes but through it. */
export interface AnswerGuard {
  /** What may be let out now. Deltas wait while what they end with may still become a find. */
  pass(event: ProviderEvent): readonly ProviderEvent[];
  readonly redactions: readonly Redaction[];
  /** The kind that a rule blocks the answer for; nothing passes from then on. */
  readonly blockedFor: string | undefined;
  /** Why the answer ends here, where that is not for its provider to say. */
  readonly ending?: SeamEnding | undefined;
}

/** It does not go on where another was cut; or a stop sequence is complete, of which the other had delivered the beginning. */
export type SeamEnding = 'DIVERGED' | 'STOPPED';

interface HeldToolCall {
  readonly index: number;
  id?: string;
  name?: string;
  arguments: string;
}

type TextEvent = Extract<ProviderEvent, { type: 'text' | 'reasoning' | 'refusal' }>;

/**
 * Makes the guard of one attempt; undefined where no rule looks at answers.
 *
 * @param preceding The text that this answer goes on from, as it was let out.
 */
export function guardAnswer(content: readonly BoundContentDemand[], preceding = ''): AnswerGuard | undefined {
  if (content.length === 0) return undefined;
  const inspector = createTextInspector(content);
  if (inspector === undefined) return undefined;
  const { demands } = inspector;
  const channels = new Map<TextEvent['type'], StreamRedactor>();
  let toolCalls: HeldToolCall[] = [];

  function redact(type: TextEvent['type'], read: (redactor: StreamRedactor) => string): readonly ProviderEvent[] {
    const redactor = channels.get(type) ?? createStreamRedactor(demands, type === 'text' ? preceding : '');
    channels.set(type, redactor);
    const before = redactor.findings.length;
    const text = read(redactor);
    inspector?.note(redactor.findings.slice(before));
    return text === '' ? [] : [{ type, text }];
  }

  /** Calls are whole once the answer is: their arguments are JSON, which is read as a whole. */
  function releaseToolCalls(): readonly ProviderEvent[] {
    const held = toolCalls;
    toolCalls = [];
    return held.map(
      ({ index, id, name, arguments: document }): ProviderEvent => ({
        type: 'tool-call',
        index,
        arguments: inspector?.inspectJson(document) ?? '',
        ...(id === undefined ? {} : { id }),
        ...(name === undefined ? {} : { name: inspector?.inspect(name) ?? '' }),
      }),
    );
  }

  function hold(event: Extract<ProviderEvent, { type: 'tool-call' }>): void {
    let call = toolCalls.find(({ index }) => index === event.index);
    if (call === undefined) {
      call = { index: event.index, arguments: '' };
      toolCalls.push(call);
    }
    if (event.id !== undefined) call.id = event.id;
    if (event.name !== undefined) call.name = event.name;
    call.arguments += event.arguments;
  }

  function flush(): readonly ProviderEvent[] {
    const texts = [...channels.keys()].flatMap(type => redact(type, redactor => redactor.flush()));
    const calls = releaseToolCalls();
    // A call whose arguments are blocked is not let out, and neither are those beside it.
    return inspector?.blocked === undefined ? [...texts, ...calls] : texts;
  }

  /** Its offsets point into a text that may have become another. */
  function citation({ url, title }: Citation): Citation {
    return {
      ...(url === undefined ? {} : { url: inspector?.inspect(url) ?? '' }),
      ...(title === undefined ? {} : { title: inspector?.inspect(title) ?? '' }),
    };
  }

  function passEvent(event: ProviderEvent): readonly ProviderEvent[] {
    switch (event.type) {
      case 'text':
      case 'reasoning':
      case 'refusal':
        return redact(event.type, redactor => redactor.push(event.text));
      case 'tool-call':
        hold(event);
        return [];
      case 'citation':
        return [{ ...event, citation: citation(event.citation) }];
      case 'media':
        inspector?.refuseUninspectable();
        return [event];
      case 'continuation':
        return isClean(event.value) ? [event] : [];
      case 'finish':
      case 'end':
        return [...flush(), event];
      default:
        return [event];
    }
  }

  /** The provider's own state may hold what was thought: it goes back as it is, or not at all. */
  function isClean(continuation: string): boolean {
    return inspector?.isClean(Buffer.from(continuation, 'base64url').toString('utf8')) === true;
  }

  return {
    get redactions() {
      return inspector.redactions;
    },
    get blockedFor() {
      return inspector.blocked?.kind;
    },
    pass(event) {
      if (inspector.blocked !== undefined) return isFact(event) ? [event] : [];
      let passed: readonly ProviderEvent[] = [];
      try {
        passed = passEvent(event);
      } catch {
        inspector.fail();
      }
      // Texts before what is blocked are clean; of anything else nothing passes.
      if (inspector.blocked === undefined) return passed;
      return passed.filter(
        one => isFact(one) || one.type === 'text' || one.type === 'reasoning' || one.type === 'refusal',
      );
    },
  };
}

/** Says how the answer goes, not what it says. */
export function isFact({ type }: ProviderEvent): boolean {
  return type === 'accepted' || type === 'usage' || type === 'end' || type === 'failure';
}
