import { errorAnswer, event, streamToTheEnd } from '../chat-wire.ts';
import { atFirstUpstream, oneRequest, outcomeOf, recovered, verdictOn } from '../judge.ts';
import { wholeAnswer } from '../raw-provider.ts';
import type { Asked, FaultyCall, Scenario } from '../scenario.ts';

async function fail(call: FaultyCall, status: number): Promise<void> {
  await call.write(errorAnswer(status, { type: 'server_error', code: null, message: 'The server had an error.' }));
}

/** A failure before anything was said: the caller need not notice. */
function failure(id: string, fault: string, play: (call: FaultyCall) => void | Promise<void>): Scenario {
  return {
    id,
    fault,
    demand: 'another upstream answers',
    play: atFirstUpstream(play),
    run: oneRequest(asked => recovered(asked)),
  };
}

export const failures: readonly Scenario[] = [
  {
    id: '500-once',
    fault: '500, once',
    demand: 'tried again, here or elsewhere',
    play: call => (call.earlier.length === 0 ? fail(call, 500) : call.answer()),
    run: oneRequest(asked => recovered(asked)),
  },
  failure('503-persistent', '503, for as long as it lasts', call => fail(call, 503)),
  failure('529-overloaded', '529, overloaded', call => fail(call, 529)),
  failure('reset-early', 'a reset instead of an answer', call => call.reset()),
  failure('hang-up-early', 'a hang-up instead of an answer', call => call.end()),
  failure('html', 'an HTML page under status 200', call =>
    call.write(wholeAnswer(200, '<html><body>Bad gateway</body></html>', { 'content-type': 'text/html' })),
  ),
  failure('error-first', 'status 200, then an error as the first event', async call => {
    const error = { type: 'server_error', code: 'overloaded', message: 'Overloaded' };
    if (!call.chat.isStream) return await call.write(wholeAnswer(200, JSON.stringify({ error })));
    await call.write(streamToTheEnd + event({ error }));
    call.end();
  }),
  {
    id: 'refused',
    fault: 'connections refused, by each of the two in turn',
    demand: 'the other answers',
    play: call => call.answer(),
    async run(stage) {
      const asked: Asked[] = [];
      for (const upstream of ['primary', 'secondary'] as const) {
        await stage.refuse(upstream, async () => void asked.push(await stage.ask()));
      }
      const judged = asked.map(one => recovered(one));
      const isHung = asked.some(({ caller }) => outcomeOf(caller) === 'hung');
      return verdictOn(
        asked,
        judged.find(({ grade }) => isHung || grade !== 'pass') ?? { grade: 'pass', why: 'answered whole' },
      );
    },
  },
];
