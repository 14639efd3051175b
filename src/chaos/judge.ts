import type { CallerSaw } from './caller.ts';
import { goldenText } from './chat-wire.ts';
import type { Asked, AskOptions, FaultyCall, Grade, Play, Scenario, SeenAttempt, Stage, Verdict } from './scenario.ts';

/** What one answer amounts to for a client that believes it. */
export type Outcome =
  /** All of the text, and a finish reason. */
  | 'whole'
  /** An error by status, in the stream, or a broken connection: the client knows that it has no answer. */
  | 'told'
  /** Something else than the answer, without an error. */
  | 'lie'
  | 'hung';

/** What the caller got, all that it saw taken together. */
export function outcomeOf(saw: CallerSaw): Outcome {
  if (saw.isHung) return 'hung';
  const isFailed = saw.status !== 200 || saw.error !== undefined || saw.broken !== undefined;
  if (isFailed) return saw.status === 200 && saw.finishReason !== undefined ? 'lie' : 'told';
  return saw.text === goldenText && saw.finishReason === 'stop' ? 'whole' : 'lie';
}

/** A grade and its reason, without evidence. */
export interface Judgement {
  readonly grade: Grade;
  readonly why: string;
}

/** A judgement with both sides' evidence. */
export function verdictOn(asked: Asked | readonly Asked[], { grade, why }: Judgement): Verdict {
  const all = 'caller' in asked ? [asked] : asked;
  return {
    grade,
    why,
    callerSaw: counted(all.map(({ caller }) => describeCaller(caller))),
    providerSaw: counted(all.map(({ attempts }) => describeAttempts(attempts))),
  };
}

/** What a fault that can be hidden allows. */
export interface RecoveryRules {
  /** At the faulty upstream, for one request. Default 3. */
  readonly mostAttempts?: number;
  /** Whether what is gone wrong may be hidden by waiting as long as this; longer is `safe`. In milliseconds. */
  readonly withinMs?: number;
}

/** Demands the whole answer, as the other upstream can give it. */
export function recovered({ caller, attempts }: Asked, { mostAttempts = 3, withinMs }: RecoveryRules = {}): Judgement {
  const outcome = outcomeOf(caller);
  const atFaulty = attemptsAtFirst(attempts);
  if (atFaulty > mostAttempts) return { grade: 'fail', why: `called the faulty upstream ${atFaulty} times` };
  switch (outcome) {
    case 'whole':
      if (withinMs !== undefined && caller.totalMs > withinMs) {
        return { grade: 'safe', why: `waited it out: ${Math.round(caller.totalMs)} ms` };
      }
      return { grade: 'pass', why: 'answered whole' };
    case 'told':
      if (caller.status === 401 || caller.status === 403) {
        return {
          grade: 'fail',
          why: `a fault of the provider came as ${caller.status}: the caller blames its own key`,
        };
      }
      return { grade: 'safe', why: 'failed, and said so, with another upstream there to answer' };
    case 'lie':
      return { grade: 'fail', why: `passed off as whole: ${describeText(caller)}` };
    case 'hung':
      return { grade: 'fail', why: `no end within ${Math.round(caller.totalMs)} ms` };
  }
}

export function attemptsAtFirst(attempts: readonly SeenAttempt[]): number {
  return attempts.filter(({ upstream }) => upstream === attempts[0]?.upstream).length;
}

/** Lets the fault happen at the upstream that is called first, and has the other answer. */
export function atFirstUpstream(fault: (call: FaultyCall) => void | Promise<void>): Play {
  return call => (call.isFaulty ? fault(call) : call.answer());
}

/** One request, judged. */
export function oneRequest(
  judge: (asked: Asked, stage: Stage) => Judgement,
  options: AskOptions = {},
): Scenario['run'] {
  return async stage => {
    const asked = await stage.ask(options);
    return verdictOn(asked, asked.attempts.length === 0 ? notPlayed(asked.caller) : judge(asked, stage));
  };
}

function notPlayed(caller: CallerSaw): Judgement {
  return { grade: 'fail', why: `no upstream was called (${describeCaller(caller)})` };
}

function describeText({ text }: CallerSaw): string {
  if (text === goldenText) return 'all of the text';
  if (text === '') return 'no text';
  if (goldenText.startsWith(text)) return `the first ${text.length} of ${goldenText.length} characters`;
  return text.length > goldenText.length ? 'text doubled or mixed' : 'text with a hole';
}

export function describeCaller(saw: CallerSaw): string {
  const end = [
    ...(saw.status === undefined ? [] : [String(saw.status)]),
    ...(saw.status === 200 ? [describeText(saw)] : []),
    ...(saw.finishReason === undefined ? [] : [saw.finishReason]),
    ...(saw.doneCount === 0 ? [] : [saw.doneCount === 1 ? '[DONE]' : `${saw.doneCount} × [DONE]`]),
    ...(saw.error === undefined ? [] : [`error "${saw.error.slice(0, 80)}"`]),
    ...(saw.broken === undefined ? [] : [`broken: ${saw.broken}`]),
    ...(saw.isHung ? ['no end'] : []),
    ...(saw.hasLeft ? ['left'] : []),
  ];
  return `${end.join(', ')} in ${Math.round(saw.totalMs)} ms`;
}

function describeAttempts(attempts: readonly SeenAttempt[]): string {
  if (attempts.length === 0) return 'nothing';
  const [first] = attempts;
  return attempts
    .map(({ upstream, at, hungUpAt }) => {
      const offset = first === undefined || at === first.at ? '' : ` at +${Math.round(at - first.at)} ms`;
      return `${upstream}${offset}${hungUpAt === undefined ? '' : `, hung up after ${Math.round(hungUpAt - at)} ms`}`;
    })
    .join('; ');
}

function counted(lines: readonly string[]): string {
  if (lines.length <= 2) return lines.join(' | ');
  return `${lines[0]} | … (${lines.length} requests)`;
}
