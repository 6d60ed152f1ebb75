/**
 * A signal that aborts after `ms`, or with `parent`. Call `done` when the work is over: unlike AbortSignal.any and
 * AbortSignal.timeout it leaves nothing for the garbage collector to find out.
 */
export function deadline(ms: number, parent?: AbortSignal): { signal: AbortSignal; done: () => void } {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new DOMException('It took too long.', 'TimeoutError')), ms);
  const follow = () => controller.abort(parent?.reason);
  if (parent?.aborted) follow();
  parent?.addEventListener('abort', follow);
  return {
    signal: controller.signal,
    done() {
      clearTimeout(timer);
      parent?.removeEventListener('abort', follow);
    },
  };
}
