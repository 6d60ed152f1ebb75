import type { Request, Response } from 'express';

/** How often the store is asked whether something has changed, while somebody watches. */
const LOOK_EVERY = 300;
const HEARTBEAT = 15_000;
const MAX_BACKLOG = 1024 * 1024;

/** Something to watch: `name` is told with it, `version` changes whenever `load` would answer something else. */
export type LiveView = { name: object; version: () => Promise<string>; load: () => Promise<unknown> };

/**
 * Tells a page, as server-sent events, what it watches: at once, and again whenever it has changed. The store is asked,
 * not this process, so it does not matter which process did what; nobody asks while nobody watches.
 */
export function live(response: Response, views: LiveView[]): void {
  response.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' });
  response.flushHeaders();
  const seen = new Map<LiveView, string>();
  let spokeAt = 0;
  let timer: NodeJS.Timeout | undefined;
  let open = true;

  function say(text: string): void {
    spokeAt = Date.now();
    // A page that does not read would make us keep everything for it.
    if (response.writableLength > MAX_BACKLOG) response.destroy();
    else if (open) response.write(text);
  }

  async function look(): Promise<void> {
    for (const view of views) {
      if (!open) return;
      try {
        const version = await view.version();
        if (seen.get(view) === version) continue;
        const data = await view.load();
        // What changed while it was loaded may change back before the next look.
        if ((await view.version()) === version) seen.set(view, version);
        else seen.delete(view);
        say(`event: view\ndata: ${JSON.stringify({ ...view.name, data })}\n\n`);
      } catch {
        // The store is away; what has changed meanwhile is told once it is back.
      }
    }
    if (Date.now() - spokeAt > HEARTBEAT) say(': nothing new\n\n');
    if (open) timer = setTimeout(look, LOOK_EVERY);
  }

  response.on('close', () => {
    open = false;
    clearTimeout(timer);
  });
  if (views.length === 0) say(': nothing is watched\n\n');
  void look();
}

/** A query parameter that may be given more than once. */
export function manyOf(value: Request['query'][string]): string[] {
  return [value].flat().filter((each): each is string => typeof each === 'string' && each !== '');
}
