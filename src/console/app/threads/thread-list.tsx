import { useEffect, useRef, useState } from 'preact/hooks';
import type { ThreadPage, ThreadRow } from '../../contract.ts';
import { api, useData, wordsOf } from '../api.ts';
import { useThreads } from '../live.ts';
import { Link, navigate, threadPath } from '../router.tsx';
import { useViewer } from '../session.ts';
import { Icon } from '../ui/icon.tsx';
import { Act, Empty, Trouble } from '../ui/parts.tsx';
import { toast } from '../ui/toast.tsx';
import { Ago, bare, channelName, HandlingBadge } from '../ui/words.tsx';

const states = [
  ['', 'All states'],
  ['requested', 'Waiting for a human'],
  ['human', 'With a human'],
  ['assistant', 'With the assistant'],
  ['working', 'Work under way'],
  ['failed', 'Something failed'],
] as const;

const TYPING = 300;

/** Newest first, live. What it is narrowed by is in the address, so that it can be linked to. */
export function ThreadList({ open, query }: { open: string | undefined; query: URLSearchParams }) {
  const text = query.get('text') ?? '';
  const search = query.toString();
  const live = useThreads(text ? undefined : search);
  const [found, setFound] = useState<{ search: string; page: ThreadPage } | { search: string; trouble: string }>();
  const [more, setMore] = useState<{ search: string; page: ThreadPage }>();

  useEffect(() => {
    if (!text) return;
    let current = true;
    api<ThreadPage>('GET', `/threads?${search}`).then(
      (page) => current && setFound({ search, page }),
      (error) => current && setFound({ search, trouble: wordsOf(error) }),
    );
    return () => {
      current = false;
    };
  }, [text, search]);

  const current = found?.search === search ? found : undefined;
  const first = text ? (current && 'page' in current ? current.page : undefined) : live;
  const older = more?.search === search ? more.page : undefined;
  const next = older ? older.next : first?.next;
  const rows = unique([...(first?.threads ?? []), ...(older?.threads ?? [])]);

  async function showMore(): Promise<void> {
    if (!next) return;
    const place = new URLSearchParams(query);
    place.set('before', next.before);
    if (next.key) place.set('after', next.key);
    const page = await api<ThreadPage>('GET', `/threads?${place}`);
    setMore({ search, page: { threads: [...(older?.threads ?? []), ...page.threads], next: page.next } });
    if (text && page.threads.length === 0) toast('Nothing in that stretch of time.');
  }

  return (
    <>
      <div class="pane-head">
        <h1>Threads</h1>
        <Filters query={query} open={open} />
      </div>
      <div class="thread-list">
        {current && 'trouble' in current && <Trouble>{current.trouble}</Trouble>}
        {first && rows.length === 0 && (
          <Nothing filtered={search !== ''} searching={text !== ''} more={next !== null} />
        )}
        <ul>
          {rows.map((row) => (
            <li key={row.key}>
              <Row row={row} open={row.key === open} search={search} />
            </li>
          ))}
        </ul>
        {next && (
          <Act class="quiet" do={showMore}>
            {text ? 'Search further back' : 'Show older threads'}
          </Act>
        )}
      </div>
    </>
  );
}

function Row({ row, open, search }: { row: ThreadRow; open: boolean; search: string }) {
  const tone = row.handling === 'assistant' ? 'assistant' : 'human';
  return (
    <Link
      to={threadPath(row.key) + (search ? `?${search}` : '')}
      class="thread-link"
      aria-current={open ? 'true' : undefined}
    >
      <span class={`avatar ${tone}`}>
        <Icon name={tone === 'human' ? 'person' : 'assistants'} />
      </span>
      <span class="stack tight grow">
        <span class="row spread">
          <strong class="clip number">{bare(row.theirs)}</strong>
          <span class="small muted">
            <Ago at={row.activeAt} />
          </span>
        </span>
        <span class="clip muted small">
          {row.preview ? `${row.preview.from === 'us' ? 'Us: ' : ''}${row.preview.text}` : 'No words yet'}
        </span>
        <span class="row wrap">
          <span class="badge">{channelName(row.channel)}</span>
          {row.handling !== 'assistant' && <HandlingBadge handling={row.handling} />}
          {!row.settled && <span class="badge customer">Working</span>}
          {row.turnState === 'failed' && <span class="badge bad">Failed</span>}
        </span>
      </span>
    </Link>
  );
}

function Filters({ query, open }: { query: URLSearchParams; open: string | undefined }) {
  const { seesText } = useViewer();
  const assistants = useData<{ assistants: { id: string; name: string }[] }>('/v1/Assistants?PageSize=100');
  const set = (name: string, value: string) => {
    const changed = new URLSearchParams(query);
    if (value) changed.set(name, value);
    else changed.delete(name);
    const search = changed.toString();
    navigate((open ? threadPath(open) : '/threads') + (search ? `?${search}` : ''), 'replace');
  };
  const select = (name: string, label: string, options: readonly (readonly [string, string])[]) => (
    <select
      class="input"
      aria-label={label}
      value={query.get(name) ?? ''}
      onChange={(event) => set(name, event.currentTarget.value)}
    >
      {options.map(([value, text]) => (
        <option key={value} value={value}>
          {text}
        </option>
      ))}
    </select>
  );
  return (
    <search class="filters">
      {seesText && (
        <>
          <Search label="Search in texts" value={query.get('text') ?? ''} onChange={(value) => set('text', value)} />
          <Search label="Number or name" value={query.get('number') ?? ''} onChange={(value) => set('number', value)} />
        </>
      )}
      {select('state', 'State', states)}
      {select('channel', 'Channel', [
        ['', 'All channels'],
        ...['sms', 'whatsapp', 'rcs', 'conversation'].map((name) => [name, channelName(name)] as const),
      ])}
      {(assistants.data?.assistants.length ?? 0) > 1 &&
        select('assistant', 'Assistant', [
          ['', 'All assistants'],
          ...(assistants.data?.assistants ?? []).map(({ id, name }) => [id, name] as const),
        ])}
    </search>
  );
}

function Search(props: { label: string; value: string; onChange: (value: string) => void }) {
  const { value, onChange } = props;
  const [typed, setTyped] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  // The way back changes it, too.
  useEffect(() => setTyped(value), [value]);
  function type(text: string): void {
    setTyped(text);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onChange(text.trim()), TYPING);
  }
  return (
    <div class="search">
      <Icon name="search" />
      <input
        class="input"
        type="search"
        aria-label={props.label}
        placeholder={props.label}
        value={typed}
        onInput={(event) => type(event.currentTarget.value)}
      />
    </div>
  );
}

function Nothing(props: { filtered: boolean; searching: boolean; more: boolean }) {
  const { about } = useViewer();
  if (props.searching) {
    return (
      <Empty icon="search" title="Nothing found">
        <p>
          {props.more
            ? 'Nothing in the newest messages. Search further back, or use other words.'
            : 'No message has these words.'}
        </p>
      </Empty>
    );
  }
  if (props.filtered) {
    return (
      <Empty icon="search" title="No thread is like that">
        <p>Loosen what the list is narrowed by.</p>
      </Empty>
    );
  }
  return (
    <Empty icon="threads" title="Nobody has written yet">
      <p>
        {about.local
          ? 'Text the assistant from the simulated phone, and the thread appears here at once.'
          : 'Point your number’s webhook at /webhooks/twilio/messaging, text it, and the thread appears here at once.'}
      </p>
      {about.local && (
        <Link to="/simulator" class="button primary">
          Open the simulator
        </Link>
      )}
    </Empty>
  );
}

/** A thread may have moved to an earlier page meanwhile. */
function unique(rows: ThreadRow[]): ThreadRow[] {
  return [...new Map(rows.map((row) => [row.key, row])).values()];
}
