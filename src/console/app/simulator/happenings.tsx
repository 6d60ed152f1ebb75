import type { HandoffEntry, HeardEntry, RunView, SaidEntry, Timeline, TurnEntry } from '../../contract.ts';
import { useData } from '../api.ts';
import { Link, threadPath } from '../router.tsx';
import { RunSteps } from '../threads/run-details.tsx';
import { handoffWords, silences } from '../threads/transcript.tsx';
import { Empty } from '../ui/parts.tsx';
import { duration, plural } from '../ui/words.tsx';

/** What the gateway did with each message, newest first. */
export function Happenings({ timeline }: { timeline: Timeline | null | undefined }) {
  const entries = timeline?.entries ?? [];
  const turns = entries.filter((entry) => entry.kind === 'turn' || entry.kind === 'handoff').reverse();
  if (!timeline || turns.length === 0) {
    return (
      <Empty icon="bolt" title="What happens appears here">
        <p>
          Send a text: its webhook, the turn, the tools and knowledge that the assistant used, and every step of the
          answer’s way back are shown with their times.
        </p>
      </Empty>
    );
  }
  const newest = turns.find((entry) => entry.kind === 'turn')?.id;
  return (
    <div class="stack">
      <div class="row spread">
        <h2>What happened</h2>
        <Link to={threadPath(timeline.thread.key)} class="button compact quiet">
          Open the thread
        </Link>
      </div>
      {turns.map((entry) =>
        entry.kind === 'turn' ? (
          <Turn key={entry.id} turn={entry} timeline={timeline} open={entry.id === newest} />
        ) : (
          <Handoff key={entry.id} entry={entry as HandoffEntry} />
        ),
      )}
    </div>
  );
}

function Turn({ turn, timeline, open }: { turn: TurnEntry; timeline: Timeline; open: boolean }) {
  const heard = timeline.entries.filter(
    (entry): entry is HeardEntry => entry.kind === 'heard' && entry.turnId === turn.id,
  );
  const said = timeline.entries.filter(
    (entry): entry is SaidEntry => entry.kind === 'said' && entry.turnId === turn.id,
  );
  const { data } = useData<RunView>(turn.finishedAt && turn.state === 'answered' ? `/turns/${turn.id}/run` : undefined);
  const start = Date.parse(heard[0]?.receivedAt ?? turn.at);
  const after = (at: string) => `+${duration(Math.max(0, Date.parse(at) - start))}`;
  const words = heard.map((entry) => entry.body || plural(entry.media.length, 'file')).join(' / ');
  const usage = data?.run?.usage;

  return (
    <details class={`card slim happening ${turn.state}`} open={open}>
      <summary class="row spread">
        <strong class="clip">{words || 'No words'}</strong>
        <span class={`badge ${turn.state === 'failed' ? 'bad' : turn.state === 'answered' ? 'good' : ''}`}>
          {turn.state}
        </span>
      </summary>
      <ol class="steps small">
        {heard.map((entry) => (
          <li key={entry.id} class="customer">
            <span>
              {entry.source === 'backfill'
                ? 'Found in Twilio’s log: its webhook was lost'
                : 'Webhook stored, then answered with 200'}
            </span>
            <span class="muted number">{after(entry.receivedAt)}</span>
          </li>
        ))}
        <li>
          <span>
            {turn.state === 'silent'
              ? (silences[turn.reason ?? ''] ?? 'Stayed silent')
              : `Turn opened for ${plural(heard.length, 'message')}`}
          </span>
          <span class="muted number">{after(turn.at)}</span>
        </li>
      </ol>
      {data?.run && <RunSteps run={data.run} />}
      {data && !data.run && data.sources.length > 0 && (
        <p class="small muted">Knowledge used: {data.sources.join(', ')}</p>
      )}
      {turn.state !== 'silent' && (turn.finishedAt || said.length > 0) && (
        <ol class="steps small">
          {turn.finishedAt && (
            <li class={turn.state === 'failed' ? 'bad' : ''}>
              <span>{turn.state === 'answered' ? 'Answer stored' : (turn.reason ?? turn.state)}</span>
              <span class="muted number">{after(turn.finishedAt)}</span>
            </li>
          )}
          {said.map((entry) => (
            <Said key={entry.id} entry={entry} after={after} />
          ))}
        </ol>
      )}
      {usage && (
        <p class="row wrap small muted">
          <span>{data?.run?.model}</span>
          <span class="number">{usage.inputTokens ?? 0} tokens in</span>
          <span class="number">{usage.outputTokens ?? 0} out</span>
          {data?.run?.ms !== undefined && <span class="number">{duration(data.run.ms)}</span>}
        </p>
      )}
    </details>
  );
}

function Said({ entry, after }: { entry: SaidEntry; after: (at: string) => string }) {
  const lost = entry.status === 'failed' || entry.status === 'undelivered';
  return (
    <>
      <li class={lost ? 'bad' : ''}>
        <span>
          {entry.status === 'dropped'
            ? 'Not sent: nobody wants it any more'
            : `Sent, ${plural(entry.attempts, 'attempt')}`}
          {lost && entry.error && <span class="muted"> {entry.error}</span>}
        </span>
        <span class="muted number">{entry.attemptedAt ? after(entry.attemptedAt) : ''}</span>
      </li>
      {entry.receipts.map((receipt) => (
        <li key={receipt.status} class={receipt.errorCode === null ? '' : 'bad'}>
          <span>Receipt: {receipt.status}</span>
          <span class="muted number">{after(receipt.at)}</span>
        </li>
      ))}
    </>
  );
}

function Handoff({ entry }: { entry: HandoffEntry }) {
  return (
    <div class="event human">
      <p class="line">{handoffWords(entry)}</p>
    </div>
  );
}
