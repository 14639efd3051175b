/** A text with the pieces that it is streamed in. */
export interface Prose {
  readonly text: string;
  readonly pieces: readonly string[];
}

const opening = "This answer comes from Tollgate's sandbox, which runs on this machine and asks no model.";

const facts: readonly string[] = [
  'It speaks the wire protocols of OpenAI, Anthropic and Gemini, so every part of the gateway is exercised on the way.',
  'Set OPENAI_API_KEY, ANTHROPIC_API_KEY or GEMINI_API_KEY in the environment, and the real models are there at the next start.',
  'A provider of your own is a few lines under `providers` in tollgate.yaml: an address, a protocol and a list of models.',
  'Each answer names the endpoint that gave it, the tokens it used and its cost in dollars, to the nano-dollar.',
  'The query `route` shows which endpoints a request could use, and for each of the others why it could not.',
  'A subscription delivers the same completion as a stream, over server-sent events or a WebSocket.',
  'The OpenAI-compatible API under /v1 goes through the same gate, with the same keys and the same ledger.',
  'When a client goes away in the middle of an answer, the call to the provider is closed at once.',
  'An answer that was cut off is reported as incomplete, and its text is never passed off as the whole.',
  'The model sandbox/echo repeats your prompt; sandbox/slow takes its time; sandbox/cut breaks off halfway.',
  'Labels and workloads on a request let you group usage later by feature, team or customer.',
  'The same prompt always gets this same answer here, which makes the sandbox a good partner for tests.',
];

/** Coprime to the number of facts, so that each walks through all of them. */
const strides: readonly number[] = [1, 5, 7, 11];

const variants = new Map<string, Prose>();

/** Cuts a text into the pieces of a stream: words with the space before them, long words in parts, no character split. */
export function toPieces(text: string): readonly string[] {
  return text.match(/\s*\S{1,12}|\s+/gu) ?? [];
}

/**
 * The prose for a prompt: an opening that says who answers, and facts chosen by `seed`.
 *
 * @param seed A whole number from 0; 48 different ones are told apart.
 * @param sentences How many facts follow the opening.
 */
export function proseFor(seed: number, sentences: number): Prose {
  const start = seed % facts.length;
  const stride = strides[Math.floor(seed / facts.length) % strides.length] ?? 1;
  const key = `${start}.${stride}.${sentences}`;
  const known = variants.get(key);
  if (known !== undefined) return known;
  const chosen = Array.from({ length: sentences }, (_, index) => facts[(start + index * stride) % facts.length] ?? '');
  const text = [opening, ...chosen].join(' ');
  const made = { text, pieces: toPieces(text) };
  variants.set(key, made);
  return made;
}
