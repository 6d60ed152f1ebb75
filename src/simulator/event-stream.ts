import type { RequestHandler, Response } from 'express';
import type { CarrierEvent } from './messaging/messages.ts';
import { testimony } from './messaging/witness.ts';

export type EventStream = ReturnType<typeof createEventStream>;

const maxBacklogBytes = 1024 * 1024;

/** Server-sent events: `text.received`, `message.created` and `message.status`, each with the message as data. */
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
    publish(event: CarrierEvent): void {
      if (listeners.size > 0) send(`event: ${event.type}\ndata: ${JSON.stringify(testimony(event.message))}\n\n`);
    },
    close(): void {
      clearInterval(heartbeat);
      for (const listener of listeners) listener.end();
    },
  };
}
