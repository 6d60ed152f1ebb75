import { type ConsoleParts, consoleApi } from '../../src/console/api/console-api.ts';

/** Anything that a router asks for while it is put together. */
// biome-ignore lint/suspicious/noExplicitAny: it stands for every part there is
const anything: any = new Proxy(() => anything, { get: (_target, name) => (name === 'then' ? undefined : anything) });

const parts: ConsoleParts = { ...anything, db: anything, assistants: anything, checks: {}, now: () => new Date() };

type Layer = {
  rawPath?: string;
  route?: { path: string; methods: Record<string, boolean> };
  handle: { stack?: Layer[] };
};

/** Every route of the console's API, read from the router itself: one that is added is in this list. */
export function consoleRoutes(): { method: string; path: string }[] {
  const simulator = { app: anything, url: 'http://127.0.0.1' };
  return routesOf(consoleApi({ ...parts, simulator }) as unknown as { stack: Layer[] }, '');
}

function routesOf({ stack }: { stack: Layer[] }, prefix: string): { method: string; path: string }[] {
  return stack.flatMap(({ rawPath, route, handle }) => {
    if (route) {
      if (typeof route.path !== 'string')
        throw new Error(`A path that is not a string cannot be tested: ${route.path}`);
      const methods = Object.keys(route.methods).map((method) => method.toUpperCase());
      return methods.map((method) => ({ method, path: prefix + route.path }));
    }
    const below = rawPath === '/' ? prefix : prefix + rawPath;
    if (handle.stack) return routesOf(handle as { stack: Layer[] }, below);
    // Whatever is behind a handler without routes of its own is one route that takes every method.
    return ['GET', 'POST', 'PUT', 'DELETE'].map((method) => ({ method, path: `${below}/anything` }));
  });
}
