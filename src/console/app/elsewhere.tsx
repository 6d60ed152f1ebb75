import { api } from './api.ts';
import { useViewer } from './session.ts';
import { Icon } from './ui/icon.tsx';

/** What is no page of the console. It stands beside the pages, or where there is no room for that at the end of Health. */
export function Elsewhere() {
  const { about, role } = useViewer();
  return (
    <>
      {role === 'operator' && (
        <a href="/console/queues">
          <Icon name="queue" /> Raw queue
        </a>
      )}
      <a href="/docs">
        <Icon name="book" /> API reference
      </a>
      {!about.local && (
        <button type="button" onClick={() => api('POST', '/logout').finally(() => location.reload())}>
          <Icon name="leave" /> Log out
        </button>
      )}
    </>
  );
}
