import type { RequestHandler, Response } from 'express';

export type EventStream = ReturnType<typeof createEventStream>;

const maxBacklogBytes = 1024 * 1024;

/** Server-sent events: what happens in the simulator, as it happens. */
export function createEventStream() {
  const listeners = new Set<Response>();
  const heartbeat = setInterval(() => send(': still here\n\n'), 15_000);
  heartbeat.unref();

  function send(text: string): void {
    for (const listener of listeners) {
      // A listener that does not read would make us keep everything for it.
      if (listener.writableLength > maxBacklogBytes) listener.destroy();
      else listener.write(text);
    }
  }

  const handler: RequestHandler = (_request, response) => {
    response.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    response.flushHeaders();
    response.write(': listening\n\n');
    listeners.add(response);
    response.on('close', () => listeners.delete(response));
  };

  return {
    handler,
    /** `tell` is called only while somebody listens. */
    publish(type: string, tell: () => unknown): void {
      if (listeners.size > 0) send(`event: ${type}\ndata: ${JSON.stringify(tell())}\n\n`);
    },
    close(): void {
      clearInterval(heartbeat);
      for (const listener of listeners) listener.end();
    },
  };
}
