/**
 * The events of a source that has yet to begin.
 *
 * It begins at the first `next()`. `return()` ends both at once: what has not begun never begins, and what begins
 * meanwhile is left as soon as it is there.
 */
export function lateEvents<T>(begin: () => Promise<AsyncIterableIterator<T>>): AsyncIterableIterator<T> {
  let source: Promise<AsyncIterableIterator<T>> | undefined;
  let hasLeft = false;

  return {
    async next() {
      if (hasLeft) return { done: true, value: undefined };
      source ??= begin();
      const begun = await source;
      return begun.next();
    },
    return() {
      hasLeft = true;
      // A source that failed to begin has told so by `next`.
      void source?.then(begun => begun.return?.()).catch(() => {});
      return Promise.resolve({ done: true, value: undefined });
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
