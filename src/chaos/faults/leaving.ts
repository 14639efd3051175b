import { inChunks, roleEvent, textEvents } from '../chat-wire.ts';
import { verdictOn } from '../judge.ts';
import { streamHead } from '../raw-provider.ts';
import type { FaultyCall, Scenario, Stage, Verdict } from '../scenario.ts';

/** A caller that left is noticed within this; what a provider generates meanwhile is paid for. */
const hangUpWithinMs = 1_000;

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
  return verdictOn(asked, { grade: lateMs <= hangUpWithinMs ? 'pass' : 'safe', why: `hung up after ${lateMs} ms` });
}

export const leaving: readonly Scenario[] = [
  {
    id: 'client-abort',
    fault: 'none: the caller leaves in the midst of the stream',
    demand: 'the provider is hung up at once, and nobody else is asked',
    play: talkOn,
    run: leaveEarly,
  },
];
