import { expect, test } from 'vitest';
import { streamChoices } from '../../../src/gateway/stream-choices.ts';
import { request } from '../../support/open-gate.ts';

const defaults = {
  handoff: 'TERMINATE',
  hold: 'COMPLETE',
  workloads: { chat: { handoff: 'RESTART', hold: 'NONE' } },
} as const;

test('the caller decides, then the workload’s configuration, then that for all', () => {
  const asked = request({ hold: 'NONE', routing: { handoff: 'CONTINUE' } });
  expect(streamChoices(asked, 'GRAPHQL', defaults)).toEqual({ handoff: 'CONTINUE', holdsBack: false });
  const chat = request({ workload: 'chat' });
  expect(streamChoices(chat, 'GRAPHQL', defaults)).toEqual({ handoff: 'RESTART', holdsBack: false });
  expect(streamChoices(request(), 'GRAPHQL', defaults)).toEqual({ handoff: 'TERMINATE', holdsBack: true });
  expect(streamChoices(request(), 'GRAPHQL')).toEqual({ handoff: 'CONTINUE', holdsBack: false });
});

test('a workload that is named like a member of every object has no settings of its own', () => {
  const chosen = streamChoices(request({ workload: 'constructor' }), 'GRAPHQL', defaults);
  expect(chosen).toEqual({ handoff: 'TERMINATE', holdsBack: true });
});

test('RESTART is CONTINUE for OpenAI’s clients; what is not streamed is not held', () => {
  const asked = request({ routing: { handoff: 'RESTART' }, hold: 'COMPLETE', stream: false });
  expect(streamChoices(asked, 'OPENAI')).toEqual({ handoff: 'CONTINUE', holdsBack: false });
});
