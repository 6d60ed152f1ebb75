import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

/** What the gateway answered instead of what was asked for, in its own words. */
export class ApiError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

let loggedOut = () => {};
/** Called when the gateway no longer knows who we are. */
export function onLoggedOut(listener: () => void): void {
  loggedOut = listener;
}

/** Every request of the console: same-origin, with the header that no other site can make a browser send. */
export async function api<Answer = unknown>(
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<Answer> {
  const isForm = body instanceof FormData;
  const response = await fetch(`/console/api${path}`, {
    method,
    credentials: 'same-origin',
    headers: {
      accept: 'application/json',
      'x-tandem-console': '1',
      ...(body !== undefined && !isForm && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
  }).catch(() => {
    throw new ApiError(0, 'The gateway cannot be reached.');
  });
  if (response.status === 401 && path !== '/login') loggedOut();
  const text = await response.text();
  const answer = parseJson(text);
  if (!response.ok) throw new ApiError(response.status, answer?.message ?? `The gateway answered ${response.status}.`);
  return answer as Answer;
}

function parseJson(text: string) {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The words of an error, for people. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : 'Something went wrong.';
}

export type Loaded<Data> = { data: Data | undefined; error: string | undefined; reload: () => void };

/** What a path answers; asked again every `everyMs`, if that is given, and when `reload` is called. */
export function useData<Data>(path: string | undefined, everyMs?: number): Loaded<Data> {
  const [state, setState] = useState<{ path?: string; data?: Data; error?: string }>({});
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (path === undefined) return;
    let open = true;
    const load = () =>
      api<Data>('GET', path).then(
        (data) => open && setState({ path, data }),
        (error) => open && setState((before) => ({ ...before, path, error: wordsOf(error) })),
      );
    void load();
    const timer = everyMs === undefined ? undefined : setInterval(load, everyMs);
    return () => {
      open = false;
      clearInterval(timer);
    };
  }, [path, everyMs, turn]);
  const reload = useCallback(() => setTurn((before) => before + 1), []);
  const isCurrent = state.path === path;
  return { data: isCurrent ? state.data : undefined, error: isCurrent ? state.error : undefined, reload };
}

/** What a live path tells, newest version; undefined before the first. */
export function useLive<Data>(path: string | undefined): Data | undefined {
  const [state, setState] = useState<{ path?: string; data?: Data }>({});
  useEvents(path, { view: (data) => setState({ path, data: data as Data }) });
  return state.path === path ? state.data : undefined;
}

const RECONNECT = 2_000;

/** Listens to the events of a path, and connects again when it is cut off. */
export function useEvents(path: string | undefined, handlers: Record<string, (data: unknown) => void>): void {
  const latest = useRef(handlers);
  latest.current = handlers;
  useEffect(() => {
    if (path === undefined) return;
    let source: EventSource;
    let timer: ReturnType<typeof setTimeout> | undefined;
    function connect(): void {
      source = new EventSource(`/console/api${path}`);
      for (const name of Object.keys(latest.current)) {
        source.addEventListener(name, (event) => latest.current[name]?.(parseJson((event as MessageEvent).data)));
      }
      source.onerror = () => {
        if (source.readyState !== EventSource.CLOSED) return;
        // A stream does not say why it was refused; an ordinary question does.
        api('GET', '/session').catch(() => {});
        timer = setTimeout(connect, RECONNECT);
      };
    }
    connect();
    return () => {
      source.close();
      clearTimeout(timer);
    };
  }, [path]);
}
