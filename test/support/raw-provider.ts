export {
  chunk,
  head,
  lastChunk,
  type RawExchange,
  type RawProvider,
  type RawScript,
  type SeenRequest,
  startRawProvider,
  streamHead,
  wholeAnswer,
} from '../../src/chaos/raw-provider.ts';
