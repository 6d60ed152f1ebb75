import { useState } from 'preact/hooks';
import type { Failure, FailurePage } from '../../contract.ts';
import { api } from '../api.ts';
import { useFailures } from '../live.ts';
import { Link, threadPath } from '../router.tsx';
import { useMayAct } from '../session.ts';
import { Icon } from '../ui/icon.tsx';
import { Act, Empty } from '../ui/parts.tsx';
import { toast } from '../ui/toast.tsx';
import { Ago, bare, channelName, plural } from '../ui/words.tsx';

/** What needs a person: why it failed, what to do about it, and the buttons to do it. */
export function FailuresPage() {
  const page = useFailures();
  const [older, setOlder] = useState<FailurePage>();
  const mayAct = useMayAct();
  if (!page) return null;
  const next = older ? older.next : page.next;
  const failures = [...page.failures, ...(older?.failures ?? [])];

  async function showOlder(): Promise<void> {
    if (!next) return;
    const more = await api<FailurePage>('GET', `/failures/open?before=${next.before}&after=${next.key}`);
    setOlder({ failures: [...(older?.failures ?? []), ...more.failures], next: more.next });
  }
  async function retryAll(): Promise<void> {
    const { failures: count } = await api<{ failures: number }>('POST', '/failures/retry');
    toast(`${plural(count, 'failure')} tried again.`);
  }
  return (
    <div class="page">
      <header class="page-head">
        <div>
          <h1>Failures</h1>
          <p>Turns without an answer and messages that did not arrive. Nothing here is tried again by itself.</p>
        </div>
        {mayAct && failures.length > 0 && (
          <Act class="primary" do={retryAll}>
            <Icon name="retry" /> Retry all
          </Act>
        )}
      </header>
      {failures.length === 0 ? (
        <Empty icon="check" title="Nothing needs you">
          <p>Whatever cannot be answered or delivered appears here at once, with its cause and what to do.</p>
        </Empty>
      ) : (
        <ul class="stack">
          {failures.map((failure) => (
            <li key={failure.id}>
              <Card failure={failure} mayAct={mayAct} />
            </li>
          ))}
        </ul>
      )}
      {next && (
        <Act class="quiet" do={showOlder}>
          Show older failures
        </Act>
      )}
    </div>
  );
}

function Card({ failure, mayAct }: { failure: Failure; mayAct: boolean }) {
  const isTurn = failure.kind === 'turn';
  return (
    <article class="card failure">
      <div class="stack tight grow">
        <p class="row wrap small">
          <span class="badge bad">{isTurn ? 'No answer' : 'Not delivered'}</span>
          {failure.code && <code class="badge">{failure.code}</code>}
          <span class="muted">{channelName(failure.channel)}</span>
          <Link to={threadPath(failure.threadKey)} class="number">
            {bare(failure.theirs)}
          </Link>
          <span class="muted">
            <Ago at={failure.failedAt} />, {plural(failure.attempts, 'attempt')}
          </span>
        </p>
        <h2>{failure.cause}</h2>
        <p>{failure.advice}</p>
        {failure.text && (
          <blockquote>
            <span class="small muted">{isTurn ? 'The customer wrote' : 'We wanted to say'}</span>
            <p>{failure.text}</p>
          </blockquote>
        )}
      </div>
      {mayAct && (
        <div class="row wrap">
          <Act
            class="compact primary"
            disabled={failure.retryRequested}
            do={() => api('POST', `/failures/${failure.id}/retry`)}
            done={isTurn ? 'The assistant is asked again.' : 'The message is sent again.'}
          >
            {failure.retryRequested ? 'Retrying …' : isTurn ? 'Retry' : 'Send again'}
          </Act>
          <Act class="compact" do={() => api('POST', `/failures/${failure.id}/dismiss`)} done="Dismissed.">
            Dismiss
          </Act>
        </div>
      )}
    </article>
  );
}
