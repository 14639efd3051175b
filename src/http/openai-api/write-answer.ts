import type { Answer, Citation, Completion, FinishReason, MediaAnswer } from '../../model/completion.ts';
import { writeReasoningDetails } from './reasoning-details.ts';
import { receiptMember } from './receipt-members.ts';
import { writeUsage } from './write-usage.ts';

/** Who answered, in the caller's words. */
export interface Answerer {
  /** The model of the endpoint that answered. */
  readonly modelId: string;
  readonly providerName: string;
}

/** Writes a finished completion as OpenAI's `chat.completion`. */
export function writeAnswer(completion: Completion, answer: Answer, answerer: Answerer): string {
  return JSON.stringify({
    id: completion.id,
    object: 'chat.completion',
    created: Math.floor(completion.createdAt / 1_000),
    model: answerer.modelId,
    provider: answerer.providerName,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: answer.text === '' && (answer.toolCalls.length > 0 || answer.refusal !== '') ? null : answer.text,
          refusal: answer.refusal === '' ? null : answer.refusal,
          ...(answer.reasoning === '' ? {} : { reasoning: answer.reasoning }),
          ...finalMembers(answer),
          ...(answer.toolCalls.length === 0
            ? {}
            : {
                tool_calls: answer.toolCalls.map(call => ({
                  id: call.id,
                  type: 'function',
                  function: { name: call.name, arguments: call.arguments },
                })),
              }),
        },
        finish_reason: writeFinishReason(completion.finishReason, answer),
        logprobs: null,
      },
    ],
    usage: writeUsage(completion.usage),
    ...receiptMember(completion),
  });
}

/** What is known only at the end of an answer, streamed or not. */
export function finalMembers(answer: Answer): Readonly<Record<string, unknown>> {
  const details = writeReasoningDetails(answer.continuation);
  const annotations = answer.citations.map(writeAnnotation);
  const images = answer.media.filter(media => media.mediaType.startsWith('image/')).map(writeImage);
  return {
    ...(details === undefined ? {} : { reasoning_details: details }),
    ...(annotations.length === 0 ? {} : { annotations }),
    ...(images.length === 0 ? {} : { images }),
  };
}

/** A refusal in words is an answer that stopped, as at OpenAI; one without any is their `content_filter`. */
export function writeFinishReason(reason: FinishReason | undefined, answer: Answer): string {
  switch (reason) {
    case 'LENGTH':
      return 'length';
    case 'TOOL_CALLS':
      return 'tool_calls';
    case 'CONTENT_FILTER':
      return 'content_filter';
    case 'REFUSAL':
      return answer.refusal === '' && answer.text === '' ? 'content_filter' : 'stop';
    case 'STOP':
    case undefined:
      return 'stop';
  }
}

function writeAnnotation({ url, title, start, end }: Citation): Readonly<Record<string, unknown>> {
  return {
    type: 'url_citation',
    url_citation: {
      url: url ?? '',
      title: title ?? '',
      ...(start === undefined ? {} : { start_index: start }),
      ...(end === undefined ? {} : { end_index: end }),
    },
  };
}

function writeImage({ mediaType, data, url }: MediaAnswer): Readonly<Record<string, unknown>> {
  return { type: 'image_url', image_url: { url: url ?? `data:${mediaType};base64,${data ?? ''}` } };
}
