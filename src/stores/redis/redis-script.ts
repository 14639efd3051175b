import { createHash } from 'node:crypto';

/** A script that runs in Redis in one step. */
export interface RedisScript {
  readonly text: string;
  readonly sha: string;
}

/** One run of a script. All keys share one hash tag; keys and arguments are never part of its text. */
export interface ScriptCall {
  readonly script: RedisScript;
  readonly keys: readonly string[];
  readonly arguments: readonly (string | number)[];
}

/** Makes a script of Lua text, under the name that Redis keeps it by. */
export function redisScript(text: string): RedisScript {
  return { text, sha: createHash('sha1').update(text).digest('hex') };
}
