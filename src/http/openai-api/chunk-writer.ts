import { GatewayError } from '../../errors.ts';
import type { Endpoint } from '../../model/catalog.ts';
import type { Answer, Completion, CompletionError, CompletionEvent, TerminalEvent } from '../../model/completion.ts';
import { toOpenAiError } from './errors.ts';
import { receiptMember } from './receipt-members.ts';
import { isDelta, standingEvents, voids } from './standing-events.ts';
import { type Answerer, finalMembers, writeFinishReason } from './write-answer.ts';
import { writeUsage } from './write-usage.ts';

export interface ChunkWriterOptions {
  readonly includesUsage: boolean;
  readonly answererOf: (endpoint: Endpoint) => Answerer;
}

/** Writes a run's events as OpenAI's `chat.completion.chunk` stream. One serves one answer. */
export interface ChunkWriter {
  /** The text for the events that arrived together, ready for the socket; empty where they show nothing. */
  write(batch: readonly CompletionEvent[]): string;
  /** Whether its last event is written. */
  readonly isOver: boolean;
}

const voided = 'Another endpoint began the answer anew: what was sent of it is void.';
const noAnswer: Answer = { text: '', reasoning: '', refusal: '', citations: [], media: [], toolCalls: [] };

/**
 * Makes a writer. What is the same in every chunk is built once, when the endpoint is known.
 *
 * A stream that did not finish ends with an error: without a `finish_reason` and without `[DONE]`, so that no client
 * takes a cut answer for a whole one. A handoff that voids what was written is such an end: nothing in this protocol takes
 * text back.
 */
export function createChunkWriter(options: ChunkWriterOptions): ChunkWriter {
  const { includesUsage, answererOf } = options;
  let head = '';
  const tail = `,"finish_reason":null,"logprobs":null}]${includesUsage ? ',"usage":null' : ''}}\n\n`;
  let beforeDelta = '';
  let hasRole = false;
  /** The number of the last delta that was written. */
  let writtenSeq: number | undefined;
  let isOver = false;

  function headOf(completionId: string, { modelId, providerName }: Answerer): string {
    const members = {
      id: completionId,
      object: 'chat.completion.chunk',
      created: createdAtOf(completionId),
      model: modelId,
      provider: providerName,
    };
    return `data: ${JSON.stringify(members).slice(0, -1)}`;
  }

  function begin(completionId: string, endpoint: Endpoint): string {
    head = headOf(completionId, answererOf(endpoint));
    beforeDelta = `${head},"choices":[{"index":0,"delta":`;
    if (hasRole) return '';
    hasRole = true;
    return `${beforeDelta}{"role":"assistant","content":""}${tail}`;
  }

  function writeEvent(event: CompletionEvent): string {
    switch (event.type) {
      case 'text':
        return `${beforeDelta}{"content":${JSON.stringify(event.text)}}${tail}`;
      case 'reasoning':
        return `${beforeDelta}{"reasoning":${JSON.stringify(event.text)}}${tail}`;
      case 'refusal':
        return `${beforeDelta}{"refusal":${JSON.stringify(event.text)}}${tail}`;
      case 'tool-call': {
        const { index, id, name, arguments: fragment } = event;
        const call = {
          index,
          ...(id === undefined ? {} : { id, type: 'function' }),
          function: { ...(name === undefined ? {} : { name }), arguments: fragment },
        };
        return `${beforeDelta}{"tool_calls":[${JSON.stringify(call)}]}${tail}`;
      }
      case 'started':
        return begin(event.completionId, event.endpoint);
      case 'handoff':
        return writtenSeq !== undefined && voids(event, writtenSeq)
          ? endWith(writeStreamError(new GatewayError('STREAM_CUT', voided)))
          : begin(event.completionId, event.to);
      case 'accepted':
        return '';
      case 'finished':
      case 'failed':
      case 'incomplete':
        return endWith(writeEnd(event));
    }
  }

  function endWith(text: string): string {
    isOver = true;
    return text;
  }

  function writeEnd(event: TerminalEvent): string {
    const { completion } = event;
    const receipt = receiptMember(completion);
    if (event.type !== 'finished') return writeStreamError(event.error, receipt);
    const answer = completion.answer ?? noAnswer;
    const finish = JSON.stringify(writeFinishReason(completion.finishReason, answer));
    const delta = JSON.stringify(finalMembers(answer));
    const more = includesUsage ? ',"usage":null' : membersOf(receipt);
    const finalTail = `,"finish_reason":${finish},"logprobs":null}]${more}}\n\n`;
    return `${beforeDelta}${delta}${finalTail}${writeUsageChunk(completion, receipt)}data: [DONE]\n\n`;
  }

  function writeUsageChunk(completion: Completion, receipt: object): string {
    if (!includesUsage) return '';
    return `${head},"choices":[],"usage":${JSON.stringify(writeUsage(completion.usage))}${membersOf(receipt)}}\n\n`;
  }

  return {
    write(batch) {
      let text = '';
      for (const event of standingEvents(batch)) {
        if (isOver) break;
        text += writeEvent(event);
        if (isDelta(event.type)) writtenSeq = event.seq;
      }
      return text;
    },
    get isOver() {
      return isOver;
    },
  };
}

/** The instant in a UUIDv7, in seconds. */
function createdAtOf(id: string): number {
  return Math.floor(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) / 1_000);
}

/** The members of an object as they go on in one that is open. */
function membersOf(object: object): string {
  const text = JSON.stringify(object).slice(1, -1);
  return text === '' ? '' : `,${text}`;
}

/**
 * The last event of a stream that failed after its status was sent.
 *
 * @param more Further members beside the error.
 */
export function writeStreamError(error: GatewayError | CompletionError, more: object = {}): string {
  return `data: ${JSON.stringify({ error: toOpenAiError(error), ...more })}\n\n`;
}
