import { errorAnswer, inChunks, roleEvent, textEvents } from '../chat-wire.ts';
import { atFirstUpstream, oneRequest, outcomeOf, recovered, verdictOn } from '../judge.ts';
import { streamHead } from '../raw-provider.ts';
import type { Asked, FaultyCall, Scenario, Stage, Verdict } from '../scenario.ts';

/** A caller that left is noticed within this; what a provider generates meanwhile is paid for. */
const promptMs = 1_000;
/** What a request and a busy machine may add. */
const slackMs = 5_000;
const requestsAtOnce = 12;
const mostPerRequest = 3;

async function fail(call: FaultyCall): Promise<void> {
  await call.write(errorAnswer(503, { type: 'server_error', code: null, message: 'Unavailable.' }));
}

/** As OpenAI answers a key that it does not know. */
async function rejectKey(call: FaultyCall): Promise<void> {
  const error = { type: 'invalid_request_error', code: 'invalid_api_key', message: 'Incorrect API key provided.' };
  await call.write(errorAnswer(401, error));
}

/** Says something, and goes on as long as somebody listens. */
async function talkOn(call: FaultyCall): Promise<void> {
  const { model } = call.chat;
  await call.write(streamHead() + inChunks([roleEvent(model), ...textEvents(model, 'The keeper of')]));
  let isOver = false;
  void call.hungUp.then(() => {
    isOver = true;
  });
  while (!isOver) {
    await call.write(inChunks(textEvents(model, ' and')));
    await Promise.race([call.hungUp, new Promise(resolve => setTimeout(resolve, 100))]);
  }
}

async function leaveEarly(stage: Stage): Promise<Verdict> {
  const asked = await stage.ask({ onText: leave => leave() });
  const { leftAt } = asked.caller;
  if (leftAt === undefined) return verdictOn(asked, { grade: 'fail', why: 'the caller got no text to leave after' });
  await stage.until(() => asked.attempts.every(({ hungUpAt }) => hungUpAt !== undefined), 10_000);
  const [first] = asked.attempts;
  if (first?.hungUpAt === undefined)
    return verdictOn(asked, { grade: 'fail', why: 'the provider goes on, and is paid' });
  const lateMs = Math.max(0, Math.round(first.hungUpAt - leftAt));
  if (asked.attempts.length > 1)
    return verdictOn(asked, { grade: 'fail', why: 'asked again for a caller who had left' });
  return verdictOn(asked, { grade: lateMs <= promptMs ? 'pass' : 'safe', why: `hung up after ${lateMs} ms` });
}

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

export const conduct: readonly Scenario[] = [
  {
    id: 'client-abort',
    fault: 'none: the caller leaves in the midst of the stream',
    demand: 'the provider is hung up at once, and nobody else is asked',
    play: talkOn,
    run: leaveEarly,
  },
  {
    id: 'recovery',
    fault: 'the primary fails ten times at most, then heals',
    demand: 'used again within 30 s',
    play: call => (call.upstream === 'primary' ? fail(call) : call.answer()),
    settledBy: 'any',
    run: comeBack,
  },
  {
    id: '401-one',
    fault: '401 of one upstream: its key is no longer valid',
    demand: 'another upstream answers; never a 401 to the caller',
    play: atFirstUpstream(rejectKey),
    run: oneRequest(asked => recovered(asked)),
  },
  {
    id: '401-all',
    fault: '401 of all upstreams',
    demand: 'told as a failure of the gateway, never as one of the caller’s key',
    play: rejectKey,
    settledBy: 'any',
    run: oneRequest(({ caller, attempts }) => {
      if (caller.isHung) return { grade: 'fail', why: 'no end' };
      if (caller.status === 401 || caller.status === 403) {
        return { grade: 'fail', why: `the caller got ${caller.status}, and blames its own key` };
      }
      if (attempts.length > 4)
        return { grade: 'fail', why: `asked ${attempts.length} times with keys that are refused` };
      return outcomeOf(caller) === 'told'
        ? { grade: 'pass', why: `told as ${caller.status ?? 'a broken connection'}` }
        : { grade: 'fail', why: 'no error' };
    }),
  },
  {
    id: 'hammering',
    fault: `503 of all upstreams, for ${requestsAtOnce} requests at once`,
    demand: `told in time; at most ${mostPerRequest} calls a request on average`,
    play: fail,
    settledBy: 'any',
    run: outage,
  },
];
