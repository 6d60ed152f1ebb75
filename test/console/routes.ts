import { consoleApi } from '../../src/console/api/console-api.ts';

/** Anything that a router asks for while it is put together. */
// biome-ignore lint/suspicious/noExplicitAny: it stands for every part there is
const anything: any = new Proxy(() => anything, { get: (_target, name) => (name === 'then' ? undefined : anything) });

type Layer = {
  rawPath?: string;
  route?: { path: string; methods: Record<string, boolean> };
  handle: { stack?: Layer[] };
};

/** Every route of the console's API, read from the router itself: one that is added is in this list. */
export function consoleRoutes(): { method: string; path: string }[] {
  return routesOf(consoleApi(anything) as unknown as { stack: Layer[] }, '');
}

function routesOf({ stack }: { stack: Layer[] }, prefix: string): { method: string; path: string }[] {
  return stack.flatMap(({ rawPath, route, handle }) => {
    if (route) {
      if (typeof route.path !== 'string')
        throw new Error(`A path that is not a string cannot be tested: ${route.path}`);
      const methods = Object.keys(route.methods).map((method) => method.toUpperCase());
      return methods.map((method) => ({ method, path: prefix + route.path }));
    }
    return handle.stack ? routesOf(handle as { stack: Layer[] }, rawPath === '/' ? prefix : prefix + rawPath) : [];
  });
}
