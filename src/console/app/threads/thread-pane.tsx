import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Timeline, TimelineEntry } from '../../contract.ts';
import { api } from '../api.ts';
import { useTimeline } from '../live.ts';
import { Link, navigate } from '../router.tsx';
import { useMayAct } from '../session.ts';
import { Composer } from '../ui/composer.tsx';
import { Icon } from '../ui/icon.tsx';
import { Act, Confirm, Empty } from '../ui/parts.tsx';
import { bare, channelName, HandlingBadge } from '../ui/words.tsx';
import { Transcript } from './transcript.tsx';

/** One thread: all that happened in it, oldest first, and what can be done about it. */
export function ThreadPane({ threadKey }: { threadKey: string }) {
  const path = `/threads/${encodeURIComponent(threadKey)}`;
  const timeline = useTimeline(threadKey);
  const [before, setBefore] = useState<{ entries: TimelineEntry[]; earlier: string | null }>();
  const mayAct = useMayAct();
  const [all, setAll] = useState(false);
  const body = useRef<HTMLElement>(null);
  const newest = timeline?.entries.at(-1)?.id;
  useLayoutEffect(() => {
    body.current?.scrollTo({ top: body.current.scrollHeight });
  }, [newest]);

  if (timeline === undefined) return null;
  if (timeline === null) {
    return (
      <Empty icon="search" title="There is no such thread">
        <p>It may have been erased, or be older than what is kept.</p>
        <Link to="/threads" class="button">
          All threads
        </Link>
      </Empty>
    );
  }
  const earlier = before ? before.earlier : timeline.earlier;
  async function showEarlier(): Promise<void> {
    const page = await api<Timeline>('GET', `${path}/timeline?before=${earlier}`);
    setBefore({ entries: [...page.entries, ...(before?.entries ?? [])], earlier: page.earlier });
  }
  return (
    <>
      <Head timeline={timeline} path={path} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <section class="pane-body" ref={body} tabIndex={0} aria-label="Transcript">
        <div class="transcript">
          <div class="row spread">
            {earlier ? (
              <Act class="quiet compact" do={showEarlier}>
                Show earlier
              </Act>
            ) : (
              <span class="small muted">The beginning of the thread</span>
            )}
            <label class="check small">
              <input type="checkbox" checked={all} onChange={(event) => setAll(event.currentTarget.checked)} />
              Every event
            </label>
          </div>
          <Transcript entries={[...(before?.entries ?? []), ...timeline.entries]} everything={all} />
        </div>
      </section>
      {mayAct && timeline.thread.handling === 'human' && timeline.thread.humanAt === 'operator' && (
        <Composer
          label="Answer as a human"
          pictures={false}
          send={(body) => api('POST', `${path}/messages`, { body }).then(() => {})}
        />
      )}
    </>
  );
}

function Head({ timeline, path }: { timeline: Timeline; path: string }) {
  const { thread } = timeline;
  const mayAct = useMayAct();
  const [erasing, setErasing] = useState(false);
  return (
    <header class="thread-head">
      <Link to="/threads" class="button quiet compact only-narrow">
        <Icon name="back" />
        <span class="hidden">All threads</span>
      </Link>
      <div class="grow">
        <h2 class="clip number">{bare(thread.theirs)}</h2>
        <p class="small muted clip">
          {channelName(thread.channel)} with {bare(thread.ours)}
        </p>
      </div>
      <div class="row wrap">
        {thread.optedOut && <span class="badge bad">Said stop</span>}
        <HandlingBadge handling={thread.handling} />
        {mayAct && thread.handling === 'assistant' && (
          <Act
            class="compact"
            do={() => api('POST', `${path}/handoff`)}
            done="The assistant is silent. The thread is yours."
          >
            Take over
          </Act>
        )}
        {mayAct && thread.handling !== 'assistant' && (
          <Act class="compact primary" do={() => api('POST', `${path}/return`)} done="The assistant answers again.">
            Give back
          </Act>
        )}
        {mayAct && (
          <button type="button" class="button compact danger" onClick={() => setErasing(true)}>
            Erase
          </button>
        )}
      </div>
      {erasing && (
        <Confirm
          title={`Erase all about ${bare(thread.theirs)}?`}
          action="Erase for good"
          do={async () => {
            await api('DELETE', path);
            navigate('/threads');
          }}
          close={() => setErasing(false)}
        >
          Every message, every turn, and what the assistants remember of {thread.identity} is deleted. That cannot be
          undone. Whether they said stop is kept.
        </Confirm>
      )}
    </header>
  );
}
