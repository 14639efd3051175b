import { errorAnswer } from './chat-wire.ts';
import type { FaultyCall } from './scenario.ts';

/** As OpenAI answers a key that it does not know. */
export async function rejectKey(call: FaultyCall): Promise<void> {
  const error = { type: 'invalid_request_error', code: 'invalid_api_key', message: 'Incorrect API key provided.' };
  await call.write(errorAnswer(401, error));
}
