import { asNumber } from '../../providers/json-value.ts';
import { done, event, finishEvent, inChunks, roleEvent, textEvents, usage, usageEvent } from '../chat-wire.ts';
import { atFirstUpstream, type Judgement, oneRequest, outcomeOf, recovered } from '../judge.ts';
import { lastChunk, streamHead } from '../raw-provider.ts';
import type { Asked, FaultyCall, Scenario } from '../scenario.ts';

/** What a whole answer of this size can have used at most; a sum of repeated reports is beyond. */
const mostTokens = 2 * usage.total_tokens - 1;
const promptlyMs = 5_000;

async function endWith(call: FaultyCall, ending: readonly string[]): Promise<void> {
  const { model, textToCome } = call.chat;
  await call.write(streamHead() + inChunks([roleEvent(model), ...textEvents(model, textToCome), ...ending]));
}

function wholeAndPrompt(asked: Asked): Judgement {
  const judged = recovered(asked, { withinMs: promptlyMs });
  if (judged.grade !== 'pass') return judged;
  if (asked.attempts.length > 1) return { grade: 'safe', why: 'a whole answer was thrown away, and paid for twice' };
  return asked.caller.doneCount === 1 ? judged : { grade: 'safe', why: 'whole, but the caller got no [DONE]' };
}

/** Usage that the caller can add up. */
function withSaneUsage(asked: Asked): Judgement {
  const judged = wholeAndPrompt(asked);
  if (judged.grade === 'fail' || outcomeOf(asked.caller) !== 'whole') return judged;
  const { usage: reported } = asked.caller;
  if (reported === undefined) return { grade: 'safe', why: 'whole, but without any usage' };
  const counts = [reported.prompt_tokens, reported.completion_tokens, reported.total_tokens].map(asNumber);
  const isSane = counts.every(
    count => count !== undefined && Number.isInteger(count) && count > 0 && count <= mostTokens,
  );
  if (!isSane) return { grade: 'fail', why: `believed usage of ${counts.map(count => count ?? 'nothing').join(', ')}` };
  return judged;
}

function usageFault(id: string, fault: string, reports: (model: string) => readonly string[]): Scenario {
  return {
    id,
    fault,
    demand: 'a whole answer, with usage that can be added up',
    play: atFirstUpstream(async call => {
      const { model } = call.chat;
      await endWith(call, [finishEvent(model), ...reports(model), done]);
      await call.write(lastChunk);
    }),
    run: oneRequest(withSaneUsage),
  };
}

const absurd = { prompt_tokens: -5, completion_tokens: 1e15, total_tokens: 1e15 };

export const oddEndings: readonly Scenario[] = [
  {
    id: 'missing-done',
    fault: 'a finish reason and usage, then the end of the body without [DONE]',
    demand: 'a whole answer',
    play: atFirstUpstream(async call => {
      await endWith(call, [finishEvent(call.chat.model), usageEvent(call.chat.model)]);
      await call.write(lastChunk);
    }),
    run: oneRequest(wholeAndPrompt),
  },
  {
    id: 'missing-end',
    fault: 'a finish reason and usage; neither [DONE] nor the end of the body',
    demand: `a whole answer, within ${promptlyMs / 1_000} s`,
    play: atFirstUpstream(async call => {
      await endWith(call, [finishEvent(call.chat.model), usageEvent(call.chat.model)]);
      await call.hungUp;
    }),
    run: oneRequest(wholeAndPrompt),
  },
  {
    id: 'after-done',
    fault: 'two finish reasons, [DONE] twice, and text after it',
    demand: 'a whole answer, once',
    play: atFirstUpstream(async call => {
      const { model } = call.chat;
      const finish = finishEvent(model);
      await endWith(call, [finish, finish, usageEvent(model), done, ...textEvents(model, ' And again.'), done]);
      await call.write(lastChunk);
    }),
    run: oneRequest(wholeAndPrompt),
  },
  usageFault('usage-missing', 'no usage', () => []),
  usageFault('usage-doubled', 'usage twice', model => [usageEvent(model), usageEvent(model)]),
  usageFault('usage-absurd', 'usage below nothing, and beyond belief', model => [
    usageEvent(model, absurd),
    event({ id: 'chatcmpl-chaos', object: 'chat.completion.chunk', model, choices: [], usage: 'many' }),
  ]),
];
