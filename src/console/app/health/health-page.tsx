import { useState } from 'preact/hooks';
import type { Health, HealthRange } from '../../contract.ts';
import { useData } from '../api.ts';
import { Elsewhere } from '../elsewhere.tsx';
import { Link } from '../router.tsx';
import { Segments, Trouble } from '../ui/parts.tsx';
import { channelName, duration, providerName } from '../ui/words.tsx';
import { CallsPlots, ComparingPlots, TrafficPlots } from './plots.tsx';
import { ByChannel, ByProvider } from './tables.tsx';

/** A step of a day is a quarter of an hour. */
const REFRESH: Record<HealthRange, number> = { hour: 5_000, day: 20_000 };

const ranges = [
  ['hour', 'Last hour'],
  ['day', 'Last day'],
] as const;

/** Whether the system is well, at a glance; and what it was like. */
export function HealthPage() {
  const [range, setRange] = useState<HealthRange>('hour');
  const { data: health, error } = useData<Health>(`/health?range=${range}`, REFRESH[range]);
  const [chosen, setChosen] = useState('all');
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
      {health && (
        <div class="stack">
          <Now health={health} />
          <div class="plots">
            <ByChannel channels={health.channels} />
            <ByProvider providers={health.providers} />
          </div>
          <Plots health={health} chosen={chosen} choose={setChosen} />
        </div>
      )}
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

function Now({ health: { now, all, checks } }: { health: Health }) {
  return (
    <>
      <dl class="tiles">
        <Tile name="Messages received" value={String(all.whole.received)} />
        <Tile name="Turns answered" value={String(all.whole.answered)} />
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
    </>
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

/** Of everything, or of one channel or provider; of everything too where the chosen one had no traffic. */
function Plots(props: { health: Health; chosen: string; choose: (value: string) => void }) {
  const { health, chosen, choose } = props;
  const { times, stepSeconds, all, channels, providers } = health;
  const channel = channels.find(({ name }) => chosen === `channel ${name}`);
  const provider = providers.find(({ name }) => chosen === `provider ${name}`);
  const options = [
    ['all', 'All'] as const,
    ...channels.map(({ name }) => [`channel ${name}`, channelName(name)] as const),
    ...providers.map(({ name }) => [`provider ${name}`, providerName(name)] as const),
  ];
  return (
    <>
      <div class="plotted">
        <Segments
          label="Channel or provider"
          value={channel || provider ? chosen : 'all'}
          options={options}
          onChange={choose}
        />
      </div>
      <div class="plots">
        {provider ? (
          <CallsPlots steps={provider.steps} times={times} stepSeconds={stepSeconds} />
        ) : (
          <TrafficPlots steps={(channel ?? all).steps} times={times} stepSeconds={stepSeconds} />
        )}
        {!channel && !provider && <ComparingPlots health={health} />}
      </div>
    </>
  );
}
