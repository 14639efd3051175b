import type { Protocol } from '../model/catalog.ts';
import type { SandboxAnswer, Segment } from './answer-prompt.ts';
import type { SandboxFailure } from './models.ts';

export interface SandboxTool {
  readonly name: string;
  /** A JSON Schema, or what came in its place. */
  readonly parameters: unknown;
}

/** What the sandbox reads of a request, whatever its protocol. */
export interface SandboxPrompt {
  /** All text of the prompt, tool definitions included: what is counted as input. */
  readonly inputText: string;
  /** The last user message that is not merely a tool's result; media stand in it as `[image]`. */
  readonly lastUserText: string;
  /** The last tool result, where it comes after the last user message. */
  readonly toolResult?: string;
  readonly tools: readonly SandboxTool[];
  readonly toolChoice: 'auto' | 'none' | 'required' | { readonly name: string };
  readonly wantsJson: boolean;
  readonly responseSchema?: unknown;
  readonly wantsReasoning: boolean;
  readonly maxOutputTokens?: number;
  readonly stop: readonly string[];
  /** Signatures of earlier answers that were given back. */
  readonly signatures: readonly string[];
}

/** A request as its protocol says it. */
export interface SandboxRequest {
  readonly model: string;
  readonly stream: boolean;
  /** Whether a stream ends with token counts. */
  readonly streamsUsage: boolean;
  readonly prompt: SandboxPrompt;
}

/** What an answer says about itself. */
export interface AnswerHead {
  readonly id: string;
  /** The model's name as the client wrote it. */
  readonly model: string;
  readonly createdSeconds: number;
  readonly answer: SandboxAnswer;
  readonly reportsUsage: boolean;
}

/** Writes one stream, event by event; every member returns whole events, or nothing. */
export interface StreamEncoder {
  open(): string;
  openSegment(segment: Segment): string;
  piece(segment: Segment, piece: string): string;
  closeSegment(segment: Segment): string;
  /** Finish reason and usage. */
  finish(): string;
  /** What says that the stream is whole; empty where `finish` says it. */
  marker(): string;
}

/** One wire protocol, seen from the server. */
export interface SandboxWire {
  readonly protocol: Protocol;
  /** The response header that carries the request's id. */
  readonly requestIdHeader: string;
  /**
   * @param target What the path says: model and kind of answer, where the protocol puts them there.
   * @throws {MalformedRequest}
   */
  readRequest(body: unknown, target: WireTarget): SandboxRequest;
  encodeAnswer(head: AnswerHead): string;
  createStreamEncoder(head: AnswerHead): StreamEncoder;
  /** The body of an answer with an error status. */
  encodeFailure(failure: WireFailure): string;
  /** The event, or the body, of an error under status 200. */
  encodeStreamError(): { readonly event: string; readonly body: string };
}

export interface WireTarget {
  readonly model?: string;
  readonly stream?: boolean;
}

export interface WireFailure extends SandboxFailure {
  readonly message: string;
  readonly requestId: string;
}

/** The request is not what the protocol demands; the message names the place, and quotes nothing. */
export class MalformedRequest extends Error {
  override readonly name = 'MalformedRequest';
}
