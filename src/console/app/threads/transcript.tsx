import { Fragment } from 'preact';
import type { HandoffEntry, HeardEntry, SaidEntry, TimelineEntry, TurnEntry } from '../../contract.ts';
import { api } from '../api.ts';
import { useMayAct } from '../session.ts';
import { Media, Ticks } from '../ui/bubbles.tsx';
import { Icon } from '../ui/icon.tsx';
import { Act } from '../ui/parts.tsx';
import { Clock, duration, plural } from '../ui/words.tsx';
import { RunDetails } from './run-details.tsx';

/** Words as bubbles, and between them what happened; `everything` shows webhooks, sends and receipts one by one. */
export function Transcript({ entries, everything }: { entries: TimelineEntry[]; everything: boolean }) {
  return (
    <div class="stack tight" role="log" aria-live="polite">
      {entries.map((entry) => (
        <Entry key={entry.id} entry={entry} everything={everything} />
      ))}
    </div>
  );
}

function Entry({ entry, everything }: { entry: TimelineEntry; everything: boolean }) {
  switch (entry.kind) {
    case 'heard':
      return <Heard entry={entry} everything={everything} />;
    case 'turn':
      return <Turn turn={entry} />;
    case 'said':
      return <Said entry={entry} everything={everything} />;
    case 'handoff':
      return <Handoff entry={entry} />;
  }
}

const wishes: Record<string, string> = {
  opt_out: 'Said stop',
  opt_in: 'Said start',
  help: 'Asked for help',
  reply: 'Answer delivered by the assistant',
};

function Heard({ entry, everything }: { entry: HeardEntry; everything: boolean }) {
  const wish = wishes[entry.type];
  if (entry.type === 'reply') return everything ? <Line text={wish ?? ''} at={entry.receivedAt} /> : null;
  return (
    <Fragment>
      {everything && (
        <Line
          at={entry.receivedAt}
          text={entry.source === 'backfill' ? 'Fetched from Twilio’s log: its webhook never arrived' : 'Webhook stored'}
          detail={entry.sid}
        />
      )}
      <div class={entry.colleague ? 'said human' : 'heard'}>
        <Media media={entry.media} />
        {entry.body && <p class="bubble">{entry.body}</p>}
        <p class="meta">
          {entry.colleague && <span class="badge human">{entry.author}</span>}
          <Clock at={entry.at} />
          {wish && <span class="badge bad">{wish}</span>}
          {entry.source === 'backfill' && <span class="badge human">Recovered</span>}
          {!entry.handled && <span class="badge customer">Waiting</span>}
        </p>
      </div>
    </Fragment>
  );
}

function Said({ entry, everything }: { entry: SaidEntry; everything: boolean }) {
  const lost = entry.status === 'failed' || entry.status === 'undelivered';
  return (
    <Fragment>
      <div class={`said ${lost ? 'lost' : entry.purpose === 'operator' ? 'human' : ''}`}>
        <p class="bubble">{entry.body}</p>
        <p class="meta">
          {entry.purpose === 'apology' && <span class="badge">Apology</span>}
          {entry.purpose === 'notice' && <span class="badge">Notice</span>}
          {entry.purpose === 'operator' && <span class="badge human">Operator</span>}
          <Clock at={entry.at} />
          <span>{entry.status}</span>
          <Ticks status={entry.status} />
        </p>
        {lost && <p class="small">{entry.error ?? `Code ${entry.errorCode}`}</p>}
      </div>
      {everything && entry.attemptedAt && (
        <Line text={`Sent to Twilio, ${plural(entry.attempts, 'attempt')}`} at={entry.attemptedAt} detail={entry.sid} />
      )}
      {everything &&
        entry.receipts.map((receipt) => (
          <Line
            key={receipt.status}
            text={`Receipt: ${receipt.status}${receipt.errorCode === null ? '' : `, code ${receipt.errorCode}`}`}
            at={receipt.at}
          />
        ))}
    </Fragment>
  );
}

/** Why the assistant said nothing. */
export const silences: Record<string, string> = {
  human: 'Stayed silent: a human has the thread',
  opted_out: 'Stayed silent: the customer said stop',
  opt_out: 'Stayed silent after a stop word',
  opt_in: 'Stayed silent after a start word',
  help: 'Stayed silent after a help word',
  late_reply: 'An answer came too late and was not used',
  handoff: 'A human is called; the assistant stays silent',
  closed: 'Stayed silent: the conversation is closed',
  removed: 'Stayed silent: the message was removed',
  imported: 'Stayed silent: the message came by the API',
  not_customer: 'Stayed silent: it was not the customer who wrote',
  not_addressed: 'Stayed silent: the group did not speak to it',
};

const drops: Record<string, string> = {
  human: 'a human took over',
  opted_out: 'the customer said stop',
  closed: 'the conversation was closed',
};

function Turn({ turn }: { turn: TurnEntry }) {
  const mayAct = useMayAct();
  const took = turn.finishedAt ? duration(Date.parse(turn.finishedAt) - Date.parse(turn.at)) : undefined;
  if (turn.state === 'silent') return <Line text={silences[turn.reason ?? ''] ?? 'Stayed silent'} at={turn.at} />;
  const tries = turn.attempts > 1 ? `, ${turn.attempts} attempts` : '';
  const titles: Record<string, string> = {
    asking: turn.retryAt ? `Will ask again: ${turn.reason}` : 'Asking the assistant …',
    waiting: 'Waiting for the assistant’s answer …',
    answered: `Answered in ${took}${tries}`,
    dropped: `Answer dropped: ${drops[turn.reason ?? ''] ?? turn.reason}`,
    failed: `Failed${tries}: ${turn.reason}`,
  };
  return (
    <details class={`event ${turn.state === 'failed' ? 'bad' : ''}`}>
      <summary>
        <Icon name={turn.state === 'failed' ? 'failures' : 'bolt'} />
        <span>{titles[turn.state] ?? turn.state}</span>
        <Icon name="chevron" class="chevron" />
      </summary>
      <div class="inside stack">
        <RunDetails turn={turn} />
        {turn.state === 'failed' && mayAct && (
          <div>
            <Act
              class="compact"
              disabled={turn.retryRequested}
              do={() => api('POST', `/failures/${turn.id}/retry`)}
              done="The turn is tried again."
            >
              {turn.retryRequested ? 'Retry asked for' : 'Retry this turn'}
            </Act>
          </div>
        )}
      </div>
    </details>
  );
}

const requesters: Record<string, string> = {
  assistant: 'by the assistant',
  tool: 'by a tool',
  customer: 'by the customer',
  failure: 'after a failure',
  operator: 'by an operator',
};
const targets: Record<string, string> = { flex: 'Flex', studio: 'Studio', operator: 'this console' };
const outcomes: Record<string, string> = {
  returned: 'The human is done',
  recalled: 'An operator gave the thread back',
  nobody: 'Nobody came',
  failed: 'The handoff failed',
};

/** A step of a handoff as a sentence. */
export function handoffWords(entry: HandoffEntry): string {
  const target = targets[entry.target] ?? entry.target;
  switch (entry.step) {
    case 'requested':
      return `A human is called ${requesters[entry.requestedBy] ?? ''}${entry.reason ? `: ${entry.reason}` : ''}`;
    case 'begun':
      return entry.target === 'operator' ? 'Waiting for an operator' : `Waiting for somebody in ${target}`;
    case 'answered':
      return `A human has the thread, in ${target}`;
    case 'ended':
      return `${outcomes[entry.outcome ?? ''] ?? 'The handoff is over'}: the assistant answers again`;
  }
}

function Handoff({ entry }: { entry: HandoffEntry }) {
  return <Line text={handoffWords(entry)} at={entry.at} tone="human" />;
}

function Line(props: { text: string; at: string; detail?: string | null; tone?: string }) {
  return (
    <div class={`event ${props.tone ?? ''}`}>
      <div class="line">
        <span>{props.text}</span>
        {props.detail && <code class="clip">{props.detail}</code>}
        <span class="grow" />
        <Clock at={props.at} />
      </div>
    </div>
  );
}
