import { useCallback, useEffect, useState } from 'preact/hooks';
import { noteAway, useAway } from './reachability.ts';

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
    noteAway(true);
    throw new ApiError(0, 'The gateway cannot be reached.');
  });
  if (response.status === 401 && path !== '/login') loggedOut();
  const text = await response.text();
  const answer = parseJson(text);
  // Our own refusals have a code; a proxy that finds nobody has none.
  noteAway([502, 503, 504].includes(response.status) && answer?.code === undefined);
  if (!response.ok) throw new ApiError(response.status, answer?.message ?? `The gateway answered ${response.status}.`);
  return answer as Answer;
}

export function parseJson(text: string) {
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

/** What a path answers; asked again every `everyMs`, if that is given, when `reload` is called, and when the gateway is back. */
export function useData<Data>(path: string | undefined, everyMs?: number): Loaded<Data> {
  const [state, setState] = useState<{ path?: string; data?: Data; error?: string }>({});
  const [turn, setTurn] = useState(0);
  const away = useAway();
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
  }, [path, everyMs, turn, away]);
  const reload = useCallback(() => setTurn((before) => before + 1), []);
  const isCurrent = state.path === path;
  return { data: isCurrent ? state.data : undefined, error: isCurrent ? state.error : undefined, reload };
}
