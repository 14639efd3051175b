import type { Citation } from '../model/completion.ts';
import type { ProviderEvent } from '../providers/provider.ts';
import { createRepetition } from '../stream/repeat-text.ts';
import { createSeamStop } from '../stream/stop-across.ts';
import { createOverlapTrimmer } from '../stream/trim-overlap.ts';
import { type AnswerGuard, isFact, type SeamEnding } from './answer-guard.ts';
import { createHeldEvents } from './held-events.ts';

export interface PrefixSeamOptions {
  /** The text that stands, as it was let out. */
  readonly delivered: string;
  /** What the provider was given of it to go on from, as the content rules left it. */
  readonly sent: string;
  /** What was not sent of its end. */
  readonly unsent: string;
  readonly stop: readonly string[];
}

/**
 * Lets an answer that goes on from a prefix pass from where the other was cut.
 *
 * @param guard The content rules, which know what was let out before.
 */
export function seamAfterPrefix(guard: AnswerGuard | undefined, options: PrefixSeamOptions): AnswerGuard {
  const trimmer = createOverlapTrimmer(options);
  const stop = createSeamStop(options.delivered, options.stop);
  let ending: SeamEnding | undefined;
  let readUnits = 0;
  let passedUnits = 0;

  function pass(event: ProviderEvent): readonly ProviderEvent[] {
    return guard === undefined ? [event] : guard.pass(event);
  }

  function passText(text: string): readonly ProviderEvent[] {
    passedUnits += text.length;
    if (trimmer.hasDiverged) ending = 'DIVERGED';
    if (!stop.isStopped) return text === '' ? [] : pass({ type: 'text', text });
    ending = 'STOPPED';
    return pass({ type: 'finish', reason: 'STOP' });
  }

  const flush = () => passText(stop.push(trimmer.flush()) + stop.flush());

  /** Its offsets count from where this provider began. */
  function shifted(citation: Citation): Citation {
    const by = options.delivered.length + passedUnits - readUnits;
    const { start, end, ...source } = citation;
    if (start === undefined || end === undefined || passedUnits === 0 || start + by < 0) return source;
    return { ...source, start: start + by, end: end + by };
  }

  return {
    get redactions() {
      return guard?.redactions ?? [];
    },
    get blockedFor() {
      return guard?.blockedFor;
    },
    get ending() {
      return ending;
    },
    pass(event) {
      if (ending !== undefined && !isFact(event)) return [];
      switch (event.type) {
        case 'text':
          readUnits += event.text.length;
          return passText(stop.push(trimmer.push(event.text)));
        // What was thought before the text that stands; and state of an answer that no single provider gave.
        case 'reasoning':
        case 'continuation':
          return [];
        case 'citation':
          return pass({ ...event, citation: shifted(event.citation) });
        case 'accepted':
        case 'usage':
        case 'failure':
          return pass(event);
        default: {
          const rest = flush();
          return ending === undefined || isFact(event) ? [...rest, ...pass(event)] : rest;
        }
      }
    },
  };
}

/** The content rules and the seam of an answer that starts over. */
export interface RestartGuard extends AnswerGuard {
  /** Whether what passes is another answer, and what was delivered before it void. */
  readonly isOpen: boolean;
}

export interface RepetitionOptions {
  /** The text that stands, as it was let out. */
  readonly delivered: string;
  /** Whether an answer that says something else passes nevertheless, as another one. */
  readonly opens: boolean;
}

/**
 * Holds an answer that starts over back until it has repeated what was delivered, to the letter, as the content rules let it
 * out; then it passes from there.
 */
export function seamAfterRepetition(
  guard: AnswerGuard | undefined,
  { delivered, opens }: RepetitionOptions,
): RestartGuard {
  const repetition = createRepetition(delivered);
  const held = createHeldEvents();
  let state: 'held' | 'joined' | 'open' | 'diverged' = 'held';

  function diverge(): readonly ProviderEvent[] {
    const all = held.take();
    state = opens ? 'open' : 'diverged';
    return opens ? all : [];
  }

  function passHeld(event: ProviderEvent): readonly ProviderEvent[] {
    held.add([event]);
    switch (event.type) {
      case 'text': {
        const rest = repetition.push(event.text);
        if (rest === undefined) return diverge();
        if (!repetition.isComplete) return [];
        state = 'joined';
        held.take();
        return rest === '' ? [] : [{ type: 'text', text: rest }];
      }
      case 'reasoning':
      case 'citation':
      case 'continuation':
        return [];
      default:
        return diverge();
    }
  }

  return {
    get redactions() {
      return guard?.redactions ?? [];
    },
    get blockedFor() {
      return guard?.blockedFor;
    },
    get ending() {
      return state === 'diverged' ? 'DIVERGED' : undefined;
    },
    get isOpen() {
      return state === 'open';
    },
    pass(event) {
      const passed = guard === undefined ? [event] : guard.pass(event);
      return passed.flatMap(one => {
        if (isFact(one)) return one.type === 'end' && state === 'held' ? [...diverge(), one] : [one];
        if (state === 'held') return passHeld(one);
        if (state === 'diverged' || (state === 'joined' && one.type === 'continuation')) return [];
        return [one];
      });
    },
  };
}

/** Lets another answer pass from its beginning: what was delivered before it is void. */
export function seamInTheOpen(guard: AnswerGuard | undefined): RestartGuard {
  return {
    isOpen: true,
    pass: event => (guard === undefined ? [event] : guard.pass(event)),
    get redactions() {
      return guard?.redactions ?? [];
    },
    get blockedFor() {
      return guard?.blockedFor;
    },
  };
}
