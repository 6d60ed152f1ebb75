import { useState } from 'preact/hooks';
import type { Health, HealthRange } from '../../contract.ts';
import { useData } from '../api.ts';
import { Elsewhere } from '../elsewhere.tsx';
import { Link } from '../router.tsx';
import { Segments, Trouble } from '../ui/parts.tsx';
import { channelName, duration, plural } from '../ui/words.tsx';
import { Plot, tones } from './plot.tsx';

const REFRESH = 5_000;

const ranges = [
  ['hour', 'Last hour'],
  ['day', 'Last day'],
] as const;

/** Whether the system is well, at a glance; and what it was like. */
export function HealthPage() {
  const [range, setRange] = useState<HealthRange>('hour');
  const { data: health, error } = useData<Health>(`/health?range=${range}`, REFRESH);
  return (
    <div class="page">
      <header class="page-head">
        <div>
          <h1>Health</h1>
          <p>{error ? 'Nobody says how it is now.' : health ? verdict(health) : 'Asking …'}</p>
        </div>
        <Segments label="Stretch of time" value={range} options={ranges} onChange={setRange} />
      </header>
      {error && <Trouble>{error}</Trouble>}
      {health && <Numbers health={health} />}
      <nav class="only-narrow elsewhere" aria-label="Elsewhere">
        <Elsewhere />
      </nav>
    </div>
  );
}

const LATE_SECONDS = 30;

function verdict({ checks, now }: Health): string {
  const broken = checks.filter((check) => check.status !== 'ok');
  if (broken.length > 0) return `${broken.map((check) => check.name).join(' and ')} not well. New messages may wait.`;
  if (now.oldestDueSeconds > LATE_SECONDS) return 'Every part answers, but messages wait longer than they should.';
  return 'Every part is well.';
}

function Numbers({ health }: { health: Health }) {
  const { now, series, checks, channels, providers, stepSeconds } = health;
  const times = series.map((step) => step.at);
  const perMinute = (value: number) => (value * 60) / stepSeconds;
  const count = (value: number) => (value < 10 ? String(Math.round(value * 10) / 10) : String(Math.round(value)));
  const total = (of: (step: Health['series'][number]) => number) => series.reduce((sum, step) => sum + of(step), 0);
  const latency = (measure: 'accept' | 'turn' | 'send', share: 'p50' | 'p95') =>
    series.map((step) => step.latency[measure]?.[share] ?? null);

  return (
    <div class="stack">
      <dl class="tiles">
        <Tile name="Messages received" value={String(total((step) => step.received))} />
        <Tile name="Turns answered" value={String(total((step) => step.answered))} />
        <Tile name="Due now" value={String(now.due)} hint={`${now.working} being worked on`} />
        <Tile
          name="Longest waiting"
          value={now.due === 0 ? '–' : duration(now.oldestDueSeconds * 1_000)}
          tone={now.oldestDueSeconds > LATE_SECONDS ? 'bad' : ''}
        />
        <Tile name="With humans" value={String(now.withHumans)} tone={now.withHumans > 0 ? 'human' : ''} />
        <Tile name="Failures open" value={String(now.failures)} tone={now.failures > 0 ? 'bad' : ''} to="/failures" />
      </dl>

      <section class="card slim" aria-label="Readiness">
        <ul class="row wrap">
          {checks.map((check) => (
            <li key={check.name}>
              <span class={`badge ${check.status === 'ok' ? 'good' : 'bad'}`}>
                {check.name}: {check.status}
              </span>
            </li>
          ))}
        </ul>
      </section>

      <div class="plots">
        <Plot
          title="Messages a minute"
          times={times}
          shown={count}
          series={[
            { name: 'Received', tone: 'b', values: series.map((step) => perMinute(step.received)) },
            { name: 'Sent', tone: 'a', values: series.map((step) => perMinute(step.sent)) },
          ]}
        />
        <Plot
          title="Failures a minute"
          times={times}
          shown={count}
          series={[
            { name: 'Turns', tone: 'c', values: series.map((step) => perMinute(step.failed)) },
            { name: 'Sends', tone: 'b', values: series.map((step) => perMinute(step.sendFailed)) },
          ]}
        />
        <Plot
          title="Messages waiting"
          times={times}
          shown={count}
          series={[{ name: 'Waiting', tone: 'b', values: series.map((step) => step.waiting) }]}
        />
        <Plot
          title="Oldest waiting"
          times={times}
          shown={duration}
          series={[{ name: 'Age', tone: 'c', values: series.map((step) => step.oldestWaitingSeconds * 1_000) }]}
        />
        <Plot
          title="Webhook to answer 200"
          times={times}
          shown={duration}
          series={[
            { name: 'Median', tone: 'a', values: latency('accept', 'p50') },
            { name: 'p95', tone: 'b', values: latency('accept', 'p95') },
          ]}
        />
        <Plot
          title="First words to answer stored"
          times={times}
          shown={duration}
          series={[
            { name: 'Median', tone: 'a', values: latency('turn', 'p50') },
            { name: 'p95', tone: 'b', values: latency('turn', 'p95') },
          ]}
        />
        <Plot
          title="Send to Twilio"
          times={times}
          shown={duration}
          series={[
            { name: 'Median', tone: 'a', values: latency('send', 'p50') },
            { name: 'p95', tone: 'b', values: latency('send', 'p95') },
          ]}
        />
        {channels.length > 0 && <FailureRates title="Failure rate by channel" times={times} rows={named(channels)} />}
        {providers.length > 0 && <FailureRates title="Failure rate by provider" times={times} rows={providers} />}
        <section class="card slim stack" aria-label="By channel and provider">
          <h3>By channel</h3>
          {channels.length === 0 ? <p class="muted small">No messages in this time.</p> : <Channels rows={channels} />}
          <h3>By provider</h3>
          {providers.length === 0 ? (
            <p class="muted small">No model was asked in this time.</p>
          ) : (
            <Providers rows={providers} />
          )}
        </section>
      </div>
    </div>
  );
}

function Tile(props: { name: string; value: string; hint?: string; tone?: string; to?: string }) {
  return (
    <div class={`card slim tile ${props.tone ?? ''}`}>
      <dt>{props.to ? <Link to={props.to}>{props.name}</Link> : props.name}</dt>
      <dd>
        {props.value}
        {props.hint && <span class="small muted hint">{props.hint}</span>}
      </dd>
    </div>
  );
}

const named = (channels: Health['channels']) => channels.map((row) => ({ ...row, name: channelName(row.name) }));

function FailureRates(props: {
  title: string;
  times: string[];
  rows: Pick<Health['channels'][number], 'name' | 'failureRates'>[];
}) {
  return (
    <Plot
      title={props.title}
      times={props.times}
      shown={(percent) => `${Math.round(percent * 10) / 10} %`}
      top={100}
      series={props.rows.map(({ name, failureRates }, n) => ({
        name,
        tone: tones[n % tones.length] ?? 'a',
        values: failureRates.map((rate) => rate && rate * 100),
      }))}
    />
  );
}

const share = (part: number, whole: number) => (whole === 0 ? '–' : `${((part / whole) * 100).toFixed(1)} %`);

function Channels({ rows }: { rows: Health['channels'] }) {
  return (
    <div class="table-wrap">
      <table>
        <thead>
          <tr>
            <th>Channel</th>
            <th class="number">Turns</th>
            <th class="number">Failed</th>
            <th class="number">Sent</th>
            <th class="number">Not delivered</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.name}>
              <td>{channelName(row.name)}</td>
              <td class="number">{row.turns}</td>
              <td class="number">{share(row.failed, row.turns)}</td>
              <td class="number">{row.sent}</td>
              <td class="number">{share(row.sendFailed, row.sent + row.sendFailed)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Providers({ rows }: { rows: Health['providers'] }) {
  return (
    <ul class="stack tight small">
      {rows.map((row) => (
        <li key={row.name} class="row spread">
          <strong>{row.name}</strong>
          <span class="muted">
            {plural(row.attempts, 'call')}, {share(row.failed, row.attempts)} failed
            {row.p50 !== null && `, median ${duration(row.p50)}`}
          </span>
        </li>
      ))}
    </ul>
  );
}
