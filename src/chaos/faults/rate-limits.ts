import { errorAnswer } from '../chat-wire.ts';
import { atFirstUpstream, attemptsAtFirst, oneRequest, outcomeOf, recovered, verdictOn } from '../judge.ts';
import type { Asked, FaultyCall, Scenario, Stage, Verdict } from '../scenario.ts';

const waitSeconds = 2;
const waitDemand = 'another upstream answers; this one is left alone until then';

async function limit(call: FaultyCall, headers: Readonly<Record<string, string>>): Promise<void> {
  const error = { type: 'rate_limit_error', code: 'rate_limit_exceeded', message: 'Rate limit reached.' };
  await call.write(errorAnswer(429, error, headers));
}

/** Two requests: the second comes while the first one's upstream has asked to be left alone. */
async function respectsWait(stage: Stage): Promise<Verdict> {
  const asked: Asked[] = [await stage.ask(), await stage.ask()];
  const attempts = asked.flatMap(one => one.attempts);
  const [first] = attempts;
  if (first === undefined) return verdictOn(asked, { grade: 'fail', why: 'no upstream was called' });
  await stage.until(() => performance.now() > first.at + waitSeconds * 1_000, waitSeconds * 1_000);
  // A clock that is read in whole seconds may be off by one.
  const early = attempts.filter(
    ({ upstream, at }) => upstream === first.upstream && at > first.at && at - first.at < (waitSeconds - 1.1) * 1_000,
  );
  if (early.length > 0) {
    return verdictOn(asked, { grade: 'fail', why: `called again ${early.length} times before it was time` });
  }
  if (asked.some(({ caller }) => outcomeOf(caller) === 'told') && asked.every(({ caller }) => caller.status !== 401)) {
    const hasTime = asked.some(({ caller }) => caller.retryAfter !== undefined);
    return verdictOn(asked, { grade: 'safe', why: `passed on${hasTime ? ', with the time' : ', without the time'}` });
  }
  const grades = asked.map(one => recovered(one));
  return verdictOn(
    asked,
    grades.find(({ grade }) => grade !== 'pass') ?? { grade: 'pass', why: 'left alone as asked' },
  );
}

export const rateLimits: readonly Scenario[] = [
  {
    id: '429-seconds',
    fault: `429 with Retry-After: ${waitSeconds}`,
    demand: waitDemand,
    play: atFirstUpstream(call => limit(call, { 'retry-after': String(waitSeconds) })),
    run: respectsWait,
  },
  {
    id: '429-date',
    fault: '429 with Retry-After as an HTTP date',
    demand: waitDemand,
    play: atFirstUpstream(call =>
      limit(call, {
        date: new Date().toUTCString(),
        'retry-after': new Date(Date.now() + waitSeconds * 1_000).toUTCString(),
      }),
    ),
    run: respectsWait,
  },
  {
    id: '429-plain',
    fault: '429 without Retry-After',
    demand: 'another upstream answers, after a few attempts at most',
    play: atFirstUpstream(call => limit(call, {})),
    run: oneRequest(asked => {
      const judged = recovered(asked);
      return attemptsAtFirst(asked.attempts) > 1 && judged.grade === 'pass'
        ? { ...judged, why: `${judged.why}, after ${attemptsAtFirst(asked.attempts)} attempts there` }
        : judged;
    }),
  },
];
