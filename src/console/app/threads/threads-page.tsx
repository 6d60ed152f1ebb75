import { Empty } from '../ui/parts.tsx';
import { ThreadList } from './thread-list.tsx';
import { ThreadPane } from './thread-pane.tsx';

/** The list beside the thread that is open; in a narrow window one or the other. */
export function ThreadsPage({ open, query }: { open: string | undefined; query: URLSearchParams }) {
  return (
    <div class="panes threads">
      <section class="pane" aria-label="Threads" data-away={open === undefined ? undefined : true}>
        <ThreadList open={open} query={query} />
      </section>
      <section class="pane" aria-label="Thread" data-away={open === undefined ? true : undefined}>
        {open === undefined ? (
          <Empty icon="threads" title="No thread is open">
            <p>Choose one from the list to see every message, turn, delivery and handoff on one timeline.</p>
          </Empty>
        ) : (
          <ThreadPane key={open} threadKey={open} />
        )}
      </section>
    </div>
  );
}
