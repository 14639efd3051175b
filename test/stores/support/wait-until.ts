/** Resolves once a condition holds; looks every few milliseconds. Throws where it does not within the limit. */
export async function waitUntil(condition: () => Promise<boolean> | boolean, withinMs = 20_000): Promise<void> {
  const limit = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > limit) throw new Error('the condition did not come to hold');
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}
