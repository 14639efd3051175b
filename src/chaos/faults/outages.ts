import { errorAnswer } from '../chat-wire.ts';
import { outcomeOf, recovered, verdictOn } from '../judge.ts';
import type { Asked, FaultyCall, Scenario, Stage, Verdict } from '../scenario.ts';

/** What a request and a busy machine may add. */
const slackMs = 5_000;
const requestsAtOnce = 12;
const mostPerRequest = 3;

async function fail(call: FaultyCall): Promise<void> {
  await call.write(errorAnswer(503, { type: 'server_error', code: null, message: 'Unavailable.' }));
}

/** The primary fails until it is out of favour, then heals. */
async function comeBack(stage: Stage): Promise<Verdict> {
  const before: Asked[] = [];
  // Enough to open a circuit breaker, and no more.
  for (let number = 0; number < 10; number += 1) {
    const asked = await stage.ask();
    before.push(asked);
    if (number > 4 && asked.attempts.every(({ upstream }) => upstream !== 'primary')) break;
  }
  const unanswered = before.filter(({ caller }) => outcomeOf(caller) !== 'whole');
  const healedAt = performance.now();
  const isBack = await stage.until(async () => {
    const { attempts } = await stage.askHealthy();
    return attempts.some(({ upstream }) => upstream === 'primary');
  }, stage.recoveryMs + slackMs);
  const seconds = ((performance.now() - healedAt) / 1_000).toFixed(1);
  if (unanswered.length > 0) {
    const [first] = unanswered;
    const { grade } = first === undefined ? { grade: 'safe' as const } : recovered(first);
    return verdictOn(before, { grade, why: `${unanswered.length} of ${before.length} requests failed meanwhile` });
  }
  return verdictOn(
    before,
    isBack
      ? { grade: 'pass', why: `used again ${seconds} s after it healed` }
      : { grade: 'fail', why: `not used again within ${(stage.recoveryMs + slackMs) / 1_000} s` },
  );
}

export const recovery: Scenario = {
  id: 'recovery',
  fault: 'the primary fails ten times at most, then heals',
  demand: 'used again within 30 s, and 5 more for a busy machine',
  play: call => (call.upstream === 'primary' ? fail(call) : call.answer()),
  settledBy: 'any',
  run: comeBack,
};

async function outage(stage: Stage): Promise<Verdict> {
  const asked: readonly Asked[] = await Promise.all(Array.from({ length: requestsAtOnce }, () => stage.ask()));
  const calls = asked.reduce((sum, { attempts }) => sum + attempts.length, 0);
  const most = Math.max(...asked.map(({ attempts }) => attempts.length));
  const figures = `${calls} calls for ${requestsAtOnce} requests, at most ${most} for one`;
  if (asked.some(({ caller }) => caller.isHung)) return verdictOn(asked, { grade: 'fail', why: `no end; ${figures}` });
  if (asked.some(({ caller }) => outcomeOf(caller) !== 'told')) {
    return verdictOn(asked, { grade: 'fail', why: `no error; ${figures}` });
  }
  const isModest = calls <= requestsAtOnce * mostPerRequest && most <= mostPerRequest + 1;
  return verdictOn(asked, { grade: isModest ? 'pass' : 'fail', why: figures });
}

export const hammering: Scenario = {
  id: 'hammering',
  fault: `503 of all upstreams, for ${requestsAtOnce} requests at once`,
  demand: `told in time; at most ${mostPerRequest} calls a request on average`,
  play: fail,
  settledBy: 'any',
  run: outage,
};
