import { done, errorAnswer, finishEvent, inChunks, roleEvent, textEvents, usageEvent } from '../chat-wire.ts';
import { atFirstUpstream, type Judgement, oneRequest, outcomeOf, verdictOn } from '../judge.ts';
import { lastChunk, streamHead } from '../raw-provider.ts';
import type { Asked, FaultyCall, Scenario } from '../scenario.ts';

/** An error that the caller has to see, as a fault of its request. */
function passedOn({ caller, attempts }: Asked, words: RegExp, elsewhere: Judgement): Judgement {
  if (outcomeOf(caller) === 'hung') return { grade: 'fail', why: `no end within ${Math.round(caller.totalMs)} ms` };
  if (outcomeOf(caller) !== 'told') return elsewhere;
  if (attempts.length > 1)
    return { grade: 'fail', why: `asked ${attempts.length} times, though no repetition can help` };
  if (caller.status === 401 || caller.status === 403 || caller.status === 429) {
    return { grade: 'fail', why: `came as ${caller.status}` };
  }
  return words.test(caller.error ?? '')
    ? { grade: 'pass', why: 'the reason was passed on' }
    : { grade: 'safe', why: `failed, without the reason: ${caller.error ?? 'nothing'}` };
}

async function echo(call: FaultyCall): Promise<void> {
  const message = `Cannot read the request "${call.chat.text}" of ${call.credential}`;
  await call.write(errorAnswer(400, { type: 'invalid_request_error', code: 'invalid_value', message }));
}

export const refusals: readonly Scenario[] = [
  {
    id: 'context-length',
    fault: '400: the prompt is longer than the context',
    demand: 'the caller is told; the same model is not asked again',
    play: atFirstUpstream(async call => {
      const message = "This model's maximum context length is 8192 tokens.";
      await call.write(errorAnswer(400, { type: 'invalid_request_error', code: 'context_length_exceeded', message }));
    }),
    run: oneRequest(asked =>
      passedOn(asked, /context|length|too long/i, {
        grade: 'safe',
        why: 'another upstream was asked for the same model',
      }),
    ),
  },
  {
    id: 'content-filter',
    fault: '400: the content filter refuses the prompt',
    demand: 'the caller is told; no other upstream is asked instead',
    play: atFirstUpstream(async call => {
      const message = 'The response was filtered.';
      await call.write(errorAnswer(400, { type: 'invalid_request_error', code: 'content_filter', message }));
    }),
    run: oneRequest(asked =>
      passedOn(asked, /filter|policy|moderat/i, { grade: 'fail', why: 'the filter was routed around' }),
    ),
  },
  {
    id: 'filter-finish',
    fault: 'half of the answer, then the finish reason content_filter',
    demand: 'the reason is passed on',
    play: atFirstUpstream(async call => {
      const { model, textToCome } = call.chat;
      const texts = textEvents(model, textToCome);
      const ending = [finishEvent(model, 'content_filter'), usageEvent(model), done];
      await call.write(streamHead() + inChunks([roleEvent(model), ...texts.slice(0, 5), ...ending]) + lastChunk);
    }),
    run: oneRequest(({ caller, attempts }) => {
      if (attempts.length > 1) return { grade: 'fail', why: 'the filter was routed around' };
      if (caller.finishReason === 'content_filter') return { grade: 'pass', why: 'the reason was passed on' };
      return outcomeOf(caller) === 'told'
        ? { grade: 'safe', why: 'failed, without the finish reason' }
        : { grade: 'fail', why: `finished as ${caller.finishReason ?? 'nothing'}` };
    }),
  },
  {
    id: 'echoed-key',
    fault: '400, whose message repeats the prompt and the key',
    demand: 'the caller is told, and never shown the key',
    play: echo,
    async run(stage) {
      const asked = await stage.ask();
      const secrets = asked.attempts
        .map(({ credential }) => credential.replace(/^Bearer /, ''))
        .filter(key => key !== '');
      const isShown = secrets.some(secret => asked.caller.raw.includes(secret));
      if (isShown) return verdictOn(asked, { grade: 'fail', why: 'the gateway’s key was shown to the caller' });
      return verdictOn(
        asked,
        outcomeOf(asked.caller) === 'told'
          ? { grade: 'pass', why: 'told, without the key' }
          : { grade: 'fail', why: 'no error' },
      );
    },
  },
];
