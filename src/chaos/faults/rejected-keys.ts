import { errorAnswer } from '../chat-wire.ts';
import { atFirstUpstream, oneRequest, outcomeOf, recovered } from '../judge.ts';
import type { FaultyCall, Scenario } from '../scenario.ts';

/** As OpenAI answers a key that it does not know. */
async function rejectKey(call: FaultyCall): Promise<void> {
  const error = { type: 'invalid_request_error', code: 'invalid_api_key', message: 'Incorrect API key provided.' };
  await call.write(errorAnswer(401, error));
}

export const rejectedKeys: readonly Scenario[] = [
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
];
