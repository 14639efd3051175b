import type { Answer, FinishReason } from '../model/completion.ts';
import type { ReportedUsage } from '../model/usage.ts';
import type { ProviderEvent } from '../providers/provider.ts';

interface ToolCallParts {
  id: string;
  name: string;
  arguments: string;
}

/** Puts one attempt's events together: the answer so far, what was reported of its usage, and how it finished. */
export interface AnswerBuilder {
  add(event: ProviderEvent): void;
  answer(): Answer;
  readonly reportedUsage: ReportedUsage;
  readonly finishReason: FinishReason | undefined;
  /** All text that the model made, by channel and tool call, in order to count it. */
  outputTexts(): readonly string[];
}

export function createAnswerBuilder(): AnswerBuilder {
  const texts = { text: '', reasoning: '', refusal: '' };
  const citations: Answer['citations'][number][] = [];
  const media: Answer['media'][number][] = [];
  const toolCalls: ToolCallParts[] = [];
  let continuation: string | undefined;
  let reportedUsage: ReportedUsage = {};
  let finishReason: FinishReason | undefined;

  return {
    add(event) {
      switch (event.type) {
        case 'text':
        case 'reasoning':
        case 'refusal':
          texts[event.type] += event.text;
          break;
        case 'tool-call': {
          toolCalls[event.index] ??= { id: '', name: '', arguments: '' };
          const call = toolCalls[event.index];
          if (call === undefined) break;
          if (event.id !== undefined) call.id = event.id;
          if (event.name !== undefined) call.name = event.name;
          call.arguments += event.arguments;
          break;
        }
        case 'citation':
          citations.push(event.citation);
          break;
        case 'media':
          media.push(event.media);
          break;
        case 'continuation':
          continuation = event.value;
          break;
        case 'usage':
          reportedUsage = mergeUsage(reportedUsage, event.usage);
          break;
        case 'finish':
          finishReason ??= event.reason;
          break;
        case 'accepted':
        case 'end':
        case 'failure':
          break;
      }
    },
    answer: () => ({
      ...texts,
      citations,
      media,
      toolCalls: toolCalls.filter(call => call !== undefined),
      ...(continuation === undefined ? {} : { continuation }),
    }),
    get reportedUsage() {
      return reportedUsage;
    },
    get finishReason() {
      return finishReason;
    },
    outputTexts: () =>
      [texts.reasoning, texts.text, texts.refusal, ...toolCalls.map(call => call.name + call.arguments)].filter(
        text => text !== '',
      ),
  };
}

/** Counts are repeated, and run up: of each the largest that was reported holds, never their sum. */
function mergeUsage(known: ReportedUsage, reported: ReportedUsage): ReportedUsage {
  const grown = Object.entries(reported).filter(([name, amount]) => {
    const before = known[name as keyof ReportedUsage];
    return before === undefined || amount > before;
  });
  return { ...known, ...Object.fromEntries(grown) };
}
