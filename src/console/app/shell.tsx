import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { About, Session } from '../contract.ts';
import { ApiError, api, onLoggedOut, wordsOf } from './api.ts';
import { AssistantsPage } from './assistants/assistants-page.tsx';
import { Elsewhere } from './elsewhere.tsx';
import { FailuresPage } from './failures/failures-page.tsx';
import { HealthPage } from './health/health-page.tsx';
import { useFailures } from './live.ts';
import { LoginPage } from './login/login-page.tsx';
import { useAway } from './reachability.ts';
import { Link, navigate, type Place, usePlace } from './router.tsx';
import { useMayAct, useViewer, type Viewer, ViewerContext } from './session.ts';
import { SimulatorPage } from './simulator/simulator-page.tsx';
import { ThreadsPage } from './threads/threads-page.tsx';
import { Icon, type IconName, Logo } from './ui/icon.tsx';
import { Empty, Trouble } from './ui/parts.tsx';
import { Toasts } from './ui/toast.tsx';

export function App() {
  const [viewer, setViewer] = useState<Viewer | 'nobody' | undefined>();
  const [trouble, setTrouble] = useState<string>();
  const away = useAway();
  const identify = useCallback(async () => {
    try {
      const session = await api<Session>('GET', '/session');
      setViewer({ ...session, about: await api<About>('GET', '/about') });
      setTrouble(undefined);
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) setViewer('nobody');
      else setTrouble(wordsOf(error));
    }
  }, []);
  useEffect(() => {
    onLoggedOut(() => setViewer('nobody'));
  }, []);
  // Whoever stood before a closed door comes in; whose login ended meanwhile is told.
  useEffect(() => {
    if (!away) void identify();
  }, [identify, away]);

  if (viewer === 'nobody') return <LoginPage done={identify} />;
  if (!viewer) return away ? <Away /> : trouble ? <Trouble>{trouble}</Trouble> : null;
  return (
    <ViewerContext.Provider value={viewer}>
      {away && <Away />}
      <Shell />
      <Toasts />
    </ViewerContext.Provider>
  );
}

const ASK_AGAIN = 2_000;

/** Over every page while nobody answers. What the page shows may be old, and what is being written stays. */
function Away() {
  useEffect(() => {
    const timer = setInterval(() => api('GET', '/session').catch(() => {}), ASK_AGAIN);
    return () => clearInterval(timer);
  }, []);
  return (
    <p class="away" role="alert">
      The gateway cannot be reached. What you see may be old. Trying again …
    </p>
  );
}

const pages: { path: string; name: string; icon: IconName }[] = [
  { path: 'simulator', name: 'Simulator', icon: 'phone' },
  { path: 'threads', name: 'Threads', icon: 'threads' },
  { path: 'failures', name: 'Failures', icon: 'failures' },
  { path: 'assistants', name: 'Assistants', icon: 'assistants' },
  { path: 'health', name: 'Health', icon: 'health' },
];

function Shell() {
  const place = usePlace();
  const { about } = useViewer();
  const mayAct = useMayAct();
  const failures = useFailures();
  const here = place.path[0] ?? '';
  useEffect(() => {
    if (here === '') navigate(about.local && mayAct ? '/simulator' : '/threads', 'replace');
    document.title = `${pages.find((page) => page.path === here)?.name ?? 'Console'} · Tandem`;
  }, [here, about.local, mayAct]);
  // Whoever goes to another page with the keyboard is there, and not still in the list of pages.
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) main.current?.focus({ preventScroll: true });
    first.current = here === '';
  }, [here]);
  const open = failures?.failures.length ?? 0;

  return (
    <div class="shell">
      <nav class="nav" aria-label="Console">
        <Link to="/" class="brand">
          <Logo />
          Tandem
        </Link>
        <ul>
          {pages.map((page) => (
            <li key={page.path}>
              <Link to={`/${page.path}`} aria-current={page.path === here ? 'page' : undefined}>
                <Icon name={page.icon} />
                {page.name}
                {page.path === 'failures' && open > 0 && (
                  <span class="badge bad count">{failures?.next ? `${open}+` : open}</span>
                )}
              </Link>
            </li>
          ))}
        </ul>
        <div class="aside">
          <Elsewhere />
        </div>
      </nav>
      <main class="main" ref={main} tabIndex={-1}>
        <Page place={place} />
      </main>
    </div>
  );
}

function Page({ place }: { place: Place }) {
  const [page, id] = place.path;
  switch (page) {
    case undefined:
      return null;
    case 'simulator':
      return <SimulatorPage />;
    case 'threads':
      return <ThreadsPage open={id} query={place.query} />;
    case 'failures':
      return <FailuresPage />;
    case 'assistants':
      return <AssistantsPage open={id} />;
    case 'health':
      return <HealthPage />;
    default:
      return (
        <Empty icon="search" title="There is no such page">
          <Link to="/threads" class="button">
            Go to the threads
          </Link>
        </Empty>
      );
  }
}
