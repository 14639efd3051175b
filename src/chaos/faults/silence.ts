import { inChunks, roleEvent, textEvents } from '../chat-wire.ts';
import { atFirstUpstream, attemptsAtFirst, type Judgement, oneRequest, outcomeOf, recovered } from '../judge.ts';
import { streamHead } from '../raw-provider.ts';
import type { Asked, FaultyCall, Scenario, Stage } from '../scenario.ts';

const silenceDemand = 'another upstream answers in time; the silent one is hung up, and not asked twice';

/** Silence has to be ended by the gateway: by hanging up, and by not asking the silent one again. */
function endsSilence(asked: Asked, stage: Stage): Judgement {
  const judged = recovered(asked);
  if (judged.grade === 'fail') return judged;
  if (attemptsAtFirst(asked.attempts) > 1) {
    return {
      grade: 'safe',
      why: `${judged.why}, but a silent upstream was asked ${attemptsAtFirst(asked.attempts)} times`,
    };
  }
  const isLeft = asked.attempts[0]?.hungUpAt !== undefined;
  if (!isLeft) return { grade: 'fail', why: 'the silent call was left running, and is paid for' };
  return judged.grade === 'pass' && asked.caller.totalMs > stage.patienceMs
    ? { grade: 'safe', why: `answered, after ${Math.round(asked.caller.totalMs)} ms` }
    : judged;
}

async function stall(call: FaultyCall): Promise<void> {
  const { model, textToCome } = call.chat;
  const texts = textEvents(model, textToCome);
  await call.write(streamHead() + inChunks([roleEvent(model), ...texts.slice(0, Math.ceil(texts.length / 2))]));
  const pings = setInterval(() => void call.write(inChunks([': ping\n\n'])), 100);
  await call.hungUp;
  clearInterval(pings);
}

export const silence: readonly Scenario[] = [
  {
    id: 'black-hole',
    fault: 'takes the request, and never answers',
    demand: silenceDemand,
    play: atFirstUpstream(async call => void (await call.hungUp)),
    run: oneRequest(endsSilence),
  },
  {
    id: 'black-hole-unary',
    fault: 'takes a request for an answer in one piece, and never answers',
    demand: silenceDemand,
    play: atFirstUpstream(async call => void (await call.hungUp)),
    run: oneRequest(endsSilence, { isStream: false }),
  },
  {
    id: 'slow-first-token',
    fault: 'status and headers at once, and then no token',
    demand: silenceDemand,
    play: atFirstUpstream(async call => {
      await call.write(streamHead() + inChunks([roleEvent(call.chat.model)]));
      await call.hungUp;
    }),
    run: oneRequest(endsSilence),
  },
  {
    id: 'stall',
    fault: 'half of the answer, and then nothing but comments',
    demand: 'the rest comes from elsewhere, or the caller is told; the stalled call is hung up',
    play: atFirstUpstream(stall),
    run: oneRequest(asked => {
      const judged = recovered(asked);
      if (judged.grade === 'fail' || outcomeOf(asked.caller) === 'hung') return judged;
      return asked.attempts[0]?.hungUpAt === undefined
        ? { grade: 'fail', why: 'the stalled call was left running, and is paid for' }
        : judged;
    }),
  },
];
