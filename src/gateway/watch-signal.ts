import { createSlots, type Slots } from '../stream/slots.ts';

const watching = new WeakMap<AbortSignal, Slots<() => void>>();

/**
 * Calls `action` when the signal aborts, through one listener for all who watch it.
 *
 * For signals that outlive those who watch: Node's removed listeners go on pointing at the ones added after them, and
 * so keep finished runs alive until the next full collection.
 *
 * @returns Stops watching.
 */
export function watchSignal(signal: AbortSignal, action: () => void): () => void {
  return (watching.get(signal) ?? beginToWatch(signal)).add(action);
}

function beginToWatch(signal: AbortSignal): Slots<() => void> {
  const actions = createSlots<() => void>();
  watching.set(signal, actions);
  signal.addEventListener(
    'abort',
    () => {
      for (const action of actions.members()) action();
    },
    { once: true },
  );
  return actions;
}
