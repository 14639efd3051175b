import type { SandboxFault } from './models.ts';
import type { AnswerHead, SandboxWire } from './sandbox-wire.ts';

/** How a body ends: whole, cleanly but not whole, by a reset of the connection, or never. */
export type Ending = 'whole' | 'cut' | 'reset' | 'hold';

export type Frames = Generator<string | Buffer, Ending, undefined>;

/** One stream: what goes out with the headers, then one frame a token, each made when it is asked for. */
export interface StreamScript {
  readonly opening: string | Buffer;
  readonly frames: Frames;
}

/**
 * Writes an answer as a stream of its protocol, with what is to go wrong with it.
 *
 * @param onToken Called for each token that is about to be sent.
 */
export function scriptStream(
  wire: SandboxWire,
  head: AnswerHead,
  fault: SandboxFault | undefined,
  onToken: () => void,
): StreamScript {
  const encoder = wire.createStreamEncoder(head);
  const opening = encoder.open();
  const pieces = head.answer.segments.reduce((sum, segment) => sum + segment.pieces.length, 0);
  const half = Math.ceil(pieces / 2);

  function* tokens(): Frames {
    if (fault === 'error-first') {
      yield wire.encodeStreamError().event;
      return 'cut';
    }
    let sent = 0;
    for (const segment of head.answer.segments) {
      let waiting = encoder.openSegment(segment);
      for (const piece of segment.pieces) {
        if (sent === half && fault !== undefined) {
          const broken = breakOff(fault, wire);
          if (broken.event !== '') yield broken.event;
          if (broken.ending !== undefined) return broken.ending;
        }
        sent += 1;
        onToken();
        const frame = waiting + encoder.piece(segment, piece);
        waiting = '';
        if (frame !== '') yield frame;
      }
      const closing = waiting + encoder.closeSegment(segment);
      if (closing !== '') yield closing;
    }
    yield encoder.finish() + (fault === 'no-done' ? '' : encoder.marker());
    return fault === 'no-done' ? 'cut' : 'whole';
  }

  if (fault !== 'split') return { opening, frames: tokens() };
  return { opening: '', frames: split(opening, tokens()) };
}

function breakOff(fault: SandboxFault, wire: SandboxWire): { readonly event: string; readonly ending?: Ending } {
  switch (fault) {
    case 'cut':
      return { event: '', ending: 'cut' };
    case 'reset':
      return { event: '', ending: 'reset' };
    case 'stall':
      return { event: '', ending: 'hold' };
    case 'error-late':
      return { event: wire.encodeStreamError().event, ending: 'cut' };
    case 'malformed':
      return { event: 'data: {"id":"sandbox","choices":[{"delta":\n\n' };
    default:
      return { event: '' };
  }
}

function* split(opening: string, frames: Frames): Frames {
  yield* cutBytes(opening);
  for (;;) {
    const step = frames.next();
    if (step.done === true) return step.value;
    yield* cutBytes(step.value);
  }
}

/** Cuts a text in thirds, and behind the first byte of its first character that has several. */
export function cutBytes(text: string | Buffer): readonly Buffer[] {
  const bytes = Buffer.from(text);
  const wide = bytes.findIndex(byte => byte >= 0xc0);
  const cuts = [Math.ceil(bytes.length / 3), Math.ceil((bytes.length * 2) / 3), ...(wide === -1 ? [] : [wide + 1])];
  const places = [0, ...cuts.sort((left, right) => left - right), bytes.length];
  return places.slice(1).flatMap((end, index) => {
    const part = bytes.subarray(places[index] ?? 0, end);
    return part.length === 0 ? [] : [part];
  });
}
