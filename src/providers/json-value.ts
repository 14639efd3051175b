/** A JSON object from outside, whose members are unknown until they are read. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Parses JSON; undefined where the text is none (no JSON text stands for undefined). */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The value where it is an object, and no array. */
export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

/** The value where it is an array, else an empty one: vendors write null, or nothing, for "none". */
export function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The objects in an array; what else is in it is left out. */
/** The value where it is an object, and no array. */
export function asObjects(value: unknown): readonly JsonObject[] {
  const objects: JsonObject[] = [];
  for (const item of asArray(value)) {
    const object = asObject(item);
    if (object !== undefined) objects.push(object);
  }
  return objects;
}

/** The value where it is a string that holds something. */
export function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The value where it is a finite number. */
export function asNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
