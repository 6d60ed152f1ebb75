import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';

const BASE = '/console';
const CHANGED = 'tandem:navigated';

/** Where we are, under `/console`: the decoded parts of the path, and its query. */
export type Place = { path: string[]; query: URLSearchParams };

export function usePlace(): Place {
  const [url, setUrl] = useState(() => location.href);
  useEffect(() => {
    const update = () => setUrl(location.href);
    window.addEventListener('popstate', update);
    window.addEventListener(CHANGED, update);
    return () => {
      window.removeEventListener('popstate', update);
      window.removeEventListener(CHANGED, update);
    };
  }, []);
  const { pathname, searchParams } = new URL(url);
  const path = pathname.slice(BASE.length).split('/').filter(Boolean).map(decodeURIComponent);
  return { path, query: searchParams };
}

/** Goes to a path under `/console`. Replacing leaves no entry behind to go back to. */
export function navigate(to: string, how: 'push' | 'replace' = 'push'): void {
  history[how === 'push' ? 'pushState' : 'replaceState'](null, '', BASE + to);
  window.dispatchEvent(new Event(CHANGED));
}

export function Link(props: {
  to: string;
  class?: string;
  'aria-current'?: 'page' | 'true' | undefined;
  children: ComponentChildren;
}) {
  const { to, children, ...rest } = props;
  return (
    <a
      {...rest}
      href={BASE + to}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        navigate(to);
      }}
    >
      {children}
    </a>
  );
}

export const threadPath = (key: string) => `/threads/${encodeURIComponent(key)}`;
