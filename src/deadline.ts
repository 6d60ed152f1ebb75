/**
 * A signal that aborts after `ms`, or with `parent`. Call `done` when the work is over, if that may be long before. (Of
 * AbortSignal.any over an AbortSignal.timeout Node 20 may collect the latter as garbage, and then it never aborts.)
 */
export function deadline(ms: number, parent?: AbortSignal): { signal: AbortSignal; done: () => void } {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    parent?.removeEventListener('abort', follow);
    controller.abort(new DOMException('It took too long.', 'TimeoutError'));
  }, ms).unref();
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
