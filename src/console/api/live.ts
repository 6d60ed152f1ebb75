import type { Request, Response } from 'express';

/** How often the store is asked whether something has changed, while somebody watches. */
const LOOK_EVERY = 400;
const HEARTBEAT = 15_000;
const MAX_BACKLOG = 1024 * 1024;

/**
 * Tells a page, as server-sent events, what `load` answers: at once, and again whenever `version` has changed. The store
 * is asked, not this process, so it does not matter which process did what; nobody asks while nobody watches.
 */
export function live(
  request: Request,
  response: Response,
  view: { version: () => Promise<string>; load: () => Promise<unknown> },
): void {
  response.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' });
  response.flushHeaders();
  let seen: string | undefined;
  let spokeAt = 0;
  let timer: NodeJS.Timeout | undefined;
  let open = true;

  function say(text: string): void {
    spokeAt = Date.now();
    // A page that does not read would make us keep everything for it.
    if (response.writableLength > MAX_BACKLOG) response.destroy();
    else response.write(text);
  }

  async function look(): Promise<void> {
    try {
      const version = await view.version();
      if (open && version !== seen) {
        const data = await view.load();
        seen = version;
        if (open) say(`event: view\ndata: ${JSON.stringify(data)}\n\n`);
      } else if (open && Date.now() - spokeAt > HEARTBEAT) {
        say(': nothing new\n\n');
      }
    } catch {
      // The store is away; what has changed meanwhile is told once it is back.
    }
    if (open) timer = setTimeout(look, LOOK_EVERY);
  }

  // `request` closes with its body, which a GET does not have.
  request.socket.on('close', end);
  response.on('close', end);
  function end(): void {
    open = false;
    clearTimeout(timer);
    request.socket.off('close', end);
  }
  void look();
}
