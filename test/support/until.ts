/**
 * Waits until something is so, asking again and again.
 *
 * @param what Names it, for the failure.
 * @returns What was found, once it is neither false nor undefined.
 */
export async function until<T>(
  what: string,
  find: () => T | Promise<T>,
  withinMs = 10_000,
): Promise<Exclude<T, false | undefined>> {
  const end = performance.now() + withinMs;
  for (;;) {
    const found = await find();
    if (found !== false && found !== undefined) return found as Exclude<T, false | undefined>;
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}
